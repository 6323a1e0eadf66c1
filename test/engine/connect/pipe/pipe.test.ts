// Bytes in, bytes out, over real sockets: nothing lost, both half-closes, the policy of the end, nothing left.
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { hexInput, lineInput, rawInput } from "../../../../src/engine/connect/pipe/input.ts";
import { lineOutput, rawOutput, terminalOutput } from "../../../../src/engine/connect/pipe/output.ts";
import { type ExitPolicy, type PipeOptions, pipe } from "../../../../src/engine/connect/pipe/pipe.ts";
import { framedWire, rawWire } from "../../../../src/engine/connect/pipe/wire-codec.ts";

class Peer implements AsyncDisposable {
  readonly server: Server;

  constructor(onConnection: (socket: Socket) => void) {
    this.server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      onConnection(socket);
    });
  }

  async dial(): Promise<Socket> {
    if (!this.server.listening) await once(this.server.listen(0, "127.0.0.1"), "listening");
    const { port } = this.server.address() as { port: number };
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(socket, "connect");
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    await closed;
  }
}

function collector(): { readonly sink: Writable; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { sink, bytes: () => Buffer.concat(chunks) };
}

const base = (exitOn: ExitPolicy): PipeOptions => ({
  exitOn,
  splitter: rawInput(),
  formatter: rawOutput(),
  wire: rawWire(),
  farewellMs: 5_000,
  subject: "the peer",
});

const never = new AbortController().signal;

describe("pipe", () => {
  test.each(["remote", "both"] as const)(
    "passes 16 MiB both ways, byte for byte, and ends with %s",
    async (exitOn) => {
      await using echo = new Peer((socket) => socket.pipe(socket));
      const sent = randomBytes(16 * 1024 * 1024);
      const { sink, bytes } = collector();
      const input = Readable.from(slices(sent, 100_003));
      const result = await pipe({ input, output: sink, remote: await echo.dial() }, base(exitOn), never);
      expect(result).toMatchObject({ ended: "both", sentBytes: sent.length, receivedBytes: sent.length });
      expect(sha256(bytes())).toBe(sha256(sent));
    },
  );

  test("the end of the input ends our side, and what comes afterwards still arrives", async () => {
    await using peer = new Peer((socket) => {
      socket.on("end", () => socket.end("only after your end")).resume();
    });
    const { sink, bytes } = collector();
    const input = Readable.from([Buffer.from("hello")]);
    const result = await pipe({ input, output: sink, remote: await peer.dial() }, base("remote"), never);
    expect(result.ended).toBe("both");
    expect(bytes().toString()).toBe("only after your end");
  });

  test("with the policy remote, a silent input does not hold it up", async () => {
    await using peer = new Peer((socket) => socket.end("bye"));
    const { sink, bytes } = collector();
    const input = new PassThrough();
    const result = await pipe({ input, output: sink, remote: await peer.dial() }, base("remote"), never);
    expect(result.ended).toBe("remote");
    expect(bytes().toString()).toBe("bye");
    expect(["error", "readable", "end", "close"].map((name) => input.listenerCount(name))).toEqual(
      ["error", "readable", "end", "close"].map((name) => new PassThrough().listenerCount(name)),
    );
  });

  test("with the policy stdin, it ends once everything is sent, whatever the peer does", async () => {
    let received = 0;
    await using peer = new Peer((socket) =>
      socket.on("data", (bytes: Buffer) => (received += bytes.length)).on("end", () => socket.end()),
    );
    const { sink } = collector();
    const input = Readable.from(slices(Buffer.alloc(3_000_000, 1), 65_536));
    const result = await pipe({ input, output: sink, remote: await peer.dial() }, base("stdin"), never);
    expect(result.sentBytes).toBe(3_000_000);
    await expect.poll(() => received).toBe(3_000_000);
  });

  test("a peer that stops reading stops the input: nothing piles up", async () => {
    const sockets: Socket[] = [];
    await using peer = new Peer((socket) => {
      socket.pause();
      sockets.push(socket);
    });
    let given = 0;
    const input = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const stop = new AbortController();
    const running = pipe(
      { input, output: collector().sink, remote: await peer.dial() },
      base("both"),
      stop.signal,
    );
    let before = -1;
    await expect
      .poll(
        () => {
          const same = given === before;
          before = given;
          return same;
        },
        { interval: 150 },
      )
      .toBe(true);
    // The kernel's two buffers, at most some megabytes each; the input is endless.
    expect(given).toBeLessThan(64 * 1024 * 1024);
    stop.abort();
    expect((await running).ended).toBe("interrupted");
    for (const socket of sockets) socket.destroy();
  });

  test("a reset is a failure with words, and what had come is shown", async () => {
    await using peer = new Peer((socket) => {
      socket.write("so far");
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    const { sink, bytes } = collector();
    const result = await pipe(
      { input: new PassThrough(), output: sink, remote: await peer.dial() },
      base("remote"),
      never,
    );
    expect(result).toMatchObject({ ended: "failed", error: { code: "NK_CONNECT_RESET" } });
    expect(bytes().toString()).toBe("so far");
  });

  test("an output that goes away ends it", async () => {
    await using peer = new Peer((socket) => {
      socket.on("error", () => undefined);
      const timer = setInterval(() => socket.write("tick\n"), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const sink = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    const result = await pipe(
      { input: new PassThrough(), output: sink, remote: await peer.dial() },
      base("remote"),
      never,
    );
    expect(result.ended).toBe("failed");
  });

  test("lines are frames and frames are lines", async () => {
    const seen: Buffer[] = [];
    await using echo = new Peer((socket) =>
      socket.on("data", (bytes: Buffer) => seen.push(bytes)).pipe(socket),
    );
    const { sink, bytes } = collector();
    const input = Readable.from([Buffer.from("one\r\ntw"), Buffer.from("o\n\nlast")]);
    const result = await pipe(
      { input, output: sink, remote: await echo.dial() },
      { ...base("both"), splitter: lineInput(), formatter: lineOutput(), wire: framedWire("the peer") },
      never,
    );
    expect(result.sentBytes).toBe(3 + 3 + 0 + 4);
    expect(Buffer.concat(seen).toString("latin1")).toBe("\0\0\0\x03one\0\0\0\x03two\0\0\0\0\0\0\0\x04last");
    expect(bytes().toString()).toBe("one\ntwo\n\nlast\n");
  });

  test("a frame that is cut is told", async () => {
    await using peer = new Peer((socket) => socket.end(Buffer.from([0, 0, 0, 9, 1, 2])));
    const result = await pipe(
      { input: undefined, output: collector().sink, remote: await peer.dial() },
      { ...base("remote"), wire: framedWire("the peer") },
      never,
    );
    expect(result).toMatchObject({ ended: "failed", error: { code: "NK_PROTOCOL_BAD_FRAME" } });
  });

  test("on a terminal nothing steers: controls, separators, turns of direction, a return to the line's beginning", () => {
    const { show } = terminalOutput();
    const text = ["safe\rEVIL\r", "\n\u001b[2J\u202egnp\u2028\u009b", "31m\tgr\u00fcn\n"];
    const shown = text.map((part) => Buffer.from(show(Buffer.from(part))).toString()).join("");
    expect(shown).toBe("safe^MEVIL\r\n^[[2JU+202EgnpU+2028M-^[31m\tgr\u00fcn\n");
  });

  test("hexadecimal that is none is refused with its line", async () => {
    await using echo = new Peer((socket) => socket.pipe(socket));
    const input = Readable.from([Buffer.from("48 65 # He\n6x\n")]);
    const result = await pipe(
      { input, output: collector().sink, remote: await echo.dial() },
      { ...base("both"), splitter: hexInput() },
      never,
    );
    expect(result).toMatchObject({ ended: "failed", sentBytes: 2, error: { code: "NK_USAGE" } });
    expect(result.error?.message).toContain("line 2");
  });
});

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
