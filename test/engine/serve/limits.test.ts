import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { MAX_WAITING_CONNECTIONS, servePlan } from "../../../src/engine/serve/plan.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { get, parse, RawClient, request, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

/** In two reads of the server. */
async function sendSplit(client: RawClient, bytes: string, at: number): Promise<void> {
  client.socket.setNoDelay(true);
  client.send(bytes.slice(0, at));
  await new Promise((resolve) => setTimeout(resolve, 3));
  client.send(bytes.slice(at));
}

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

  it("a request above the limit gets 503 wherever its head is split", async () => {
    await using server = await serve("http", { maxInFlight: 1 });
    using first = await RawClient.to(server);
    first.send(request("GET", "/hang"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const second = get("/delay/1ms");
    for (let split = 1; split < second.length; split++) {
      using client = await RawClient.to(server);
      await sendSplit(client, second, split);
      expect([split, parse(await client.untilEnd()).status]).toEqual([split, 503]);
    }
    const { limits, requests } = await server.stats();
    expect(limits).toEqual({ "in-flight": second.length - 1 });
    expect(requests.inFlight).toBe(1);
  });

  it("heads and frames that are not complete take no place of a request", async () => {
    const endpoints = ["http", "framed"].map((scheme) => parseEndpoint(`${scheme}://127.0.0.1:0`, "serve"));
    const listeners = endpoints.map((endpoint) => ({ endpoint }));
    await using server = await startServer(servePlan(listeners, { limits: { maxInFlight: 1 } }));
    const [http, framed] = server.listeners;
    const attackers = await Promise.all(Array.from({ length: 5 }, () => RawClient.to(server)));
    for (const attacker of attackers) attacker.send("GET /hang HTTP/1.1\r\nHost:");
    using frames = await RawClient.to({ listeners: [framed!] });
    frames.send(Buffer.from("0000000441", "hex"));
    await expect.poll(async () => (await server.stats()).bytes.received).toBe(5 * 25 + 5);
    expect((await server.stats()).requests.inFlight).toBe(0);
    expect(parse(await talk({ listeners: [http!] }, get("/delay/1ms"))).status).toBe(200);
    // The rest of the head makes one of them a request, which takes the place.
    attackers[0]!.send(" a\r\n\r\n");
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    expect(parse(await talk({ listeners: [http!] }, get("/delay/1ms"))).status).toBe(503);
    for (const attacker of attackers) attacker.socket.destroy();
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(0);
  });

  it("a place is given back however its request ends", async () => {
    await using server = await serve("http", { maxInFlight: 1 });
    const ends = [
      request("POST", "/upload", ["Content-Length: 3"], "abc"),
      request("POST", "/nowhere", ["Content-Length: 3"], "abc"),
      request("GET", "/close"),
      request("GET", "/reset"),
      request("POST", "/upload", ["Transfer-Encoding: chunked"], "not a size"),
      request("POST", "/nowhere", ["Content-Length: 9999999"]),
    ];
    for (const bytes of ends) {
      using client = await RawClient.to(server);
      await sendSplit(client, bytes, 10);
      client.socket.end();
      await client.untilEnd();
      await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(0);
    }
    expect((await server.stats()).limits).toEqual({});
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

  it("so many connections wait as the plan says; those beyond are reset, and all are counted", async () => {
    await using server = await serve("http", { maxConnections: 1 });
    using first = await RawClient.to(server);
    first.send(request("GET", "/"));
    await first.untilIncludes("world");
    const waiting = await Promise.all(
      Array.from({ length: MAX_WAITING_CONNECTIONS }, () => RawClient.to(server)),
    );
    await expect.poll(async () => (await server.stats()).connections.waiting).toBe(MAX_WAITING_CONNECTIONS);
    const beyond = connect(server.listeners[0]!.port, "127.0.0.1");
    const [error] = (await once(beyond, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    const { connections, limits } = await server.stats();
    expect(connections).toMatchObject({
      open: 1,
      waiting: MAX_WAITING_CONNECTIONS,
      refused: 1,
      accepted: MAX_WAITING_CONNECTIONS + 2,
    });
    // A limit of its own kind: those who wait are let in, so none of them was turned away.
    expect(limits).toEqual({});
    for (const client of waiting) client.socket.destroy();
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
