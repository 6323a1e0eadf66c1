import { describe, expect, it } from "vitest";
import { get, parse, RawClient, request, serve, talk } from "./raw-client.ts";

describe("the limits", () => {
  it("a header that never ends is refused with 431 at its limit", async () => {
    await using server = await serve("http", { maxHeaderBytes: 2048 });
    using client = await RawClient.to(server);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(3000)}`);
    expect(parse(await client.untilEnd()).status).toBe(431);
    expect((await server.stats()).limits).toEqual({ "header-bytes": 1 });
  });

  it("a request line that never ends is refused with 414", async () => {
    await using server = await serve("http", { maxHeaderBytes: 2048 });
    expect(parse(await talk(server, `GET /${"a".repeat(3000)}`)).status).toBe(414);
    expect((await server.stats()).limits).toEqual({ "header-bytes": 1 });
  });

  it("100,000 headers are refused with 431", async () => {
    await using server = await serve();
    const { status } = parse(await talk(server, request("GET", "/", Array(100_000).fill("A: b"))));
    expect(status).toBe(431);
    const { limits } = await server.stats();
    expect(Object.values(limits)).toEqual([1]);
  });

  it("one header too many is refused with 431", async () => {
    await using server = await serve("http", { maxHeaders: 10 });
    expect(parse(await talk(server, request("GET", "/", Array(10).fill("A: b")))).status).toBe(431);
    expect((await server.stats()).limits).toEqual({ headers: 1 });
  });

  it("a body above the limit is refused with 413, by its length or when it gets there", async () => {
    await using server = await serve("http", { maxBodyBytes: 10 });
    expect(parse(await talk(server, request("POST", "/upload", ["Content-Length: 11"]))).status).toBe(413);
    const chunked = request("POST", "/upload", ["Transfer-Encoding: chunked"]);
    expect(parse(await talk(server, `${chunked}6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n`)).status).toBe(413);
    expect((await server.stats()).limits).toEqual({ "body-bytes": 2 });
  });

  it("one request in flight too many gets 503, and a place that comes free is given again", async () => {
    await using server = await serve("http", { maxInFlight: 2 });
    using first = await RawClient.to(server);
    using second = await RawClient.to(server);
    first.send(request("GET", "/hang"));
    second.send(request("GET", "/delay/150ms"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(2);
    const refused = parse(await talk(server, get("/delay/1ms")));
    expect([refused.status, refused.fields.get("retry-after")]).toEqual([503, "1"]);
    // What needs no time is no work in flight.
    expect(parse(await talk(server, get("/"))).status).toBe(200);
    await second.untilIncludes("after 150 ms");
    expect(parse(await talk(server, get("/delay/1ms"))).status).toBe(200);
    expect((await server.stats()).limits).toEqual({ "in-flight": 1 });
  });

  it("a connection above the limit waits unread until one is closed", async () => {
    await using server = await serve("http", { maxConnections: 1 });
    const first = await RawClient.to(server);
    first.send(request("GET", "/"));
    await first.untilIncludes("world");
    using second = await RawClient.to(server);
    second.send(request("GET", "/"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second.text).toBe("");
    expect((await server.stats()).connections).toMatchObject({ open: 1, waiting: 1 });
    first.socket.destroy();
    await second.untilIncludes("world");
  });

  it("a head that trickles gets 408 after the header time-out, however often a byte comes", async () => {
    await using server = await serve("http", { headerTimeoutMs: 200 });
    using client = await RawClient.to(server);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n");
    const trickle = setInterval(() => client.send("X: y\r\n"), 50);
    const text = await client.untilEnd();
    clearInterval(trickle);
    expect(parse(text).status).toBe(408);
    expect((await server.stats()).limits).toEqual({ "header-timeout": 1 });
  });

  it("a silent connection is closed after the idle time-out, new or kept alive", async () => {
    await using server = await serve("http", { idleTimeoutMs: 200 });
    using fresh = await RawClient.to(server);
    using kept = await RawClient.to(server);
    kept.send(request("GET", "/"));
    expect(await fresh.untilEnd()).toBe("");
    expect(parse(await kept.untilEnd()).body).toBe("hello, world\n");
    expect((await server.stats()).limits).toEqual({ "idle-timeout": 2 });
  });

  it("a body that trickles gets 408, one that is slow but moves does not", async () => {
    await using server = await serve("http", { stallTimeoutMs: 200, minBytesPerSecond: 1000 });
    using slow = await RawClient.to(server);
    slow.send(request("POST", "/upload", ["Content-Length: 100000"]));
    const trickle = setInterval(() => slow.send("x"), 50);
    using moving = await RawClient.to(server);
    moving.send(request("POST", "/upload", ["Content-Length: 10000"]));
    let sent = 0;
    const flow = setInterval(() => {
      if (sent < 10_000) moving.send("y".repeat(500));
      sent += 500;
    }, 40);
    expect(parse(await slow.untilEnd()).status).toBe(408);
    await moving.untilIncludes('"bytes": 10000');
    clearInterval(trickle);
    clearInterval(flow);
    expect((await server.stats()).limits).toEqual({ "stall-timeout": 1 });
  });

  it("a reader that stops is reset after the send time-out", async () => {
    await using server = await serve("http", { sendTimeoutMs: 200 });
    using client = await RawClient.to(server);
    client.send(request("GET", "/bytes/1GB"));
    client.socket.pause();
    await expect
      .poll(async () => (await server.stats()).limits, { timeout: 5000 })
      .toEqual({ "send-timeout": 1 });
    await expect.poll(async () => (await server.stats()).connections.open).toBe(0);
  });

  it("a reader that asks and never reads is not answered for ever", async () => {
    await using server = await serve("http", { sendTimeoutMs: 400 });
    using client = await RawClient.to(server);
    client.socket.pause();
    const ask = Buffer.from(request("GET", "/bytes/16000").repeat(1000));
    const asking = setInterval(() => client.send(ask), 20);
    await expect
      .poll(async () => (await server.stats()).limits, { timeout: 8000 })
      .toEqual({ "send-timeout": 1 });
    clearInterval(asking);
    const { bytes } = await server.stats();
    // The kernel's buffers and little more.
    expect(bytes.sent).toBeLessThan(16_000_000);
  });
});
