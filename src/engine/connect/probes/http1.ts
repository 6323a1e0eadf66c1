/**
 * HTTP/1.1 (RFC 9112): one request, its answer to the last byte. The body is counted, not kept. Any status is an
 * answer; only a 400 that says "this is the TLS port" is not.
 */
import { Buffer } from "node:buffer";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import {
  DEFAULT_HTTP_LIMITS,
  type HttpViolation,
  type ResponseHead,
} from "../../../core/framing/http1/types.ts";
import type { ProbeFacts } from "../result.ts";
import { requestFields, requestHead, shownFields } from "./http-fields.ts";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import {
  broken,
  cutShort,
  notTheProtocol,
  type Peer,
  peerOf,
  silent,
  tlsExpected,
  tooLarge,
  wordsOfTls,
} from "./unexpected.ts";

/** More is a download, not a diagnosis. */
export const MAX_BODY_BYTES = 1024 ** 3;
const LIMITS = { ...DEFAULT_HTTP_LIMITS, maxHeadBytes: 64 * 1024, maxBodyBytes: MAX_BODY_BYTES };
/** Interim answers (1xx) before the last one. */
const MAX_INTERIM = 16;
/** Kept of what came first, to say what it looks like, and of a 400, to read its sentence. */
const KEPT_BYTES = 1024;

export const http1: Probe = {
  id: "http1",
  protocol: "http",
  greets: false,
  reusable: true,
  async run(wire, plan) {
    const { method, body } = plan.request;
    await wire.write(requestHead(plan, method, requestFields(plan)), "request head");
    if (body !== undefined && body.length > 0) await wire.write(body, "request body");
    wire.sent();
    return new Answer(wire, plan).read(method);
  },
};

/** One answer on its way in. */
class Answer {
  readonly #wire: ProbeWire;
  readonly #peer: Peer;
  readonly #secured: boolean;
  #first = Buffer.alloc(0);
  #sentence = "";
  #head: ResponseHead | undefined;
  #interim = 0;
  #bodyBytes = 0;

  constructor(wire: ProbeWire, plan: ProbePlan) {
    this.#wire = wire;
    this.#peer = peerOf(wire, plan, "HTTP/1.1");
    this.#secured = wire.secured;
  }

  async read(method: string): Promise<ProbeFacts> {
    const parser = new ResponseParser({ limits: LIMITS });
    parser.expect(method);
    for (;;) {
      const bytes = await this.#wire.read("answer");
      if (bytes === undefined) return this.#finish(parser);
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      if (this.#first.length < KEPT_BYTES) {
        this.#first = Buffer.concat([this.#first, chunk.subarray(0, KEPT_BYTES)]);
      }
      parser.feed(chunk, 0, chunk.length);
      if (!this.#drain(parser)) continue;
      if (parser.restStart < parser.restEnd) {
        this.#wire.unread(chunk.subarray(parser.restStart, parser.restEnd));
      }
      return this.#facts();
    }
  }

  /** True when the answer is complete. */
  #drain(parser: ResponseParser): boolean {
    for (;;) {
      const event = parser.next();
      switch (event.kind) {
        case "head":
          if (event.head.status < 200 && event.head.status !== 101) {
            if (++this.#interim > MAX_INTERIM) throw broken(this.#peer, "more than 16 interim answers");
            break;
          }
          this.#head = event.head;
          if (event.head.body.kind === "tunnel") return true;
          break;
        case "data":
          this.#take(event.chunk, event.start, event.end);
          break;
        case "end":
          if (this.#head !== undefined) return true;
          break;
        case "violation":
          throw this.#fault(event);
        case "need-more":
          return false;
      }
    }
  }

  #take(chunk: Buffer, start: number, end: number): void {
    this.#bodyBytes += end - start;
    if (this.#head?.status === 400 && this.#sentence.length < KEPT_BYTES) {
      this.#sentence += chunk.toString("latin1", start, Math.min(end, start + KEPT_BYTES));
    }
  }

  #finish(parser: ResponseParser): ProbeFacts {
    const event = parser.finish();
    if (event.kind === "end" && this.#head !== undefined) return this.#facts();
    if (this.#first.length === 0) throw silent(this.#peer);
    const got =
      this.#head === undefined
        ? `${this.#first.length} bytes of a head`
        : `a head and ${this.#bodyBytes} bytes of a body`;
    throw cutShort(this.#peer, `it had sent ${got}`);
  }

  #fault(violation: HttpViolation): Error {
    if (violation.reason === "body-too-large") return tooLarge(this.#peer, violation.detail);
    if (violation.reason === "tls" || violation.reason === "bad-status-line") {
      return notTheProtocol(this.#peer, this.#first);
    }
    return broken(this.#peer, violation.detail, violation.rfc);
  }

  #facts(): ProbeFacts {
    const head = this.#head!;
    if (!this.#secured && head.status === 400) {
      const words = wordsOfTls(`${head.reason} ${this.#sentence}`);
      if (words !== undefined) throw tlsExpected(this.#peer, words);
    }
    return {
      kind: "http",
      version: head.minor === 0 ? "1.0" : "1.1",
      status: head.status,
      reason: head.reason,
      headers: shownFields(head.headers),
      bodyBytes: this.#bodyBytes,
    };
  }
}
