/**
 * Lines ended by LF or CRLF, as SMTP, IMAP, POP3 and FTP speak them; bounded in length and in number.
 */
import type { Link } from "../link.ts";
import { wrongProtocol } from "./refusal.ts";

/** RFC 5321 §4.5.3.1.5 allows 512; some greetings are longer. */
const MAX_LINE_BYTES = 4096;
/** More lines than any greeting or capability list has. */
const MAX_LINES = 200;
const LF = 10;

export class Lines {
  readonly #link: Link;
  readonly #protocol: string;
  #rest = Buffer.alloc(0);
  #lines = 0;

  constructor(link: Link, protocol: string) {
    this.#link = link;
    this.#protocol = protocol;
  }

  /** @param behind goes out in the same piece */
  say(line: string, behind = ""): void {
    this.#link.trace?.("sent", `${line}${behind === "" ? "" : ` and ${behind.trim()}`}`);
    this.#link.send(Buffer.from(`${line}\r\n${behind}`, "latin1"));
  }

  /** The next line without its end. @throws LinkLost, UpgradeRefused when it is no line of text */
  async next(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(LF);
      if (end > MAX_LINE_BYTES || (end < 0 && this.#rest.length > MAX_LINE_BYTES)) {
        throw wrongProtocol(this.#protocol, this.#rest.toString("latin1", 0, 80));
      }
      if (end >= 0) {
        if (++this.#lines > MAX_LINES) throw wrongProtocol(this.#protocol, "more lines than it may");
        const line = this.#rest.toString("latin1", 0, end).replace(/\r$/, "");
        this.#rest = this.#rest.subarray(end + 1);
        this.#link.trace?.("received", line);
        return line;
      }
      this.#rest = Buffer.concat([this.#rest, await this.#link.read()]);
    }
  }

  /**
   * A reply of SMTP and FTP: lines `250-…` up to `250 …` (RFC 5321 §4.2.1); FTP also lets the lines between
   * go without a code (RFC 959 §4.2).
   */
  async reply(): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    const first = await this.next();
    const code = /^(\d{3})(?:[ -]|$)/.exec(first)?.[1];
    if (code === undefined) throw wrongProtocol(this.#protocol, first);
    const lines = [first];
    while (lines.at(-1)!.startsWith(`${code}-`) || !lines.at(-1)!.startsWith(code))
      lines.push(await this.next());
    return { code: Number(code), lines };
  }

  /** Leaves what was read too far to TLS. */
  finish(): void {
    this.#link.unread(this.#rest);
    this.#rest = Buffer.alloc(0);
  }
}
