// `netkit flood --fan-out`: with serve's /broadcast, and with a room of the ws package that loses, doubles and reorders at
// rates that it counts itself.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { RunResult } from "../../src/core/run-document.ts";
import { flood, netkit, serve } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";
import { stats } from "../support/served.ts";

const ADMIN = ["--admin", "127.0.0.1:0"];

interface Room extends AsyncDisposable {
  readonly url: string;
  readonly server: WebSocketServer;
}

/** A room whose server does with each message for each member what it is told. */
async function room(pass: (message: string, member: WebSocket, nth: number) => void): Promise<Room> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  let nth = 0;
  server.on("connection", (socket: WebSocket) => {
    socket.on("message", (data) => {
      for (const member of server.clients) if (member !== socket) pass(data.toString(), member, nth++);
    });
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    server,
    [Symbol.asyncDispose]: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("serve's /broadcast", () => {
  test.each([
    ["ws", []],
    ["wss", []],
    ["ws", ["--ws-deflate"]],
  ])("%s %j: all that was sent is heard by all", async (scheme, how) => {
    const secure = scheme === "wss" ? ["--self-signed"] : [];
    await using server = await serve(`${scheme}://127.0.0.1:0`, ...secure, ...how, ...ADMIN);
    const url = `${server.ready.listeners[0]!.url.replace(/\/$/, "")}/broadcast`;
    const load = ["--fan-out", "-c", "40", "--rate", "50/s", "-d", "2s", "--insecure", "--text", ...how];
    const { result, code } = await flood(url, ...load, "--expect", "lost==0", "--expect", "delivery.p50<1s");
    expect([0, 4]).toContain(code);
    expect(result.totals).toMatchObject({ requests: 100, succeeded: 100, connectionsOpened: 41 });
    expect(result.errors).toEqual([]);
    expect(result.fanOut).toMatchObject({
      listeners: 40,
      messages: 100,
      expected: 4000,
      delivered: 4000,
      lost: 0,
      late: 0,
      reordered: 0,
      duplicates: 0,
      stray: 0,
      connectionsLost: 0,
      latency: { count: 4000 },
    });
    expect(result.plan).toMatchObject({ connections: 41, threads: 1 });
    expect(result.plan.protocol).toContain("fan-out");
    // The last receipt ends a message, so no receipt takes longer than its message.
    expect(result.fanOut!.latency.max!).toBeLessThanOrEqual(result.latency.service.max! * 1.002);
    expect(result.latency.firstByte.p50!).toBeLessThanOrEqual(result.fanOut!.latency.p50! * 1.01);
    expect((await stats(server)).broadcast).toEqual({ delivered: 41 * 100, dropped: 0 });
  });

  test("a rate of messages is kept, and the receipts of ten seconds are one histogram after a merge", async () => {
    await using folder = await Folder.create();
    await using server = await serve("ws://127.0.0.1:0", "--no-admin");
    const url = `${server.ready.listeners[0]!.url.replace(/\/$/, "")}/broadcast`;
    const files = [join(folder.path, "a.json"), join(folder.path, "b.json")];
    for (const file of files) {
      const run = await netkit(
        "flood",
        url,
        "--fan-out",
        "-c",
        "5",
        "-n",
        "20",
        "--depth",
        "3",
        "-q",
        "--out",
        file,
      );
      expect([0, 4], run.stderr).toContain(run.code);
    }
    const merged = join(folder.path, "all.json");
    const { code, stderr } = await netkit("stats", "merge", ...files, "--out", merged);
    expect(code, stderr).toBe(0);
    const { fanOut } = JSON.parse(await readFile(merged, "utf8")) as RunResult;
    expect(fanOut).toMatchObject({ messages: 40, expected: 200, delivered: 200, latency: { count: 200 } });
    const page = join(folder.path, "page.html");
    const exported = await netkit("stats", "export", merged, "--format", "html", "--out", page);
    expect(exported.code, exported.stderr).toBe(0);
    expect(await readFile(page, "utf8")).toContain("200 of 200 received");
  });
});

describe("a room that does not keep its word", () => {
  test("what it loses, doubles, reorders and makes up is counted as it counts itself", async () => {
    const did = { lost: 0, doubled: 0, made: 0, swapped: 0 };
    const held = new Map<WebSocket, string>();
    await using faulty = await room((message, member, nth) => {
      const waiting = held.get(member);
      held.delete(member);
      // In an envelope: the mark is found wherever it stands.
      const say = (text: string) => member.send(`{"from":"you","text":"${text}"}`);
      if (nth % 10 === 3) did.lost++;
      else if (nth % 17 === 5 && waiting === undefined) held.set(member, message);
      else {
        say(message);
        if (nth % 20 === 7) {
          did.doubled++;
          say(message);
        }
        if (nth % 50 === 9) {
          did.made++;
          member.send("somebody else");
        }
      }
      if (waiting === undefined) return;
      if (!held.has(member) && nth % 10 !== 3) did.swapped++;
      say(waiting);
    });
    const load = ["--fan-out", "-c", "20", "--rate", "100/s", "-d", "3s", "--timeout", "1s"];
    const { result, code } = await flood(faulty.url, ...load, "--expect", "lost==0");
    expect([1, 4]).toContain(code);
    const { fanOut } = result;
    // What was held for the next message when the last had come never came.
    expect(fanOut).toMatchObject({
      messages: 300,
      expected: 6000,
      lost: did.lost + held.size,
      delivered: 6000 - did.lost - held.size,
      duplicates: did.doubled,
      stray: did.made,
    });
    expect(fanOut!.reordered).toBe(did.swapped);
    expect(did.swapped).toBeGreaterThan(50);
    // A message that one did not get was never heard by all.
    expect(result.totals.censored).toBeGreaterThan(200);
    expect(result.totals.succeeded + result.totals.censored).toBe(300);
  });

  test("receipts are timed from sending: a room that waits 100 ms for every second member", async () => {
    const order = new Map<WebSocket, number>();
    await using slow = await room((message, member) => {
      if (!order.has(member)) order.set(member, order.size);
      if (order.get(member)! % 2 === 0) member.send(message);
      else setTimeout(() => member.send(message), 100);
    });
    const { result } = await flood(slow.url, "--fan-out", "-c", "10", "--rate", "20/s", "-d", "2s");
    const { latency } = result.fanOut!;
    expect(latency.count).toBe(400);
    expect(latency.p75!).toBeGreaterThanOrEqual(99_000);
    expect(latency.p75!).toBeLessThan(160_000);
    expect(latency.min!).toBeLessThan(50_000);
    // Heard by the last of them.
    expect(result.latency.response.min!).toBeGreaterThanOrEqual(99_000);
    expect(result.latency.firstByte.p50!).toBeLessThan(60_000);
  });

  test("listeners that are thrown out come back, and nobody waits for them meanwhile", async () => {
    await using leaky = await room((message, member, nth) => {
      if (nth === 150) member.terminate();
      else member.send(message);
    });
    const { result } = await flood(leaky.url, "--fan-out", "-c", "10", "--rate", "50/s", "-d", "2s");
    expect(result.totals).toMatchObject({ requests: 100, succeeded: 100, connectionsOpened: 11 + 1 });
    expect(result.fanOut).toMatchObject({ connectionsLost: 1, lost: 1 });
    expect(result.fanOut!.expected).toBeGreaterThanOrEqual(990);
  });

  test("a room that tells nobody: every message is unanswered, exit 3", async () => {
    await using mute = await room(() => {});
    const load = ["--fan-out", "-c", "3", "--rate", "20/s", "-d", "1s", "--timeout", "300ms"];
    const { result, code } = await flood(mute.url, ...load);
    expect(code).toBe(3);
    expect(result.totals.censored).toBe(20);
    expect(result.fanOut).toMatchObject({ delivered: 0, latency: { count: 0, p50: null } });
  });

  test("a sender that is thrown out again and again loses its messages, not the run", async () => {
    let seen = 0;
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    server.on("connection", (socket: WebSocket) => {
      socket.on("message", (data) => {
        if (++seen % 10 === 0) socket.terminate();
        else for (const member of server.clients) member.send(data);
      });
    });
    const { port } = server.address() as AddressInfo;
    const { result } = await flood(
      `ws://127.0.0.1:${port}`,
      "--fan-out",
      "-c",
      "4",
      "-n",
      "60",
      "--timeout",
      "2s",
    );
    expect(result.totals.requests).toBe(60);
    expect(result.totals.succeeded + result.totals.failed + result.totals.censored).toBe(60);
    expect(result.totals.failed).toBeGreaterThanOrEqual(5);
    expect(result.fanOut!.connectionsLost).toBeGreaterThanOrEqual(5);
    for (const client of server.clients) client.terminate();
    server.close();
  });
});

describe("what means nothing beside it is refused", () => {
  test.each([
    [["http://127.0.0.1:1/"], "ws:"],
    [["ws://127.0.0.1:1/", "--threads", "2"], "one thread"],
    [["ws://127.0.0.1:1/", "--echo"], "--echo"],
    [["ws://127.0.0.1:1/", "--hold"], "--hold"],
    [["ws://127.0.0.1:1/", "--size", "15"], "16"],
    [["ws://127.0.0.1:1/", "--expect", "live>1"], "live"],
  ])("%j", async (args, says) => {
    const { code, stderr } = await netkit("flood", ...args, "--fan-out");
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });

  test("delivery of a run without it", async () => {
    const { code, stderr } = await netkit("flood", "ws://127.0.0.1:1/", "--expect", "delivery.p99<1s");
    expect(code).toBe(2);
    expect(stderr).toContain("--fan-out");
  });
});

test("{{id}} in the body is where the mark stands", async () => {
  const bodies: string[] = [];
  await using chat = await room((message, member) => {
    bodies.push(message);
    member.send(message);
  });
  const body = '{"type":"say","id":"{{id}}"}';
  const { result } = await flood(chat.url, "--fan-out", "-c", "2", "-n", "3", "--text", "--body", body);
  expect(result.fanOut).toMatchObject({ delivered: 6, lost: 0 });
  await sleep(10);
  const ids = new Set(bodies.map((text) => (JSON.parse(text) as { id: string }).id));
  expect(ids.size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^nk[0-9a-f]{14}$/);
});
