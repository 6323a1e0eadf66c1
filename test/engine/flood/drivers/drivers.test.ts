// Every protocol of a flood is held to what all of them promise, and to what is its own.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, LengthPrefixedDecoder } from "../../../../src/core/framing/length-prefixed.ts";
import { DEFLATE_OFFER, deflateMessage } from "../../../../src/core/framing/websocket/deflate.ts";
import { encodeFrame as encodeMessage } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { upgradeResponse } from "../../../../src/core/framing/websocket/handshake.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { makePlan } from "../plan.ts";
import { type DriverCase, type PeerCodec, testDriver, told } from "./conformance.ts";
import { Http2Peer, http2Requests } from "./http2-peer.ts";

const NONE = Buffer.alloc(0);
const PAYLOAD = Buffer.from("0123456789abcdef");
/** Of three lengths, so that one is never taken for another. */
const ROWS = [PAYLOAD, Buffer.from("a row"), Buffer.from("the third of the rows")];
const MESSAGE = { method: "GET", headers: [], body: PAYLOAD } as const;

/** Requests that end with a text. */
function delimited(end: string, answer: (request: Buffer) => Buffer): PeerCodec {
  let text = "";
  return {
    take: (chunk) => {
      const parts = (text + chunk.toString("latin1")).split(end);
      text = parts.pop()!;
      return { greeting: NONE, requests: parts.map((part) => Buffer.from(part + end, "latin1")) };
    },
    answer,
  };
}

function framedPeer(): PeerCodec {
  const decoder = new LengthPrefixedDecoder();
  return {
    take: (chunk) => {
      decoder.feed(chunk, 0, chunk.length);
      const requests: Buffer[] = [];
      for (let event = decoder.next(); event.kind === "frame"; event = decoder.next()) {
        requests.push(Buffer.from(event.chunk.subarray(event.start, event.end)));
      }
      return { greeting: NONE, requests };
    },
    answer: (request) => encodeFrame(request),
  };
}

function websocketPeer(deflate = false): PeerCodec {
  const decoder = new MessageDecoder("server", undefined, deflate);
  let head: string | undefined = "";
  return {
    take: (chunk) => {
      let rest = chunk;
      let greeting = NONE;
      if (head !== undefined) {
        head += chunk.toString("latin1");
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return { greeting, requests: [] };
        const key = /Sec-WebSocket-Key: (\S+)/.exec(head)![1]!;
        rest = Buffer.from(head.slice(end + 4), "latin1");
        greeting = Buffer.from(upgradeResponse(key, undefined, deflate ? DEFLATE_OFFER : undefined));
        head = undefined;
      }
      decoder.feed(rest, 0, rest.length);
      const requests: Buffer[] = [];
      for (let event = decoder.next(); event.kind !== "need-more"; event = decoder.next()) {
        if (event.kind === "message")
          requests.push(Buffer.from(event.chunk.subarray(event.start, event.end)));
        else if (event.kind === "violation") throw new Error(event.detail);
        else if (event.kind === "close") break;
      }
      return { greeting, requests };
    },
    answer: (request) =>
      deflate
        ? encodeMessage(OPCODE.binary, deflateMessage(request), { compressed: true })
        : encodeMessage(OPCODE.binary, request),
  };
}

const httpAnswer = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");

const CASES: Readonly<Record<string, DriverCase>> = {
  "HTTP/1.1": {
    plan: {},
    codec: () => delimited("\r\n\r\n", () => httpAnswer),
    garbage: Buffer.from("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "HTTP/2": {
    plan: { protocol: { kind: "http", version: "2" } },
    codec: () => new Http2Peer(),
    garbage: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    refusesUnsolicited: false,
    anyOrder: true,
    closed: "closed",
  },
  frames: {
    plan: { protocol: { kind: "framed", length: {}, id: undefined, echo: true }, request: MESSAGE },
    codec: framedPeer,
    wrong: (request) => encodeFrame(Buffer.from(request).fill(0x2a)),
    garbage: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "frames of rows": {
    plan: {
      protocol: { kind: "framed", length: {}, id: undefined, echo: true },
      request: { ...MESSAGE, bodies: ROWS },
    },
    codec: framedPeer,
    wrong: (request) => encodeFrame(Buffer.from(request).fill(0x2a)),
    garbage: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "frames with ids": {
    plan: {
      protocol: { kind: "framed", length: {}, id: { offset: 2, width: 3 }, echo: true },
      request: MESSAGE,
    },
    codec: framedPeer,
    wrong: (request) => encodeFrame(Buffer.concat([request.subarray(0, 5), Buffer.alloc(11)])),
    garbage: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    refusesUnsolicited: true,
    anyOrder: true,
    closed: "closed",
  },
  "raw bytes of a known number": {
    plan: {
      protocol: { kind: "raw", answer: { kind: "bytes", count: PAYLOAD.length }, echo: true },
      request: MESSAGE,
    },
    codec: () => delimited("f", (request) => request),
    wrong: (request) => Buffer.from(request).fill(0x2a),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "raw bytes up to a terminator": {
    plan: {
      protocol: { kind: "raw", answer: { kind: "until", terminator: Buffer.from("\r\n\r\n") }, echo: false },
      request: { ...MESSAGE, body: Buffer.from("PING\r\n") },
    },
    codec: () => delimited("\r\n", () => Buffer.from("+OK\r\nline\r\r\n\r\n")),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "raw bytes up to a match": {
    plan: {
      protocol: { kind: "raw", answer: { kind: "match", pattern: /OK \d+;/ }, echo: false },
      request: { ...MESSAGE, body: Buffer.from("PING\r\n") },
    },
    codec: () => delimited("\r\n", () => Buffer.from("well: OK 123;")),
    refusesUnsolicited: true,
    closed: "closed",
  },
  WebSocket: {
    plan: { protocol: { kind: "websocket", text: false, echo: true, deflate: false }, request: MESSAGE },
    codec: () => websocketPeer(),
    wrong: (request) => encodeMessage(OPCODE.binary, Buffer.from(request).fill(0x2a)),
    garbage: Buffer.from("f0", "hex"),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "WebSocket messages of rows": {
    plan: {
      protocol: { kind: "websocket", text: false, echo: true, deflate: false },
      request: { ...MESSAGE, bodies: ROWS },
    },
    codec: () => websocketPeer(),
    wrong: (request) => encodeMessage(OPCODE.binary, Buffer.from(request).fill(0x2a)),
    garbage: Buffer.from("f0", "hex"),
    refusesUnsolicited: true,
    closed: "closed",
  },
  "WebSocket, compressed": {
    plan: { protocol: { kind: "websocket", text: false, echo: true, deflate: true }, request: MESSAGE },
    codec: () => websocketPeer(true),
    wrong: (request) =>
      encodeMessage(OPCODE.binary, deflateMessage(Buffer.from(request).fill(0x2a)), { compressed: true }),
    garbage: Buffer.from("c202ffff", "hex"),
    refusesUnsolicited: true,
    closed: "closed",
  },
};

for (const [name, tested] of Object.entries(CASES)) testDriver(name, tested);

describe("answers under any cut", () => {
  const planOf = (name: string): FloodPlan => makePlan({ depth: 8, ...CASES[name]!.plan });
  const id = (n: number): Buffer => {
    const payload = Buffer.from(PAYLOAD);
    payload.writeUIntBE(n, 2, 3);
    return encodeFrame(payload);
  };
  const http2Answers = (): Buffer => {
    const peer = new Http2Peer();
    const { greeting, requests } = peer.take(http2Requests(3));
    return Buffer.concat([greeting, ...[2, 0, 1].map((nth) => peer.answer(requests[nth]!))]);
  };
  const STREAMS: Readonly<Record<string, Buffer>> = {
    "HTTP/2": http2Answers(),
    "HTTP/1.1": Buffer.concat([httpAnswer, httpAnswer, httpAnswer]),
    frames: Buffer.concat([encodeFrame(PAYLOAD), encodeFrame(Buffer.from("no")), encodeFrame(PAYLOAD)]),
    "frames with ids": Buffer.concat([id(2), id(0), id(1)]),
    "raw bytes of a known number": Buffer.concat([PAYLOAD, Buffer.alloc(16), PAYLOAD]),
    "raw bytes up to a terminator": Buffer.from("a\r\n\r\r\n\r\n\r\n\r\n\r\n\r\r\n\r\n"),
    "raw bytes up to a match": Buffer.from("OK 1;xOK OK 22;OK 3;"),
  };

  test.each(Object.keys(STREAMS))("%s", (name) => {
    const stream = STREAMS[name]!;
    const whole = told(planOf(name), 3, stream, []);
    expect(whole.length).toBe(3);
    for (let at = 0; at <= stream.length; at++) expect(told(planOf(name), 3, stream, [at])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
        const sorted = cuts.toSorted((a, b) => a - b);
        expect(told(planOf(name), 3, stream, sorted)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });

  test.each(Object.keys(CASES))("noise is refused or taken, and never thrown at: %s", (name) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (noise, cuts) => {
          const sorted = cuts.map((cut) => Math.min(cut, noise.length)).toSorted((a, b) => a - b);
          expect(() => told(planOf(name), 3, Buffer.from(noise), sorted)).not.toThrow();
        },
      ),
      { numRuns: 200 },
    );
  });
});
