import { describe, expect, it } from "vitest";
import { parse, RawClient, request } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

describe("a drain", () => {
  it("finishes what was begun, says close, and reports it", async () => {
    await using server = await serve();
    const begun = [
      request("GET", "/delay/300ms"),
      `${request("POST", "/upload", ["Content-Length: 10"])}12345`,
      "GET /status/202 HTTP/1.1\r\n",
    ] as const;
    using delayed = await RawClient.to(server);
    delayed.send(begun[0]);
    using upload = await RawClient.to(server);
    upload.send(begun[1]);
    using head = await RawClient.to(server);
    head.send(begun[2]);
    await expect.poll(async () => (await server.stats()).bytes.received).toBe(begun.join("").length);
    const draining = server.drain(5000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    upload.send("67890");
    head.send("Host: a\r\n\r\n");
    for (const [client, status] of [
      [delayed, 200],
      [upload, 200],
      [head, 202],
    ] as const) {
      const answer = parse(await client.untilEnd());
      expect([answer.status, answer.fields.get("connection")]).toEqual([status, "close"]);
      client.socket.destroy();
    }
    expect(await draining).toMatchObject({ finished: 3, cut: 0, idleClosed: 0 });
  });

  it("counts what is cut when a second call comes before the first has begun to wait", async () => {
    await using server = await serve();
    using client = await RawClient.to(server);
    client.send(request("GET", "/hang"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    void server.drain(60_000);
    expect(await server.drain(60_000)).toMatchObject({ finished: 0, cut: 1 });
  });

  it("still answers a request that an idle connection sends as the drain begins, then closes", async () => {
    await using server = await serve();
    using client = await RawClient.to(server);
    client.send(request("GET", "/"));
    await client.untilIncludes("world\n");
    using fresh = await RawClient.to(server);
    const draining = server.drain(5000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.send(request("GET", "/") + request("GET", "/") + request("GET", "/status/201"));
    fresh.send(request("GET", "/status/202"));
    const answers = (await client.untilEnd()).split("HTTP/1.1 ").slice(1);
    expect(answers.map((text) => text.slice(0, 3))).toEqual(["200", "200", "200", "201"]);
    expect(answers.map((text) => text.includes("Connection: close"))).toEqual([false, false, false, true]);
    expect(parse(await fresh.untilEnd()).status).toBe(202);
    for (const each of [client, fresh]) each.socket.destroy();
    expect(await draining).toMatchObject({ finished: 4, cut: 0, idleClosed: 0 });
  });

  it("takes no place of a request: what comes in the grace is admitted like before", async () => {
    await using server = await serve("http", { maxInFlight: 1 });
    using client = await RawClient.to(server);
    client.send(request("GET", "/"));
    await client.untilIncludes("world\n");
    const draining = server.drain(5000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await server.stats()).requests.inFlight).toBe(0);
    client.send(request("GET", "/delay/1ms"));
    expect(await client.untilEnd()).toContain("after 1 ms");
    client.socket.destroy();
    expect(await draining).toMatchObject({ finished: 1, cut: 0 });
  });

  it("closes idle connections after a short grace and does not wait for the deadline", async () => {
    await using server = await serve();
    using idle = await RawClient.to(server);
    idle.send(request("GET", "/"));
    await idle.untilIncludes("world\n");
    const draining = server.drain(60_000);
    void idle.untilEnd().then(() => idle.socket.destroy());
    const report = await draining;
    expect(report).toMatchObject({ finished: 0, cut: 0, idleClosed: 1 });
    expect(report.seconds).toBeLessThan(5);
  });

  it("accepts nobody any more", async () => {
    const server = await serve();
    using busy = await RawClient.to(server);
    busy.send(request("GET", "/delay/200ms"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const draining = server.drain();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(RawClient.to(server)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(parse(await busy.untilEnd()).status).toBe(200);
    busy.socket.destroy();
    await draining;
  });

  it("cuts at the deadline and counts what it cut", async () => {
    await using server = await serve();
    using hang = await RawClient.to(server);
    hang.send(request("GET", "/hang"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const report = await server.drain(200);
    expect(report).toMatchObject({ finished: 0, cut: 1 });
    expect(await hang.untilEnd()).toBe("");
  });

  it("may have more time than a timer can wait", async () => {
    await using server = await serve();
    using busy = await RawClient.to(server);
    busy.send(request("GET", "/delay/100ms"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const draining = server.drain(60 * 86_400_000);
    await busy.untilEnd();
    busy.socket.destroy();
    expect(await draining).toMatchObject({ finished: 1, cut: 0 });
  });

  it("cuts at once when it is asked a second time, or by a signal", async () => {
    for (const how of ["again", "signal"] as const) {
      const server = await serve();
      using hang = await RawClient.to(server);
      hang.send(request("GET", "/hang"));
      await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
      const abort = new AbortController();
      const draining = server.drain(60_000, abort.signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (how === "again") void server.drain();
      else abort.abort();
      expect(await draining).toMatchObject({ cut: 1 });
    }
  });

  it("counts a request whose client gave up as cut", async () => {
    await using server = await serve();
    const hang = await RawClient.to(server);
    hang.send(request("GET", "/hang"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const draining = server.drain();
    hang.socket.resetAndDestroy();
    expect(await draining).toMatchObject({ finished: 0, cut: 1 });
  });

  it("lets a frame that is begun on an echo connection come back", async () => {
    await using server = await serve("framed");
    using client = await RawClient.to(server);
    client.send(Buffer.from([0, 0, 0, 4, 65, 66]));
    await expect.poll(async () => (await server.stats()).bytes.received).toBe(6);
    const draining = server.drain();
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.send("CD");
    expect(await client.untilEnd()).toBe("\0\0\0\x04ABCD");
    client.socket.destroy();
    expect(await draining).toMatchObject({ finished: 1, cut: 0 });
  });

  it("turns /readyz to 503 at once, while the rest is answered", async () => {
    const server = await serve("http", {}, true);
    const admin = server.admin!.url;
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    using busy = await RawClient.to(server);
    busy.send(request("GET", "/delay/300ms"));
    await expect.poll(async () => (await server.stats()).requests.inFlight).toBe(1);
    const draining = server.drain();
    expect((await fetch(`${admin}/readyz`)).status).toBe(503);
    expect((await fetch(`${admin}/healthz`)).status).toBe(200);
    expect(((await (await fetch(`${admin}/stats`)).json()) as { state: string }).state).toBe("draining");
    await busy.untilEnd();
    busy.socket.destroy();
    await draining;
    await expect(fetch(`${admin}/healthz`)).rejects.toThrow();
  });

  it("loses no request of clients that keep asking", async () => {
    const server = await serve();
    let asked = 0;
    let answered = 0;
    let refused = 0;
    let stop = false;
    const clients = Array.from({ length: 20 }, async () => {
      while (!stop) {
        const client = await RawClient.to(server).catch(() => undefined);
        if (client === undefined) {
          refused++;
          return;
        }
        using asking = client;
        while (!asking.ended) {
          asked++;
          asking.text = "";
          asking.send(request("GET", "/bytes/100"));
          await asking.until((text) => text.length > 200);
          answered++;
          if (asking.text.includes("Connection: close")) break;
        }
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const draining = server.drain(5000);
    await Promise.all(clients);
    stop = true;
    expect(answered).toBe(asked);
    expect(refused).toBe(20);
    expect(await draining).toMatchObject({ cut: 0 });
  });
});
