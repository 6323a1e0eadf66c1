// Servers that mean harm, against flood's client of HTTP/2, over real sockets: whatever they send, or do not read, a run
// ends in its time, each of its requests ends once and with a name, and what the client holds for them is bounded.
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { ERROR, FRAME, PREFACE, SETTING } from "../../../../src/core/framing/http2/codes.ts";
import { FRAME_READ, FrameDecoder } from "../../../../src/core/framing/http2/frame-decoder.ts";
import { encodeHeaderBlock, encodeInteger } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { frame } from "../../../support/http2-client.ts";
import { type DriverCase, type Flooded, flooded, listenFor } from "./conformance.ts";
import { endless, MOST_HELD_BYTES, WITHIN_MS, watched } from "./hostile.ts";
import { Http2Peer } from "./http2-peer.ts";

const HTTP2: DriverCase = {
  plan: { protocol: { kind: "http", version: "2" } },
  codec: () => new Http2Peer(),
  refusesUnsolicited: false,
  closed: "closed",
};

const SETTINGS = frame(FRAME.settings, 0, 0);
const OK = encodeHeaderBlock([":status", "200"]);
const EARLY = encodeHeaderBlock([":status", "103"]);
/** An upper-case name makes an answer malformed (RFC 9113 section 8.2.1). */
const UPPER = encodeHeaderBlock([":status", "200", "X-Upper", "1"]);
const CHUNK_BYTES = 64 * 1024;

const UPLOAD = { method: "POST", headers: [], body: Buffer.alloc(1_000_000) };

const head = (id: number, flags = 4, block = OK): Buffer => frame(FRAME.headers, flags, id, block);
const setting = (...pairs: readonly number[]): Buffer => {
  const payload = Buffer.alloc(pairs.length * 3);
  for (let at = 0; at < pairs.length; at += 2) {
    payload.writeUInt16BE(pairs[at]!, at * 3);
    payload.writeUInt32BE(pairs[at + 1]!, at * 3 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
};
const numbers = (type: number, id: number, ...values: readonly number[]): Buffer => {
  const payload = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => {
    payload.writeUInt32BE(value, at * 4);
  });
  return frame(type, 0, id, payload);
};
/** As many of them as make a chunk. */
const many = (...frames: readonly Buffer[]): Buffer => {
  const once = Buffer.concat(frames);
  return Buffer.concat(Array.from({ length: Math.ceil(CHUNK_BYTES / once.length) }, () => once));
};

/** More than 2^31-1 octets, whatever is left of the window. */
const TOO_WIDE = (id: number): Buffer =>
  Buffer.concat([numbers(FRAME.windowUpdate, id, 0x7fffffff), numbers(FRAME.windowUpdate, id, 0x7fffffff)]);

interface Hostile {
  /** What it does with a request, the nth of its connection; without: nothing, and it does not read either. */
  readonly asked?: (socket: Socket, id: number, nth: number) => void;
  /** First of all; its SETTINGS, unless it says something else. */
  readonly opening?: Buffer;
  readonly accepted?: (socket: Socket) => void;
}

async function against(hostile: Hostile, over: Partial<FloodPlan> = {}): Promise<Flooded> {
  await using peer = await listenFor(HTTP2, {
    answers: () => {},
    accepted: (socket) => {
      socket.write(hostile.opening ?? SETTINGS);
      hostile.accepted?.(socket);
      const { asked } = hostile;
      if (asked === undefined) return;
      const frames = new FrameDecoder(1 << 24);
      let prefaceLeft = PREFACE.length;
      let nth = 0;
      socket.on("data", (chunk) => {
        const start = Math.min(prefaceLeft, chunk.length);
        prefaceLeft -= start;
        frames.feed(chunk, start, chunk.length);
        while (frames.next() === FRAME_READ)
          if (frames.type === FRAME.headers) asked(socket, frames.streamId, nth++);
      });
    },
  });
  const { found, tookMs, heldBytes } = await watched(() =>
    flooded({ ...HTTP2.plan, stop: { kind: "requests", count: 12 }, ...over }, peer.port),
  );
  expect(tookMs).toBeLessThan(WITHIN_MS);
  expect(heldBytes).toBeLessThan(MOST_HELD_BYTES);
  return found;
}

/** Every request fails for breaking the rules, and the words say which. */
async function refuses(hostile: Hostile, words: string, over: Partial<FloodPlan> = {}): Promise<void> {
  const found = await against(hostile, over);
  expect(found).toMatchObject({ requests: 12, failed: 12, errors: { protocol: 12 } });
  expect(found.examples.protocol).toContain(words);
}

const first =
  (say: (socket: Socket, id: number) => void) =>
  (socket: Socket, id: number, nth: number): void => {
    if (nth === 0) say(socket, id);
  };

describe("floods end the connection", () => {
  const FLOODS: readonly (readonly [name: string, (id: number) => readonly Buffer[], words: string])[] = [
    ["empty CONTINUATION", (id) => [head(id, 0), many(frame(FRAME.continuation, 0, id))], "without end"],
    [
      "CONTINUATION of 16,000 octets",
      (id) => [head(id, 0), many(frame(FRAME.continuation, 0, id, Buffer.alloc(16_000)))],
      "without end",
    ],
    ["SETTINGS", () => [SETTINGS, many(SETTINGS)], "carry nothing"],
    ["SETTINGS acknowledged", () => [SETTINGS, many(frame(FRAME.settings, 1, 0))], "carry nothing"],
    ["PING", () => [SETTINGS, many(frame(FRAME.ping, 0, 0, Buffer.alloc(8)))], "carry nothing"],
    ["PING answered", () => [SETTINGS, many(frame(FRAME.ping, 1, 0, Buffer.alloc(8)))], "carry nothing"],
    ["empty DATA", (id) => [head(id), many(frame(FRAME.data, 0, id))], "empty DATA"],
    ["DATA that is all padding", (id) => [head(id), many(frame(FRAME.data, 8, id, "02 0000"))], "empty DATA"],
    ["PRIORITY", (id) => [head(id), many(frame(FRAME.priority, 0, id, "0000000010"))], "carry nothing"],
    ["WINDOW_UPDATE", (id) => [head(id), many(numbers(FRAME.windowUpdate, id, 1))], "carry nothing"],
    ["frames that nobody knows", () => [SETTINGS, many(frame(0xbe, 0, 0, "00"))], "carry nothing"],
    ["interim answers", (id) => [head(id, 4, EARLY), many(head(id, 4, EARLY))], "interim"],
  ];
  test.each(FLOODS)("%s", async (_name, frames, words) => {
    const flood = (socket: Socket, id: number): void => {
      const [opening, chunk] = frames(id);
      socket.write(opening!);
      endless(socket, () => chunk!);
    };
    await refuses({ asked: first(flood) }, words);
  });

  test("RST_STREAM, of a stream that is over already", async () => {
    const flood = (socket: Socket, id: number): void => {
      const chunk = many(numbers(FRAME.rstStream, id, ERROR.cancel));
      endless(socket, () => chunk);
    };
    const found = await against({ asked: first(flood) });
    expect(found).toMatchObject({ requests: 12, failed: 12 });
    expect(Object.keys(found.errors).sort()).toEqual(["protocol", "stream-reset"]);
    expect(found.examples.protocol).toContain("carry nothing");
  });

  test("SETTINGS that move the windows of many streams thousands of times over", async () => {
    const pairs = Array.from({ length: 2700 }, (_, at) => [SETTING.initialWindowSize, at % 2]).flat();
    const chunk = many(setting(...pairs));
    const depth = 100;
    const request = { method: "POST", headers: [], body: Buffer.alloc(100_000) };
    const flood = first((socket) => endless(socket, () => chunk));
    const found = await against({ asked: flood }, { connections: 1, depth, request });
    // A machine that reads fewer than a thousand of them a second finds them tedious, and not too many.
    expect(found).toMatchObject({ requests: 12, succeeded: 0 });
    expect(["protocol", "timeout"]).toContain(Object.keys(found.errors).join());
  });
});

describe("what cannot be read, or may not be said", () => {
  const literal = Buffer.from("4001617f81", "hex");
  const BLOCKS: readonly (readonly [string, Buffer, string])[] = [
    ["a list of 1 MiB in 16 KiB", Buffer.concat([OK, Buffer.alloc(16_000, 0x90)]), "above the bound"],
    ["fields without name and value", Buffer.concat([OK, Buffer.alloc(15_999, 0)]), "above the bound"],
    [
      "a table size above the announced one",
      Buffer.concat([encodeInteger(0x20, 5, 4096), OK]),
      "a table size above",
    ],
    ["a table size of 2^28", Buffer.concat([encodeInteger(0x20, 5, 2 ** 28), OK]), "a table size above"],
    [
      "an entry of a table that has no room",
      Buffer.concat([OK, literal, Buffer.alloc(1, 0x62), Buffer.alloc(100, 0xbe)]),
      "RFC 7541",
    ],
    [
      "an integer without end",
      Buffer.concat([OK, Buffer.from([0xff]), Buffer.alloc(5000, 0xff)]),
      "too long",
    ],
    ["thousands of table sizes", Buffer.concat([Buffer.alloc(16_000, 0x3f)]), "RFC 7541"],
  ];
  test.each(BLOCKS)("a header block: %s", async (_name, block, words) => {
    await refuses({ asked: first((socket, id) => void socket.write(head(id, 4, block))) }, words);
  });

  const FRAMES: readonly (readonly [string, (id: number) => Buffer, string])[] = [
    ["PUSH_PROMISE", (id) => frame(FRAME.pushPromise, 4, id, "00000002 88"), "PUSH_PROMISE"],
    ["HEADERS on a stream of the server's", () => head(2), "nobody opened"],
    ["HEADERS on a stream to come", () => head(99), "nobody opened"],
    ["HEADERS on stream 0", () => head(0), "stream 0"],
    ["DATA on a stream to come", () => frame(FRAME.data, 0, 99, "61"), "nobody opened"],
    ["RST_STREAM on a stream to come", () => numbers(FRAME.rstStream, 99, 8), "idle stream"],
    ["WINDOW_UPDATE on a stream to come", () => numbers(FRAME.windowUpdate, 99, 8), "idle stream"],
    ["a connection window above 2^31-1", () => TOO_WIDE(0), "window too large"],
    [
      "stream windows above 2^31-1 by SETTINGS",
      (id) =>
        Buffer.concat([
          numbers(FRAME.windowUpdate, id, 100_001),
          setting(SETTING.initialWindowSize, 0x7fffffff),
        ]),
      "window too large",
    ],
    ["an initial window of 2^31", () => setting(SETTING.initialWindowSize, 0x80000000), "INITIAL_WINDOW"],
    ["push allowed by the server", () => setting(SETTING.enablePush, 1), "ENABLE_PUSH"],
    [
      "a frame above the maximum",
      (id) => Buffer.concat([head(id), frame(0, 0, id, Buffer.alloc(16_385))]),
      "MAX_FRAME_SIZE",
    ],
    ["a frame of 2^24-1", () => Buffer.from("ffffff000000000001", "hex"), "MAX_FRAME_SIZE"],
    ["a PING of 7 octets", () => frame(FRAME.ping, 0, 0, Buffer.alloc(7)), "8 octets"],
    ["a GOAWAY of 4 octets", () => frame(FRAME.goaway, 0, 0, Buffer.alloc(4)), "8 octets"],
    [
      "DATA inside a header block",
      (id) => Buffer.concat([head(id, 0), frame(0, 0, id, "61")]),
      "header block",
    ],
  ];
  test.each(FRAMES)("%s", async (_name, frames, words) => {
    const request = { method: "POST", headers: [], body: Buffer.alloc(100_000) };
    await refuses({ asked: first((socket, id) => void socket.write(frames(id))) }, words, { request });
  });

  test("a first frame that is not SETTINGS", async () => {
    const opening = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    await refuses({ opening, asked: () => {} }, "not SETTINGS");
  });

  test("a stream's window above 2^31-1 fails its request, and no other", async () => {
    const found = await against(
      {
        asked: (socket, id, nth) => void socket.write(nth % 2 === 0 ? TOO_WIDE(id) : head(id, 5)),
      },
      { request: { method: "POST", headers: [], body: Buffer.alloc(100_000) }, connections: 1 },
    );
    expect(found).toMatchObject({ requests: 12, succeeded: 6, errors: { protocol: 6 }, opened: 1 });
  });
});

describe("resets and GOAWAY", () => {
  test("every stream is reset as soon as it comes", async () => {
    const found = await against(
      { asked: (socket, id) => void socket.write(numbers(FRAME.rstStream, id, ERROR.cancel)) },
      { stop: { kind: "requests", count: 20_000 }, depth: 50 },
    );
    expect(found).toMatchObject({ failed: 20_000, errors: { "stream-reset": 20_000 }, opened: 2 });
  });

  test("every stream is reset after its head", async () => {
    const found = await against({
      asked: (socket, id) => void socket.write(Buffer.concat([head(id), numbers(FRAME.rstStream, id, 2)])),
    });
    expect(found).toMatchObject({ failed: 12, errors: { "stream-reset": 12 }, opened: 2 });
  });

  test("answers that break the rules, one after the other, end the connection in the end", async () => {
    const found = await against(
      { asked: (socket, id) => void socket.write(head(id, 5, UPPER)) },
      { stop: { kind: "requests", count: 500 } },
    );
    expect(found).toMatchObject({ requests: 500, failed: 500 });
    expect(Object.keys(found.errors)).toEqual(["protocol"]);
    expect(found.opened).toBeGreaterThanOrEqual(2);
  });

  const GOAWAYS: readonly (readonly [name: string, frames: Buffer, found: Partial<Flooded>])[] = [
    // Nothing was taken: the requests go on elsewhere until their time is over.
    ["of nothing, in order", numbers(FRAME.goaway, 0, 0, 0), { succeeded: 0, censored: 12 }],
    // What was taken is waited for.
    ["of everything, in order", numbers(FRAME.goaway, 0, 0x7fffffff, 0), { succeeded: 0, censored: 12 }],
    ["with an error", numbers(FRAME.goaway, 0, 0, 11), { failed: 12, errors: { goaway: 12 } }],
  ];
  test.each(GOAWAYS)("GOAWAY %s, over and over", async (_name, frames, expected) => {
    const slow = first((socket) => {
      const again = setInterval(() => socket.write(frames), 5);
      socket.on("close", () => clearInterval(again));
    });
    const found = await against({ asked: slow }, { timeoutMs: 150 });
    expect(found).toMatchObject({ requests: 12, ...expected });
    expect(found.opened).toBeLessThan(60);
    const chunk = many(frames);
    await refuses({ asked: first((socket) => endless(socket, () => chunk)) }, "carry nothing");
  });
});

describe("peers that give nothing", () => {
  const request = UPLOAD;

  test("a window of nothing for bodies", async () => {
    const found = await against(
      { opening: setting(SETTING.initialWindowSize, 0), asked: () => {} },
      { request, timeoutMs: 100 },
    );
    expect(found).toMatchObject({ requests: 12, censored: 12, timedOut: 12, opened: 2 });
  });

  test("a window that opens one octet at a time", async () => {
    const found = await against(
      {
        opening: setting(SETTING.initialWindowSize, 0),
        asked: (socket, id) => {
          const dribble = setInterval(() => socket.write(numbers(FRAME.windowUpdate, id, 1)), 2);
          socket.on("close", () => clearInterval(dribble));
        },
      },
      { request, timeoutMs: 200 },
    );
    expect(found).toMatchObject({ requests: 12, censored: 12, timedOut: 12 });
  });

  test.each([0, 1])("MAX_CONCURRENT_STREAMS of 0, and %i answers before it", async (answers) => {
    const found = await against(
      {
        opening: Buffer.alloc(0),
        asked: (socket, id, nth) => {
          if (nth === 0) socket.write(SETTINGS);
          if (nth < answers) socket.write(head(id, 5));
          if (nth === 2) socket.write(setting(SETTING.maxConcurrentStreams, 0));
          if (nth >= answers) socket.write(numbers(FRAME.rstStream, id, ERROR.refusedStream));
        },
      },
      { timeoutMs: 100, stop: { kind: "duration", seconds: 1 } },
    );
    expect(found.requests).toBeGreaterThan(0);
    expect(found).toMatchObject({ failed: 0, succeeded: 2 * answers });
    expect(Object.keys(found.errors)).toEqual(["timeout"]);
  });

  test("no stream at all, to a run that counts requests: it is given up", { timeout: 30_000 }, async () => {
    await using peer = await listenFor(
      { ...HTTP2, codec: () => new Http2Peer({ maxStreams: 0 }) },
      { answers: (_n, answer, socket) => void socket.write(answer()) },
    );
    const over = { connections: 1, timeoutMs: 300, stop: { kind: "requests", count: 6 } } as const;
    const found = await flooded({ ...HTTP2.plan, ...over }, peer.port);
    expect(found.succeeded).toBe(0);
    expect(Object.keys(found.errors)).toContain("gave-up");
  });

  test("content without end, an octet at a time", async () => {
    const found = await against(
      {
        asked: (socket, id) => {
          socket.write(head(id));
          const dribble = setInterval(() => socket.write(frame(FRAME.data, 0, id, "61")), 2);
          socket.on("close", () => clearInterval(dribble));
        },
      },
      { timeoutMs: 200 },
    );
    expect(found).toMatchObject({ requests: 12, censored: 12, timedOut: 12 });
  });

  test("content without end, as fast as it is read", async () => {
    const found = await against(
      {
        asked: first((socket, id) => {
          socket.write(head(id));
          const chunk = many(frame(FRAME.data, 0, id, Buffer.alloc(16_000)));
          endless(socket, () => chunk);
        }),
      },
      { timeoutMs: 200 },
    );
    expect(found.requests).toBe(12);
    expect(found.succeeded).toBe(0);
  });

  test("a header block that never ends, by silence", async () => {
    const found = await against(
      { asked: first((socket, id) => void socket.write(head(id, 0))) },
      { timeoutMs: 100 },
    );
    expect(found).toMatchObject({ requests: 12, censored: 12, timedOut: 12 });
  });
});

describe("peers that do not read", () => {
  test("PINGs that earn their way by content, and whose answers nobody takes", async () => {
    const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    const found = await against(
      {
        accepted: (socket) => {
          // The answer to the first request, whose number is known.
          socket.write(head(1));
          const chunk = many(frame(FRAME.data, 0, 1, "61"), ping, ping);
          let left = 4000;
          endless(socket, () => {
            if (--left < 0) socket.destroy();
            return chunk;
          });
        },
      },
      { timeoutMs: 6_000, connections: 1, stop: { kind: "requests", count: 3 } },
    );
    expect(found).toMatchObject({ requests: 3, failed: 3, errors: { "not-reading": 3 } });
  });

  test("bodies in a window without bounds, given up one after the other", async () => {
    const opening = Buffer.concat([
      setting(SETTING.initialWindowSize, 0x7fffffff),
      numbers(FRAME.windowUpdate, 0, 0x7fff0000),
    ]);
    const found = await against(
      { opening },
      {
        timeoutMs: 30,
        connections: 1,
        depth: 4,
        request: UPLOAD,
        stop: { kind: "requests", count: 200 },
      },
    );
    expect(found).toMatchObject({ requests: 200, censored: 200 });
    expect(found.opened).toBeGreaterThan(10);
  });
});
