/**
 * What a parser says about some bytes, however they are cut: one line an event, data joined. Each piece comes in
 * a buffer that is overwritten as soon as the parser asks for more, so that nothing can be kept by reference.
 */
import { Buffer } from "node:buffer";
import type { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import type { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import type {
  HttpEvent,
  HttpHeaders,
  RequestHead,
  ResponseHead,
} from "../../../../src/core/framing/http1/types.ts";

export type Head = RequestHead | ResponseHead;
export type Parser = RequestParser | ResponseParser;

/**
 * Lines: `GET /x`, `200 OK` with what is not usual after it; `data "…"`; `end`; `! 400 reason`; and at last
 * `idle`, `waiting` or `tunnel "…"`, unless the parser is broken.
 */
export class Transcript {
  readonly lines: string[] = [];
  /** The same with every field, and with the words of violations. */
  readonly full: string[] = [];
  readonly heads: Head[] = [];
  #data = "";

  /** Returns false when nothing more is to be read. */
  add(event: HttpEvent<RequestHead> | HttpEvent<ResponseHead>): boolean {
    switch (event.kind) {
      case "head":
        this.heads.push(event.head);
        this.say(describe(event.head), fieldsOf(event.head.headers));
        return true;
      case "data":
        if (event.end <= event.start) throw new Error("a data event without data");
        this.#data += event.chunk.toString("latin1", event.start, event.end);
        return true;
      case "end":
        this.say(event.trailers === undefined ? "end" : "end with trailers", fieldsOf(event.trailers));
        return true;
      case "violation":
        this.say(`! ${event.status} ${event.reason}`, `${event.detail} ${event.rfc}`);
        return false;
      case "need-more":
        return false;
    }
  }

  say(line: string, more = ""): void {
    if (this.#data !== "") {
      const data = `data ${JSON.stringify(this.#data)}`;
      this.#data = "";
      this.say(data);
    }
    this.lines.push(line);
    this.full.push(`${line} ${more}`);
  }
}

const POISON = 0xee;
const MAX_EVENTS = 1_000_000;

/** `cuts`: offsets where one piece ends and the next begins, ascending. `closed`: the peer closes afterwards. */
export function transcribe(
  parser: Parser,
  bytes: Buffer,
  cuts: readonly number[],
  closed = false,
): Transcript {
  const transcript = new Transcript();
  const edges = [0, ...cuts, bytes.length];
  let rest = "";
  let broken = false;
  for (let piece = 1; piece < edges.length && !broken; piece++) {
    // Pieces begin at different offsets of their chunk, and what stands around them is not theirs.
    const start = piece % 3;
    const end = start + edges[piece]! - edges[piece - 1]!;
    const chunk = Buffer.alloc(end + 2, "\n");
    bytes.copy(chunk, start, edges[piece - 1], edges[piece]);
    parser.feed(chunk, start, end);
    broken = !drain(parser, transcript);
    rest += chunk.toString("latin1", parser.restStart, parser.restEnd);
    chunk.fill(POISON);
  }
  if (!broken && closed) {
    const event = parser.finish();
    broken = event.kind === "violation";
    transcript.add(event);
  }
  if (!broken) {
    const tunnel = transcript.heads.at(-1)?.body.kind === "tunnel";
    transcript.say(tunnel ? `tunnel ${JSON.stringify(rest)}` : parser.idle ? "idle" : "waiting");
  } else if (parser.idle) throw new Error("a broken parser says that it is idle");
  return transcript;
}

/** Reads until the parser asks for more; false after a violation, which must then be all it ever says. */
function drain(parser: Parser, transcript: Transcript): boolean {
  for (let events = 0; events < MAX_EVENTS; events++) {
    const event = parser.next();
    if (transcript.add(event)) continue;
    if (event.kind === "need-more") return true;
    if (parser.next() !== event || parser.finish() !== event) throw new Error("a violation was forgotten");
    return false;
  }
  throw new Error("the parser does not come to an end");
}

function describe(head: Head): string {
  const words = head.kind === "request" ? [head.method, head.target] : [String(head.status), head.reason];
  if (head.minor === 0) words.push("1.0");
  if (!head.keepAlive) words.push("close");
  if (head.body.kind !== "length") words.push(head.body.kind);
  else if (head.body.length > 0) words.push(`length=${head.body.length}`);
  if (head.upgrade !== undefined) words.push(`upgrade=${head.upgrade}`);
  if (head.kind === "request" && head.expectContinue) words.push("expects-100");
  return words.join(" ");
}

function fieldsOf(headers: HttpHeaders | undefined): string {
  return headers === undefined ? "" : JSON.stringify([...headers]);
}

/** Every way to cut `length` bytes that a test needs: whole, once at each offset, and into equal small pieces. */
export function* waysToCut(length: number): Generator<readonly number[]> {
  yield [];
  for (let at = 1; at < length; at++) yield [at];
  for (const size of [1, 2, 3, 7]) yield every(size, length);
}

export function every(size: number, length: number): readonly number[] {
  const cuts: number[] = [];
  for (let at = size; at < length; at += size) cuts.push(at);
  return cuts;
}
