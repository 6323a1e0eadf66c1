// `netkit flood` over every scheme that carries messages, against netkit's own server and the ws package's.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { RunResult } from "../../src/core/run-document.ts";
import { flood, netkit, serve } from "../support/netkit.ts";
import { Folder } from "../support/program.ts";

let server: Awaited<ReturnType<typeof serve>>;
let sockets: WebSocketServer;
let told: { readonly text: string | undefined; readonly header: string | undefined }[] = [];

beforeAll(async () => {
  const urls = ["tcp", "tls", "framed", "framed+tls"].map((scheme) => `${scheme}://127.0.0.1:0`);
  server = await serve(...urls, "--self-signed", "--no-admin");
  sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: { threshold: 0 } });
  sockets.on("connection", (socket: WebSocket, request) => {
    const header = request.headers["x-id"] as string | undefined;
    socket.on("message", (data, isBinary) => {
      if (told.length < 3) told.push({ text: isBinary ? undefined : data.toString(), header });
      if (request.url === "/bye") socket.close(1013, "try again later");
      else socket.send(data, { binary: isBinary });
    });
  });
  await once(sockets, "listening");
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  for (const client of sockets.clients) client.terminate();
  await new Promise((resolve) => sockets.close(resolve));
});

const listener = (scheme: string): string =>
  server.ready.listeners.find(({ url }) => url.startsWith(`${scheme}://`))!.url;
const websocket = (path = "/"): string => `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}${path}`;

function allAnswered({ totals, errors }: RunResult, requests: number): void {
  expect(errors).toEqual([]);
  expect(totals).toMatchObject({ requests, succeeded: requests, failed: 0, censored: 0 });
}

describe("every message is answered with what was sent", () => {
  test.each([
    ["tcp", []],
    ["tls", []],
    ["framed", []],
    ["framed", ["--frame-id", "8:4"]],
    ["framed+tls", []],
  ])("%s %j", async (scheme, args) => {
    const given = ["-n", "3000", "-c", "3", "--depth", "8", "--echo", "--insecure", ...args];
    const { result, code } = await flood(listener(scheme), ...given);
    allAnswered(result, 3000);
    expect([0, 4]).toContain(code);
    expect(result.statuses).toEqual({});
    expect(result.latency.firstByte.count).toBe(3000);
    const isSecure = scheme.endsWith("tls");
    expect(result.latency.tls.count).toBe(isSecure ? 3 : 0);
    const bytes = 3000 * (scheme.startsWith("framed") ? 68 : 64);
    expect(result.totals).toMatchObject({ bytesSent: bytes, bytesReceived: bytes });
  });

  test("large ones too", async () => {
    const { result } = await flood(
      listener("framed"),
      "-n",
      "40",
      "-c",
      "2",
      "--depth",
      "2",
      "--size",
      "1MiB",
      "--echo",
    );
    allAnswered(result, 40);
    expect(result.plan).toMatchObject({
      protocol: "frames, length of 4 bytes, echo",
      bodyBytes: 1024 * 1024,
    });
  });

  test("ws, with text, headers and a path; ten connections or one for each message", async () => {
    told = [];
    const args = [
      "-n",
      "2000",
      "-c",
      "10",
      "--depth",
      "4",
      "--echo",
      "--text",
      "--body",
      "grüße",
      "-H",
      "X-Id: 7",
    ];
    const { result } = await flood(websocket("/chat"), ...args);
    allAnswered(result, 2000);
    expect(told[0]).toEqual({ text: "grüße", header: "7" });
    const once = await flood(websocket(), "-n", "30", "-c", "3", "--new-connection", "--echo");
    allAnswered(once.result, 30);
    expect(once.result.totals.connectionsOpened).toBeGreaterThanOrEqual(30);
  });

  test("ws: compressed, with the ws package and with serve, which have to agree", async () => {
    await using ours = await serve("ws://127.0.0.1:0", "--ws-deflate", "--no-admin");
    const load = ["-n", "200", "-c", "2", "--depth", "4", "--echo", "--size", "20000", "--ws-deflate"];
    for (const url of [websocket("/chat"), ours.ready.listeners[0]!.url]) {
      const { result } = await flood(url, ...load);
      allAnswered(result, 200);
      expect(result.plan.protocol).toBe("WebSocket, binary, deflate, echo");
      expect(result.totals.bytesSent).toBeLessThan(200 * 1000);
      expect(result.totals.bytesReceived).toBeLessThan(200 * 1000);
    }
    await using plain = await serve("ws://127.0.0.1:0", "--no-admin");
    const refused = await netkit("flood", plain.ready.listeners[0]!.url, "-n", "5", "--ws-deflate");
    expect(refused.code).toBe(3);
    expect(refused.stdout + refused.stderr).toMatch(/did\s+not\s+agree\s+on\s+permessage-deflate/);
    const other = await netkit("flood", listener("tcp"), "-n", "5", "--ws-deflate");
    expect(other.code).toBe(2);
  });

  test("rows of a file take turns, and each answer is held against its own", async () => {
    await using folder = await Folder.create();
    const rows = join(folder.path, "rows.csv");
    await writeFile(
      rows,
      `id,name\n${Array.from({ length: 50 }, (_, at) => `${at},${"n".repeat(at)}`).join("\n")}\n`,
    );
    const load = [
      "-n",
      "1000",
      "-c",
      "3",
      "--depth",
      "4",
      "--echo",
      "--body",
      "{{id}}:{{name}}",
      "--data",
      rows,
    ];
    const framed = await flood(listener("framed"), ...load);
    allAnswered(framed.result, 1000);
    expect(framed.result.plan.rows).toBe(50);
    told = [];
    const messages = await flood(websocket("/chat"), "--text", ...load);
    allAnswered(messages.result, 1000);
    expect(new Set(told.map(({ text }) => text)).size).toBe(3);
    const { code, stderr } = await netkit("flood", listener("framed"), "--data", rows);
    expect(code).toBe(2);
    expect(stderr).toContain("--body");
  });

  test("an open loop keeps its schedule over frames as over HTTP", async () => {
    const { result } = await flood(listener("framed"), "--rate", "500/s", "-d", "1s", "-c", "4");
    allAnswered(result, 500);
    expect(result.rate).toMatchObject({ offered: 500 });
    expect(result.latency.lateness.count).toBe(500);
  });
});

describe("what goes wrong has a name", () => {
  test("a WebSocket that is closed says with what", async () => {
    const { result } = await flood(websocket("/bye"), "-n", "10", "-c", "1", "--timeout", "1s");
    expect(result.totals).toMatchObject({ requests: 10, failed: 10 });
    expect(result.errors).toMatchObject([{ kind: "close-1013", count: 10 }]);
    expect(result.errors[0]!.example).toContain("try again later");
  });

  test("a server that is no WebSocket's: the upgrade fails, nothing is measured", async () => {
    await using plain = await serve("http://127.0.0.1:0", "--no-admin");
    const url = plain.ready.listeners[0]!.url.replace("http:", "ws:");
    const { code, stderr, stdout } = await netkit(
      "flood",
      `${url}status/404`.replace(/([^/])status/, "$1/status"),
      "-n",
      "5",
    );
    expect(code).toBe(3);
    expect(stdout + stderr).toContain("404");
  });

  test("a flag of another protocol is refused before anything is sent", async () => {
    const { code, stderr } = await netkit("flood", listener("tcp"), "--frame-width", "2");
    expect(code).toBe(2);
    expect(stderr).toContain("--frame-width means nothing to tcp:");
  });
});
