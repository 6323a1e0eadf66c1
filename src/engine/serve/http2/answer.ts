/** Answers as header blocks of HTTP/2 (RFC 9113 section 8.3.2): valid on every connection, made anew once a second. */
import { Buffer } from "node:buffer";
import { encodeHeaderBlock } from "../../../core/framing/http2/hpack/encoder.ts";
import { type Answer, type DateField, statusHasBody } from "../http/answer.ts";

/** Fields that speak of one connection of HTTP/1.1 (section 8.2.2). */
const OF_CONNECTIONS = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

export const CONTINUE = encodeHeaderBlock([":status", "100"]);

/** @param length of the body; undefined where it is not known beforehand */
export function answerBlock(
  status: number,
  headers: Answer["headers"],
  length: number | undefined,
  date: DateField,
): Buffer {
  const fields = [":status", String(status)];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (!OF_CONNECTIONS.has(lower)) fields.push(lower, value);
  }
  // RFC 9110 section 8.6: a 204 must not have it, a 304 would have to give that of a 200.
  if (length !== undefined && statusHasBody(status)) fields.push("content-length", String(length));
  fields.push("date", date.value);
  return encodeHeaderBlock(fields);
}

/** One answer that depends on nothing but the request's head. */
export class StreamAnswer {
  /** What follows the block as DATA; empty for HEAD and for a status without content. */
  readonly body: Buffer;
  readonly #answer: Answer;
  readonly #date: DateField;
  #block: Buffer = Buffer.alloc(0);
  #epoch = -1;

  constructor(answer: Answer, method: string, date: DateField) {
    const { body } = answer;
    const sent = method !== "HEAD" && statusHasBody(answer.status) ? body : body.subarray(0, 0);
    this.body = Buffer.from(sent.buffer, sent.byteOffset, sent.length);
    this.#answer = answer;
    this.#date = date;
  }

  get block(): Buffer {
    if (this.#epoch !== this.#date.epoch) {
      const { status, headers, body } = this.#answer;
      this.#block = answerBlock(status, headers, body.length, this.#date);
      this.#epoch = this.#date.epoch;
    }
    return this.#block;
  }
}
