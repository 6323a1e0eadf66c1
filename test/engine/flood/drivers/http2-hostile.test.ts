// Hostile HTTP/2 servers against flood's client: whatever they send without end, the run ends, every request is told, in words, and
// nothing grows. The session's own limits are in test/core/framing/http2; here they meet sockets, time-outs and new connections.
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ERROR, FLAG, FRAME, PREFACE } from "../../../../src/core/framing/http2/codes.ts";
import { encodeHeaderBlock } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { type DriverCase, type Flooded, flooded, listenFor } from "./conformance.ts";
import { Http2Peer } from "./http2-peer.ts";

const HTTP2: DriverCase = {
  plan: { protocol: { kind: "http", version: "2" } },
  codec: () => new Http2Peer(),
  refusesUnsolicited: false,
  closed: "closed",
};

function frame(type: number, flags: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const settings = (...pairs: readonly (readonly [number, number])[]): Buffer => {
  const payload = Buffer.alloc(6 * pairs.length);
  for (const [at, [name, value]] of pairs.entries()) {
    payload.writeUInt16BE(name, 6 * at);
    payload.writeUInt32BE(value, 6 * at + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
};
const OK = encodeHeaderBlock([":status", "200"]);
const EARLY = encodeHeaderBlock([":status", "103", "link", "</style.css>"]);

interface Hostile {
  /** Sent at once, when the first request is there. */
  readonly first?: Buffer;
  /** Sent again and again, as long as the client takes it. */
  readonly again?: (nth: number) => Buffer;
  readonly settings?: Buffer;
  /** What every request ends with. */
  readonly kind: string;
  readonly says?: RegExp;
}

const CASES: Readonly<Record<string, Hostile>> = {
  "CONTINUATION without end": {
    first: frame(FRAME.headers, 0, 1, OK),
    again: () => frame(FRAME.continuation, 0, 1),
    kind: "protocol",
    says: /header block without end/,
  },
  "CONTINUATION of 16 KiB without end": {
    first: frame(FRAME.headers, 0, 1, OK),
    again: () => frame(FRAME.continuation, 0, 1, Buffer.alloc(16_384, 0x88)),
    kind: "protocol",
    says: /header block without end/,
  },
  "SETTINGS without end": { again: () => settings([3, 100]), kind: "protocol", says: /too much/ },
  "PING without end": {
    again: () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)),
    kind: "protocol",
    says: /too much/,
  },
  "empty DATA without end": {
    first: frame(FRAME.headers, FLAG.endHeaders, 1, OK),
    again: () => frame(FRAME.data, 0, 1),
    kind: "protocol",
    says: /too much/,
  },
  "interim answers without end": {
    again: () => frame(FRAME.headers, FLAG.endHeaders, 1, EARLY),
    kind: "protocol",
    says: /too much: interim/,
  },
  "frames of unknown types without end": {
    again: (nth) => frame(0x20 + (nth % 100), 0, 0, Buffer.alloc(100)),
    kind: "protocol",
    says: /too much/,
  },
  "WINDOW_UPDATE without end": {
    again: () => frame(FRAME.windowUpdate, 0, 0, hex("00000001")),
    kind: "protocol",
    says: /too much/,
  },
  "a window beyond 2^31-1": {
    first: frame(FRAME.windowUpdate, 0, 0, hex("7fffffff")),
    kind: "protocol",
    says: /window/,
  },
  "GOAWAY without end": {
    again: () => frame(FRAME.goaway, 0, 0, hex("7fffffff 00000000")),
    kind: "protocol",
    says: /too much/,
  },
  PUSH_PROMISE: {
    first: frame(FRAME.pushPromise, FLAG.endHeaders, 1, Buffer.concat([hex("00000002"), OK])),
    kind: "protocol",
    says: /PUSH_PROMISE/,
  },
  "an answer on a stream that nobody opened": {
    first: frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 9_999, OK),
    kind: "protocol",
    says: /nobody opened/,
  },
  "an answer on a stream of its own": {
    first: frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 2, OK),
    kind: "protocol",
    says: /nobody opened/,
  },
  "a header table larger than was allowed": {
    first: frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, Buffer.concat([hex("3fe1ff03"), OK])),
    kind: "protocol",
  },
  "a header list far larger than its block": {
    // One long literal, then indexed fields: each octet is 40 and more once decoded.
    first: frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.endStream,
      1,
      Buffer.concat([OK, Buffer.alloc(10_000, 0x90)]),
    ),
    kind: "protocol",
  },
  "a frame longer than was allowed": {
    first: frame(FRAME.data, 0, 1, Buffer.alloc(16_385)),
    kind: "protocol",
    says: /SETTINGS_MAX_FRAME_SIZE/,
  },
  "SETTINGS with a window beyond 2^31-1": { settings: settings([4, 0x8000_0000]), kind: "protocol" },
  "no SETTINGS first": { settings: frame(FRAME.ping, 0, 0, Buffer.alloc(8)), kind: "protocol" },
};

/** Writes as long as the client takes it; how much in all. */
async function against(hostile: Hostile, over: Partial<FloodPlan>): Promise<Flooded & { sent: number }> {
  let sent = 0;
  const rude = (socket: Socket): void => {
    let heard = 0;
    let nth = 0;
    const write = (bytes: Buffer): boolean => {
      sent += bytes.length;
      return socket.write(bytes);
    };
    const goOn = (): void => {
      if (hostile.again === undefined || socket.destroyed) return;
      const many: Buffer[] = [];
      for (let count = 0; count < 50; count++) many.push(hostile.again(nth++));
      if (write(Buffer.concat(many))) setImmediate(goOn);
      else socket.once("drain", goOn);
    };
    socket.on("data", (chunk) => {
      const before = heard;
      heard += chunk.length;
      if (before > PREFACE.length || heard <= PREFACE.length) return;
      write(hostile.settings ?? settings());
      if (hostile.first !== undefined) write(hostile.first);
      goOn();
    });
  };
  await using peer = await listenFor(HTTP2, { accepted: rude, answers: () => {} });
  const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
  return { ...found, sent };
}

describe("a server that sends", () => {
  test.each(Object.keys(CASES))("%s", async (name) => {
    const hostile = CASES[name]!;
    const before = process.memoryUsage();
    const began = performance.now();
    const over = { connections: 1, depth: 2, timeoutMs: 300, stop: { kind: "requests", count: 6 } } as const;
    const found = await against(hostile, over);
    expect(found.requests).toBe(6);
    expect(found.succeeded).toBe(0);
    expect(Object.keys(found.errors)).toEqual([hostile.kind]);
    if (hostile.says !== undefined) expect(found.examples.join(" ")).toMatch(hostile.says);
    // Of each connection the kernel's buffers at most were filled, and nothing of it stays.
    expect(found.sent).toBeLessThan(found.opened * 16 * 1024 * 1024);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      64 << 20,
    );
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

test("a server that allows no stream at all is given up on", { timeout: 30_000 }, async () => {
  await using peer = await listenFor(
    { ...HTTP2, codec: () => new Http2Peer({ maxStreams: 0 }) },
    { answers: (_n, answer, socket) => void socket.write(answer()) },
  );
  const over = { connections: 1, timeoutMs: 300, stop: { kind: "requests", count: 6 } } as const;
  const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
  expect(found.succeeded).toBe(0);
  expect(Object.keys(found.errors)).toContain("gave-up");
});

test("a server that resets every stream fails every request, on few connections", async () => {
  class Reset extends Http2Peer {
    override answer(request: Buffer): Buffer {
      this.session.reset(request.readUInt32BE(), ERROR.internal);
      return this.written();
    }
  }
  await using peer = await listenFor(
    { ...HTTP2, codec: () => new Reset({ maxResets: Number.POSITIVE_INFINITY }) },
    { answers: (_n, answer, socket) => void socket.write(answer()) },
  );
  const over = { connections: 1, depth: 10, stop: { kind: "requests", count: 3000 } } as const;
  const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
  expect(found).toMatchObject({ requests: 3000, failed: 3000, errors: { "stream-reset": 3000 }, opened: 1 });
});

test("a server that reads nothing and asks for PINGs in return is not answered without bound", async () => {
  let written = 0;
  await using peer = await listenFor(HTTP2, {
    accepted: (socket) => {
      socket.once("data", () => {
        socket.pause();
        socket.write(settings());
        const ping = Buffer.concat(
          Array.from({ length: 500 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
        );
        const more = (): void => {
          if (socket.destroyed) return;
          written += ping.length;
          if (socket.write(ping)) setTimeout(more, 5);
          else socket.once("drain", more);
        };
        more();
      });
    },
    answers: () => {},
  });
  const over = { connections: 1, timeoutMs: 400, stop: { kind: "requests", count: 2 } } as const;
  const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
  expect(found).toMatchObject({ requests: 2, succeeded: 0 });
  expect(written).toBeLessThan(32 << 20);
});
