import { describe, expect, it } from "vitest";
import { RawClient, request } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

function frame(payload: string | Buffer): Buffer {
  const body = Buffer.from(payload);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

describe("the raw echo", () => {
  for (const scheme of ["tcp", "tls"]) {
    it(`${scheme}: gives back every byte and then its FIN`, async () => {
      await using server = await serve(scheme);
      using client = await RawClient.to(server);
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
      client.send("a");
      await client.untilIncludes("a");
      client.send(bytes);
      client.socket.end();
      const text = await client.untilEnd();
      expect(Buffer.from(text, "latin1").equals(Buffer.concat([Buffer.from("a"), bytes]))).toBe(true);
    });
  }

  it("closes a silent connection", async () => {
    await using server = await serve("tcp", { idleTimeoutMs: 200 });
    using client = await RawClient.to(server);
    expect(await client.untilEnd()).toBe("");
    expect((await server.stats()).limits).toEqual({ "idle-timeout": 1 });
  });
});

describe("the framed echo", () => {
  for (const scheme of ["framed", "framed+tls"]) {
    it(`${scheme}: gives back frames whole, split at every byte, and many at once`, async () => {
      await using server = await serve(scheme);
      using client = await RawClient.to(server);
      const frames = Buffer.concat([frame(""), frame("a"), frame("bc".repeat(300)), frame("")]);
      for (const byte of frames) {
        client.send(Buffer.from([byte]));
        if (scheme === "framed") await new Promise((resolve) => setImmediate(resolve));
      }
      const many = Buffer.concat(Array.from({ length: 1000 }, (_, at) => frame(`frame ${at}`)));
      client.send(many);
      const expected = Buffer.concat([frames, many]);
      const text = await client.until(({ length }) => length >= expected.length);
      expect(Buffer.from(text, "latin1").equals(expected)).toBe(true);
      expect((await server.stats()).echoed).toBe(1004);
    });
  }

  it("gives back a large frame without holding it", async () => {
    await using server = await serve("framed");
    using client = await RawClient.to(server);
    const bytes = frame(Buffer.alloc(8_000_000, "netkit!"));
    client.send(bytes);
    const text = await client.until(({ length }) => length >= bytes.length);
    expect(Buffer.from(text, "latin1").equals(bytes)).toBe(true);
  });

  it("refuses a 4 GiB prefix after it gave back what came before", async () => {
    await using server = await serve("framed");
    using client = await RawClient.to(server);
    client.send(Buffer.concat([frame("ok"), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from("more")]));
    expect(await client.untilEnd()).toBe(frame("ok").toString("latin1"));
    expect((await server.stats()).limits).toEqual({ "frame-bytes": 1 });
  });

  it("takes a frame of the limit and refuses one byte more", async () => {
    await using server = await serve("framed", { maxFrameBytes: 100 });
    using client = await RawClient.to(server);
    client.send(frame("x".repeat(100)));
    await client.until(({ length }) => length === 104);
    client.send(frame("x".repeat(101)));
    expect((await client.untilEnd()).length).toBe(104);
  });

  it("resets a frame that trickles", async () => {
    await using server = await serve("framed", { stallTimeoutMs: 200 });
    using client = await RawClient.to(server);
    client.send(Buffer.from([0, 0, 1, 0, 65]));
    await client.untilEnd();
    expect((await server.stats()).limits).toEqual({ "stall-timeout": 1 });
  });
});

/** Pushes until nothing moves any more, and tells how much the server took. */
async function pushAgainstAClosedReader(
  scheme: string,
  preamble: string,
  block: Buffer,
): Promise<{ taken: number; grownBytes: number }> {
  await using server = await serve(scheme, { maxFrameBytes: 2 ** 31 });
  using client = await RawClient.to(server);
  client.socket.pause();
  if (preamble !== "") client.send(preamble);
  const before = process.memoryUsage();
  let quiet = 0;
  let taken = -1;
  while (quiet < 3) {
    while (client.socket.writableLength < 1_000_000) client.send(block);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { bytes } = await server.stats();
    quiet = bytes.received === taken ? quiet + 1 : 0;
    taken = bytes.received;
  }
  const after = process.memoryUsage();
  return { taken, grownBytes: after.external + after.heapUsed - before.external - before.heapUsed };
}

describe("a client that sends and does not read", () => {
  const block = Buffer.alloc(256 * 1024, "x");
  const length = Buffer.from([0x7f, 0xff, 0xff, 0xff]).toString("latin1");
  const chunked = request("POST", "/echo", ["Content-Length: 10737418240"]);

  for (const [scheme, preamble] of [
    ["tcp", ""],
    ["tls", ""],
    ["framed", length],
    ["http", chunked],
    ["https", chunked],
  ] as const) {
    it(`${scheme}: is stopped by the watermarks`, async () => {
      const { taken, grownBytes } = await pushAgainstAClosedReader(scheme, preamble, block);
      // What the kernel's socket buffers of both directions hold, never the 10 GiB on offer.
      expect(taken).toBeLessThan(32 * 1024 * 1024);
      expect(grownBytes).toBeLessThan(32 * 1024 * 1024);
    });
  }
});
