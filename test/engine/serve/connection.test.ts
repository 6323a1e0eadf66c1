import { Agent, get as httpGet } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { get, parse, RawClient, request, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

/** Status codes of all answers in a text, in order. */
function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

describe("an HTTP/1.1 connection", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  it("stays open after an HTTP/1.1 answer, without saying so", async () => {
    using client = await RawClient.to(server);
    client.send(request("GET", "/"));
    const first = await client.untilIncludes("world\n");
    expect(parse(first).fields.has("connection")).toBe(false);
    client.send(get("/status/201"));
    expect(statuses(await client.untilEnd())).toEqual([200, 201]);
  });

  it("closes after HTTP/1.0, unless keep-alive was asked for, which is confirmed", async () => {
    const closed = parse(await talk(server, "GET / HTTP/1.0\r\n\r\n"));
    expect(closed.fields.get("connection")).toBe("close");
    using client = await RawClient.to(server);
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const kept = parse(await client.untilIncludes("world\n"));
    expect(kept.fields.get("connection")).toBe("keep-alive");
    client.send("GET / HTTP/1.0\r\n\r\n");
    expect(statuses(await client.untilEnd())).toEqual([200, 200]);
  });

  it("says close when the client asked for it", async () => {
    expect(parse(await talk(server, get("/"))).fields.get("connection")).toBe("close");
  });

  it("answers pipelined requests in order, whatever time each takes", async () => {
    const batch =
      request("GET", "/delay/60ms") +
      request("GET", "/status/201") +
      request("POST", "/echo", ["Content-Length: 3"], "abc") +
      request("GET", "/delay/20ms") +
      request("GET", "/status/202") +
      request("GET", "/stream/2?every=10ms") +
      get("/status/203");
    const text = await talk(server, batch);
    expect(statuses(text)).toEqual([200, 201, 200, 200, 202, 200, 203]);
    expect(text.indexOf("after 60 ms")).toBeLessThan(text.indexOf("abc"));
    expect(text.indexOf("abc")).toBeLessThan(text.indexOf("after 20 ms"));
  });

  it("answers a pipeline that arrives byte by byte", async () => {
    using client = await RawClient.to(server);
    for (const byte of request("POST", "/echo", ["Transfer-Encoding: chunked"]) +
      "3\r\nabc\r\n0\r\n\r\n" +
      get("/")) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(statuses(await client.untilEnd())).toEqual([200, 200]);
  });

  it("answers hundreds of pipelined requests in one read, coalesced", async () => {
    using client = await RawClient.to(server);
    client.send(request("GET", "/").repeat(500) + get("/status/201"));
    const all = statuses(await client.untilEnd());
    expect(all).toHaveLength(501);
    expect(all.at(-1)).toBe(201);
  });

  it("ignores what follows a request that closes", async () => {
    expect(statuses(await talk(server, get("/") + get("/status/500")))).toEqual([200]);
  });

  it("keeps a request waiting behind /hang unanswered, and lets it go with the connection", async () => {
    using client = await RawClient.to(server);
    client.send(request("GET", "/hang") + request("GET", "/"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.text).toBe("");
  });

  it("answers a half-closed client", async () => {
    using client = await RawClient.to(server);
    client.send(request("GET", "/delay/30ms") + request("GET", "/status/202"));
    client.socket.end();
    expect(statuses(await client.untilEnd())).toEqual([200, 202]);
  });

  it("sends 100 Continue before the body, and not when it refuses", async () => {
    using client = await RawClient.to(server);
    client.send(request("POST", "/upload", ["Content-Length: 4", "Expect: 100-continue"]));
    expect(await client.untilIncludes("\r\n\r\n")).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("data");
    await client.untilIncludes('"bytes": 4');
    client.send(request("POST", "/", ["Content-Length: 4", "Expect: 100-continue"]));
    expect(statuses(await client.untilEnd())).toEqual([100, 200, 405]);
  });

  it("goes on after a refused request with a small body, and closes before a large one", async () => {
    using client = await RawClient.to(server);
    client.send(request("POST", "/nowhere", ["Content-Length: 5"], "12345") + get("/status/202"));
    expect(statuses(await client.untilEnd())).toEqual([404, 202]);
    const large = parse(await talk(server, request("POST", "/nowhere", ["Content-Length: 9999999"])));
    expect([large.status, large.fields.get("connection")]).toEqual([404, "close"]);
  });

  it("throws the body away that no handler wants", async () => {
    const text = await talk(server, request("POST", "/delay/1ms", ["Content-Length: 5"], "12345") + get("/"));
    expect(statuses(text)).toEqual([200, 200]);
  });

  it("takes empty lines before a request", async () => {
    expect(statuses(await talk(server, `\r\n\r\n${get("/")}`))).toEqual([200]);
  });

  it("empty lines behind a request are not held against the next client", async () => {
    // As browsers of old sent them; more than 16 bytes of them before one request are refused.
    for (let round = 0; round < 20; round++) {
      using client = await RawClient.to(server);
      client.send(`${request("GET", "/")}${"\r\n".repeat(7)}`);
      await client.untilIncludes("world\n");
      using next = await RawClient.to(server);
      next.send(`\r\n\r\n${get("/status/202")}`);
      expect(statuses(await next.untilEnd())).toEqual([202]);
    }
    using flooding = await RawClient.to(server);
    flooding.send(request("GET", "/"));
    await flooding.untilIncludes("world\n");
    for (let sent = 0; sent < 20; sent++) {
      flooding.send("\r\n");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(statuses(await flooding.untilEnd())).toEqual([200, 400]);
  });

  it("a message given up in its middle leaves nothing to the next client", async () => {
    const broken = [
      `${request("POST", "/nowhere", ["Content-Length: 99999999"])}half`,
      `${request("POST", "/close", ["Transfer-Encoding: chunked"])}5\r\nab`,
      `${request("POST", "/echo", ["Transfer-Encoding: chunked"])}zz\r\n`,
      `${get("/")}GET /half HTT`,
      "GET / HTTP/9.9\r\n\r\n",
    ];
    for (const bytes of [...broken, ...broken]) {
      await talk(server, bytes);
      expect(statuses(await talk(server, get("/status/202")))).toEqual([202]);
    }
  });

  it("serves node's own client over one kept connection", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = (await server.stats()).connections.accepted;
    const { url } = server.listeners[0]!;
    for (let round = 0; round < 5; round++) {
      await new Promise<void>((resolve, reject) => {
        httpGet(`${url}/bytes/100000`, { agent }, (answer) => {
          answer.resume().on("end", resolve);
        }).on("error", reject);
      });
    }
    agent.destroy();
    expect((await server.stats()).connections.accepted - before).toBe(1);
  });

  it("forgets every connection that is gone", async () => {
    await expect.poll(async () => (await server.stats()).connections.open).toBe(0);
    expect((await server.stats()).requests.inFlight).toBe(0);
  });
});
