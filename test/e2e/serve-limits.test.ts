// Input without end or measure: refused by a limit, the connection closed, the refusal counted.
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { serve } from "../support/netkit.ts";
import { eventually, RawClient, request } from "../support/raw-client.ts";
import { metrics, type Served, sample, stats } from "../support/served.ts";

const MIB = 1024 * 1024;

/** Sends the same piece until the server has had enough, or `most` bytes are out. */
async function sendWithoutEnd(client: RawClient, piece: string, most: number): Promise<number> {
  let sent = 0;
  while (!client.ended && sent < most) {
    client.send(piece);
    sent += piece.length;
    // The kernel may take every piece at once; the answer is read between turns only.
    await nextTurn();
    await eventually(() => client.ended || client.socket.writableLength < MIB, "the server reads");
  }
  return sent;
}

async function expectCounted(server: Served, limit: string, times: number): Promise<void> {
  expect((await stats(server)).limits[limit]).toBe(times);
  expect(sample(await metrics(server), `netkit_serve_limit_hits_total{limit="${limit}"}`)).toBe(times);
}

async function expectViolation(server: Served, reason: string): Promise<void> {
  expect((await stats(server)).violations[reason]).toBe(1);
  const series = `netkit_serve_protocol_violations_total{reason="${reason}"}`;
  expect(sample(await metrics(server), series)).toBe(1);
}

/** Others are served as if nothing had been. */
async function expectWell(server: Served): Promise<void> {
  const answer = await fetch(server.ready.listeners[0]!.url);
  expect(await answer.text()).toBe("hello, world\n");
  await eventually(async () => (await stats(server)).requests.inFlight === 0, "nothing is in flight");
}

function start(...args: string[]): Promise<Served> {
  return serve("http://127.0.0.1:0", "framed://127.0.0.1:0", "--admin", "127.0.0.1:0", ...args);
}

describe("serve refuses", () => {
  test("a frame of 4 GiB at its length, keeping the frames before it", async () => {
    await using server = await start();
    using client = await RawClient.connect(server.ready.listeners[1]!.port);
    client.send(Buffer.from("00000002686900000001", "hex"));
    client.send(Buffer.from("21ffffffff", "hex"));
    await client.untilEnd();
    expect(client.text).toBe("\x00\x00\x00\x02hi\x00\x00\x00\x01!");
    expect(client.error).toBeUndefined();
    await expectCounted(server, "frame-bytes", 1);
    await expectWell(server);
  });

  test.each([
    ["in its request line", "GET /"],
    ["in a field's name", "GET / HTTP/1.1\r\nHost: test\r\nx"],
    ["in a field's value", "GET / HTTP/1.1\r\nHost: test\r\nX: x"],
  ])("a header that never ends, %s", async (_where, beginning) => {
    await using server = await start();
    using client = await RawClient.connect(server.ready.listeners[0]!.port);
    client.send(beginning);
    const sent = await sendWithoutEnd(client, "a".repeat(16 * 1024), 200 * MIB);
    expect(sent).toBeLessThan(200 * MIB);
    expect(client.text).toMatch(/^HTTP\/1\.1 (431|414) /);
    await expectCounted(server, "header-bytes", 1);
    await expectWell(server);
  });

  test("100,000 header fields", async () => {
    await using server = await start();
    using client = await RawClient.connect(server.ready.listeners[0]!.port);
    client.send(`GET / HTTP/1.1\r\nHost: test\r\n${"a: b\r\n".repeat(100_000)}\r\n`);
    await client.untilEnd();
    expect(client.text).toMatch(/^HTTP\/1\.1 431 /);
    expect(client.text).toMatch(/\r\nConnection: close\r\n/);
    await expectCounted(server, "headers", 1);
    await expectWell(server);
  });

  test.each(["/echo", "/upload", "/headers"])("a chunk of 2^63 bytes for %s", async (path) => {
    await using server = await start();
    using client = await RawClient.connect(server.ready.listeners[0]!.port);
    client.send(`POST ${path} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n`);
    client.send("8000000000000000\r\n");
    await client.untilEnd();
    // Where the answer has begun there is no status left to tell it with.
    expect(client.text).toMatch(path === "/echo" ? /^(HTTP\/1\.1 (200|4\d\d) |$)/ : /^HTTP\/1\.1 4\d\d /);
    expect(client.text).not.toMatch(/\r\n0\r\n\r\n$/);
    const { limits, violations } = await stats(server);
    const counted = { ...limits, ...violations };
    expect(Object.values(counted).reduce((sum, count) => sum + count, 0)).toBe(1);
    await expectWell(server);
  });

  test.each(["9223372036854775808", "18446744073709551616", "-1", "1e3"])(
    "a Content-Length of %s",
    async (length) => {
      await using server = await start();
      using client = await RawClient.connect(server.ready.listeners[0]!.port);
      client.send(`POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: ${length}\r\n\r\n`);
      await client.untilEnd();
      expect(client.text).toMatch(/^HTTP\/1\.1 4(00|13) /);
      await expectWell(server);
    },
  );

  test("a body above --max-body, announced or not", async () => {
    await using server = await start("--max-body", "1KiB");
    using announced = await RawClient.connect(server.ready.listeners[0]!.port);
    announced.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 1025\r\n\r\n");
    await announced.untilEnd();
    expect(announced.text).toMatch(/^HTTP\/1\.1 413 /);
    using chunked = await RawClient.connect(server.ready.listeners[0]!.port);
    chunked.send("POST /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    const sent = await sendWithoutEnd(chunked, `4000\r\n${"a".repeat(16 * 1024)}\r\n`, 200 * MIB);
    expect(sent).toBeLessThan(200 * MIB);
    expect(chunked.text).toMatch(/^HTTP\/1\.1 413 /);
    await expectCounted(server, "body-bytes", 2);
    await expectWell(server);
  });

  test("a message with two lengths, which a proxy might split elsewhere", async () => {
    await using server = await start();
    using client = await RawClient.connect(server.ready.listeners[0]!.port);
    const smuggled = "GET /bytes/9 HTTP/1.1\r\nHost: test\r\n\r\n";
    client.send(
      `POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    await client.untilEnd();
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
    expect(client.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    const { violations, routes } = await stats(server);
    const [reason] = Object.keys(violations);
    await expectViolation(server, reason!);
    expect(routes.map(({ route }) => route)).not.toContain("bytes");
  });
});

describe("serve waits no longer than", () => {
  test("--header-timeout for a head, --idle-timeout for the next request", async () => {
    await using server = await start("--header-timeout", "500ms", "--idle-timeout", "1s");
    const { port } = server.ready.listeners[0]!;
    using slow = await RawClient.connect(port);
    using idle = await RawClient.connect(port);
    slow.send("GET / HTTP/1.1\r\nHost:");
    idle.send(request("GET", "/"));
    await idle.untilIncludes("hello, world\n");
    await slow.untilEnd();
    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /);
    await idle.untilEnd();
    expect(idle.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await expectCounted(server, "header-timeout", 1);
    await expectCounted(server, "idle-timeout", 1);
  });
});

describe("serve takes on no more than", () => {
  test("--max-in-flight requests; the next is told 503, and when to come again", async () => {
    await using server = await start("--max-in-flight", "2");
    const { port, url } = server.ready.listeners[0]!;
    using first = await RawClient.connect(port);
    using second = await RawClient.connect(port);
    first.send(request("GET", "/hang"));
    second.send(request("GET", "/hang"));
    await eventually(async () => (await stats(server)).requests.inFlight === 2, "two are in flight");
    const third = await fetch(`${url}/delay/1ms`);
    expect(third.status).toBe(503);
    expect(third.headers.get("retry-after")).toBe("1");
    await expectCounted(server, "in-flight", 1);
    first.socket.destroy();
    await eventually(async () => (await stats(server)).requests.inFlight === 1, "one has gone");
    expect((await fetch(`${url}/delay/1ms`)).status).toBe(200);
  });

  test("--max-connections connections; the next waits, and is served when one has gone", async () => {
    await using server = await start("--max-connections", "2");
    const { port } = server.ready.listeners[0]!;
    using first = await RawClient.connect(port);
    using second = await RawClient.connect(port);
    first.send(request("GET", "/"));
    second.send(request("GET", "/"));
    await Promise.all([first.untilIncludes("hello"), second.untilIncludes("hello")]);
    using third = await RawClient.connect(port);
    third.send(request("GET", "/"));
    await eventually(async () => (await stats(server)).connections.waiting === 1, "one waits");
    expect(third.text).toBe("");
    first.socket.destroy();
    await third.untilIncludes("hello, world\n");
  });
});
