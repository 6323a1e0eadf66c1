// Messages of a WebSocket as payloads of a pipe: in bytes, at every cut, and against a real library.
import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { PassThrough, Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { closeBody } from "../../../../src/core/framing/websocket/close.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";
import { PathRun } from "../../../../src/engine/connect/path.ts";
import { hexInput, lineInput } from "../../../../src/engine/connect/pipe/input.ts";
import { hexLineOutput, lineOutput } from "../../../../src/engine/connect/pipe/output.ts";
import { type ExitPolicy, type PipeResult, pipe } from "../../../../src/engine/connect/pipe/pipe.ts";
import { websocketWire } from "../../../../src/engine/connect/pipe/websocket-wire.ts";
import { planFor } from "../plan.ts";

const SUBJECT = "the peer";
const wire = (binary = false) => websocketWire({ subject: SUBJECT, binary });
const frame = (opcode: number, payload: string | Uint8Array): Buffer =>
  encodeFrame(opcode as typeof OPCODE.text, Buffer.from(payload as string));
const close = (code: number, reason = ""): Buffer => frame(OPCODE.close, closeBody(code, reason));
const nothing = (): never => {
  throw new Error("nothing is to be answered");
};

/** What a server reads of our frames: opcode names and payloads. */
function read(bytes: Uint8Array): readonly string[] {
  const decoder = new MessageDecoder("server");
  decoder.feed(Buffer.from(bytes), 0, bytes.length);
  const seen: string[] = [];
  for (;;) {
    const event = decoder.next();
    if (event.kind === "need-more" || event.kind === "violation") return seen;
    if (event.kind === "close") return [...seen, `close ${event.code}`];
    const payload = event.chunk.subarray(event.start, event.end).toString("latin1");
    seen.push(`${event.kind === "message" ? (event.text ? "text" : "binary") : event.kind} ${payload}`);
  }
}

describe("frames", () => {
  test.each([
    [false, "grüße", "text grÃ¼Ã\u009fe"],
    [false, Buffer.from([0xff, 0xfe]), "binary ÿþ"],
    [false, "", "text "],
    [true, "hi", "binary hi"],
  ])("a payload (spelled out: %s) %j is %j", (binary, payload, seen) => {
    expect(read(wire(binary).encode(Buffer.from(payload as string)))).toEqual([seen]);
  });

  test("messages come whole whatever the chunks, with pings and fragments between", () => {
    const session = Buffer.concat([
      frame(OPCODE.text, "one"),
      encodeFrame(OPCODE.text, Buffer.from("tw"), { final: false }),
      frame(OPCODE.ping, "are you there"),
      frame(OPCODE.continuation, "o"),
      frame(OPCODE.pong, "unasked"),
      frame(OPCODE.binary, Buffer.alloc(70_000, 7)),
      close(1000),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(session.length), { maxLength: 5 }), (cuts) => {
        const codec = wire();
        const lengths: number[] = [];
        const answers: string[] = [];
        const ends = [...cuts.sort((a, b) => a - b), session.length];
        let from = 0;
        for (const end of ends) {
          for (const payload of codec.decode(session.subarray(from, end), (bytes) =>
            answers.push(...read(bytes)),
          ))
            lengths.push(payload.length);
          from = end;
        }
        expect(lengths).toEqual([3, 3, 70_000]);
        expect(answers).toEqual(["pong are you there", "close 1000"]);
        expect(codec.over).toBe(true);
        codec.finish();
      }),
      { numRuns: 200 },
    );
  });

  test("what follows a close is not read", () => {
    const codec = wire();
    const bytes = Buffer.concat([close(1001), frame(OPCODE.text, "late")]);
    expect([...codec.decode(bytes, () => undefined)]).toEqual([]);
    codec.finish();
  });

  test("a peer that failed says so", () => {
    const codec = wire();
    expect([...codec.decode(close(1011, "no room"), () => undefined)]).toEqual([]);
    expect(() => codec.finish()).toThrow(
      expect.objectContaining({
        message: "the peer closed the WebSocket with 1011 internal error",
        why: "no room",
      }),
    );
  });

  test("an end without a close, and bytes that are no frame, are told", () => {
    expect(() => wire().finish()).toThrow(expect.objectContaining({ code: "NK_PROTOCOL_WEBSOCKET" }));
    const answers: string[] = [];
    const bad = Buffer.from([0xf1, 0x00]);
    expect(() => [...wire().decode(bad, (bytes) => answers.push(...read(bytes)))]).toThrow(
      expect.objectContaining({ code: "NK_PROTOCOL_WEBSOCKET" }),
    );
    expect(answers).toEqual(["close 1002"]);
  });

  test("after our close nothing is answered", () => {
    const codec = wire();
    expect(read(codec.farewell()!)).toEqual(["close 1000"]);
    const bytes = Buffer.concat([frame(OPCODE.ping, ""), frame(OPCODE.text, "still"), close(1000)]);
    expect([...codec.decode(bytes, nothing)].map(String)).toEqual(["still"]);
  });
});

interface Session {
  readonly result: PipeResult;
  readonly output: string;
}

/** A real upgrade to a real library, then `lines` to it. */
async function session(
  lines: string | undefined,
  options: {
    readonly hex?: boolean;
    readonly exitOn?: ExitPolicy;
    readonly farewellMs?: number;
    readonly path?: string;
    readonly signal?: AbortSignal;
  },
  serve: (socket: WebSocket) => void,
): Promise<Session> {
  const { hex = false, exitOn = "remote", farewellMs = 3_000, path = "/" } = options;
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    serve(socket);
  });
  const { port } = server.address() as AddressInfo;
  const output = new PassThrough();
  const text = output.setEncoding("utf8").toArray();
  try {
    const { signal = new AbortController().signal } = options;
    await using run = await PathRun.run(planFor(`ws://127.0.0.1:${port}${path}`), { openOnly: true }, signal);
    const { stream, early } = run.opened!;
    const result = await pipe(
      {
        input: lines === undefined ? new PassThrough() : Readable.from([Buffer.from(lines)]),
        output,
        remote: stream,
        early,
      },
      {
        exitOn,
        farewellMs,
        splitter: hex ? hexInput() : lineInput(),
        formatter: hex ? hexLineOutput() : lineOutput(),
        wire: wire(hex),
        subject: SUBJECT,
      },
      signal,
    );
    output.end();
    return { result, output: ((await text) as string[]).join("") };
  } finally {
    for (const client of server.clients) client.terminate();
    server.close();
  }
}

describe("with a real library", () => {
  const echo = (socket: WebSocket): void =>
    void socket.on("message", (message, binary) => socket.send(message, { binary }));

  test("a line is a message, both ways", async () => {
    const { result, output } = await session("one\ntwö\n\nlast", {}, echo);
    expect(output).toBe("one\ntwö\n\nlast\n");
    expect(result).toMatchObject({ ended: "both", sentBytes: 11, receivedBytes: 11, error: undefined });
  });

  test("digits are binary messages", async () => {
    const kinds: boolean[] = [];
    const { output } = await session("00 ff\n68 69\n", { hex: true }, (socket) => {
      socket.on("message", (_, binary) => kinds.push(binary));
      echo(socket);
    });
    expect(output).toBe("00ff\n6869\n");
    expect(kinds).toEqual([true, true]);
  });

  test("what came with the upgrade is the first line", async () => {
    const { output } = await session(undefined, {}, (socket) => {
      socket.send("welcome");
      socket.close(1000);
    });
    expect(output).toBe("welcome\n");
  });

  test("ten thousand messages while the peer pings", async () => {
    const lines = `${Array.from({ length: 10_000 }, (_, at) => `message ${at}`).join("\n")}\n`;
    let pongs = 0;
    const { output } = await session(lines, {}, (socket) => {
      socket.on("pong", () => pongs++);
      echo(socket);
      socket.ping("a");
      socket.ping("b");
    });
    expect(output).toBe(lines);
    expect(pongs).toBe(2);
  });

  test("a peer that pings without end and never reads is read no further", async () => {
    let sent = 0;
    const stop = new AbortController();
    const running = session(undefined, { signal: stop.signal }, (socket) => {
      const { _socket: raw } = socket as unknown as { _socket: Socket };
      raw.pause();
      const pings = encodeFrame(OPCODE.ping, Buffer.alloc(120));
      const flood = (): void => {
        while (!raw.destroyed && raw.write(pings)) sent += pings.length;
      };
      raw.on("drain", flood);
      flood();
    });
    let before = -1;
    await expect
      .poll(
        () => {
          const same = sent > 0 && sent === before;
          before = sent;
          return same;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    // The kernel's buffers both ways, and a megabyte of answers; the pings are endless.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    stop.abort();
    expect((await running).result.ended).toBe("interrupted");
  });

  test("with the policy stdin, the last answers still come", async () => {
    const { result, output } = await session("ask\n", { exitOn: "stdin" }, (socket) => {
      socket.on("message", (message) => socket.send(message));
    });
    expect(output).toBe("ask\n");
    expect(result.error).toBeUndefined();
  });

  test("a close that nobody answers ends in words", async () => {
    const { result } = await session("x\n", { farewellMs: 100 }, (socket) => {
      // Under the library: it would answer.
      (socket as unknown as { _socket: { pause(): void } })._socket.pause();
    });
    expect(result).toMatchObject({ ended: "failed", error: { code: "NK_PROTOCOL_SILENT" } });
  });

  test("a peer that goes away without a close is told", async () => {
    const { result } = await session("x\n", {}, (socket) => {
      socket.on("message", () => (socket as unknown as { _socket: { end(): void } })._socket.end());
    });
    expect(result).toMatchObject({ ended: "failed", error: { code: "NK_PROTOCOL_WEBSOCKET" } });
  });
});
