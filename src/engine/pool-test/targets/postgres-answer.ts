/**
 * What PostgreSQL's server says (protocol 3.0, "Message Formats"), as far as one needs it who waits for the end of an
 * answer: where it ends, and the first error in it. Rows are counted past, not read.
 *
 * Guarantees: split at every offset gives the same; nothing is copied but an error's words, of which a bounded number is
 * kept; any length is believed only for skipping.
 */
import { Buffer } from "node:buffer";

/** The server's own words for a failure, as drivers throw it. */
export class ServerFailure extends Error {
  /** SQLSTATE. */
  readonly code: string;
  /** The server ends the connection after it. */
  readonly isFatal: boolean;

  constructor(message: string, code: string, isFatal: boolean) {
    super(message);
    this.code = code;
    this.isFatal = isFatal;
  }
}

const ERROR = "E".charCodeAt(0);
const READY = "Z".charCodeAt(0);
const COPY_IN = "G".charCodeAt(0);
/** Sent at any time: NoticeResponse, ParameterStatus, NotificationResponse. */
const UNASKED: ReadonlySet<number> = new Set(["N", "S", "A"].map((type) => type.charCodeAt(0)));
/** Type and length. */
const HEAD = 5;
/** Of an error; the rest of a longer one is skipped. */
const MAX_KEPT = 64 * 1024;

export class AnswerReader {
  /** The first one of the answer. */
  failure: ServerFailure | undefined;
  /** The server waits for rows (COPY … FROM STDIN). */
  wantsRows = false;
  /** A message came that may not come unasked. */
  spoke = false;
  /** Of a message whose head comes in parts. */
  readonly #head = Buffer.alloc(HEAD);
  #type = 0;
  #headed = 0;
  #left = 0;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #ready = false;

  /** Before the next question. */
  begin(): void {
    this.failure = undefined;
    this.wantsRows = false;
    this.#ready = false;
  }

  /** True once the server is ready for the next question; undefined when this is not the protocol. */
  take(chunk: Buffer): boolean | undefined {
    for (let at = 0; at < chunk.length; ) {
      if (this.#headed === 0 && chunk.length - at >= HEAD) {
        this.#headed = HEAD;
        this.#type = chunk[at]!;
        this.#left = chunk.readUInt32BE(at + 1) - 4;
        if (this.#left < 0) return undefined;
        at += HEAD;
      } else if (this.#headed < HEAD) {
        const taken = Math.min(HEAD - this.#headed, chunk.length - at);
        chunk.copy(this.#head, this.#headed, at, at + taken);
        this.#headed += taken;
        at += taken;
        if (this.#headed < HEAD) break;
        this.#type = this.#head[0]!;
        this.#left = this.#head.readUInt32BE(1) - 4;
        if (this.#left < 0) return undefined;
      }
      const taken = Math.min(this.#left, chunk.length - at);
      if (this.#type === ERROR && this.#keptBytes < MAX_KEPT) {
        // A copy: the chunk's memory is the socket's.
        this.#kept.push(Buffer.from(chunk.subarray(at, at + taken)));
        this.#keptBytes += taken;
      }
      this.#left -= taken;
      at += taken;
      if (this.#left === 0) this.#end(this.#type);
    }
    return this.#ready;
  }

  #end(type: number): void {
    this.#headed = 0;
    if (type === READY) this.#ready = true;
    else if (type === COPY_IN) this.wantsRows = true;
    else if (type === ERROR) {
      this.failure ??= failureOf(Buffer.concat(this.#kept).toString("utf8"));
      this.#kept = [];
      this.#keptBytes = 0;
    }
    if (!UNASKED.has(type) && type !== ERROR) this.spoke = true;
  }
}

/** Fields are a letter and a string with a zero behind it. */
function failureOf(body: string): ServerFailure {
  const fields = new Map(body.split("\0").map((field) => [field[0], field.slice(1)]));
  // V is S without translation.
  const severity = fields.get("V") ?? fields.get("S") ?? "";
  const isFatal = severity === "FATAL" || severity === "PANIC";
  return new ServerFailure(fields.get("M") ?? "the server says no more", fields.get("C") ?? "", isFatal);
}
