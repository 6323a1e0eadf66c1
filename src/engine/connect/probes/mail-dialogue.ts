/**
 * The dialogues of SMTP, IMAP and POP3 have lines in common: bounded in number, looked at before they are believed,
 * and at the end a goodbye whose answer nobody depends on.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { ProbePlan, ProbeWire } from "./probe.ts";
import { broken, notTheProtocol, type Peer, peek, peerOf } from "./unexpected.ts";

/** More than any greeting and two lists of capabilities. */
const MAX_LINES = 512;

export class MailDialogue {
  readonly wire: ProbeWire;
  readonly peer: Peer;
  #lines = 0;

  constructor(wire: ProbeWire, plan: ProbePlan, protocol: string) {
    this.wire = wire;
    this.peer = peerOf(wire, plan, protocol);
  }

  /** The first line. `begins`: how one of this protocol does. */
  async greeting(begins: RegExp): Promise<string> {
    const first = await peek(this.wire, this.peer, "greeting");
    // Not text: its line end might never come.
    const byte = first[0]!;
    if (byte < 0x20 || byte > 0x7e) throw notTheProtocol(this.peer, first);
    const line = await this.line();
    if (!begins.test(line)) throw this.foreign(line);
    return line;
  }

  async line(): Promise<string> {
    if (++this.#lines > MAX_LINES) throw broken(this.peer, `more than ${MAX_LINES} lines`);
    return this.wire.readLine("line");
  }

  /** Sends a command. `asks`: the last one that an answer is waited for. */
  async say(command: string, asks = false): Promise<void> {
    await this.wire.write(`${command}\r\n`, command);
    if (asks) this.wire.sent();
  }

  async goodbye(command: string): Promise<void> {
    try {
      await this.say(command);
      // The peer's end may come instead of, or behind, its words.
      await this.wire.read("goodbye");
    } catch (error) {
      if (!(error instanceof NetkitError)) throw error;
      this.wire.note(`the goodbye was not answered: ${error.message}`);
    }
  }

  foreign(line: string): NetkitError {
    return notTheProtocol(this.peer, Buffer.from(line, "utf8"));
  }
}
