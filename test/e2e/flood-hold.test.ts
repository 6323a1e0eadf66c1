// `netkit flood --hold`: connections that are kept, as both sides count them.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flood, netkit, Running, serve } from "../support/netkit.ts";
import { Folder, freePort } from "../support/program.ts";
import { metrics, type Served, sample } from "../support/served.ts";

const SCHEMES = ["http", "https", "h2c", "ws", "wss", "framed", "framed+tls", "tcp", "tls"];

let served: Served;

beforeAll(async () => {
  served = await serve(
    ...SCHEMES.map((scheme) => `${scheme}://127.0.0.1:0`),
    "--self-signed",
    "--admin",
    "127.0.0.1:0",
  );
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

describe("serve", () => {
  test("has as many open as netkit says, in every scheme", async () => {
    for (const { url } of served.ready.listeners) {
      const holding = flood(url, "-c", "60", "--hold", "-d", "1s", "--insecure");
      await expect
        .poll(async () => sample(await metrics(served), "netkit_serve_connections_open"), { timeout: 5000 })
        .toBe(60);
      const { code, result } = await holding;
      expect([url, code]).toEqual([url, 0]);
      expect(result.held).toMatchObject({
        asked: 60,
        opened: 60,
        failed: 0,
        lost: 0,
        live: 60,
        seconds: [60],
      });
      expect(result.totals).toMatchObject({ requests: 0, connectionsOpened: 60 });
      expect(result.errors).toEqual([]);
      expect(result.plan.load).toBe("hold");
    }
  });
});

test("connections that the peer ends are lost, with the reason, and not opened again", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    if (sockets.length < 10) return;
    setTimeout(() => {
      for (const each of sockets.slice(0, 3)) each.resetAndDestroy();
      for (const each of sockets.slice(3, 5)) each.end();
    }, 700);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const { code, result } = await flood(
    `tcp://127.0.0.1:${port}`,
    "-c",
    "10",
    "--hold",
    "-d",
    "2s",
    "--expect",
    "lost<1",
    "--expect",
    "live>=5",
  );
  server.close();
  expect(result.held).toMatchObject({ asked: 10, opened: 10, lost: 5, live: 5, seconds: [5, 5] });
  expect(new Map(result.errors.map(({ kind, count }) => [kind, count]))).toEqual(
    new Map([
      ["connect-reset", 3],
      ["closed", 2],
    ]),
  );
  expect(result.expectations.map(({ holds }) => holds)).toEqual([false, true]);
  expect(code).toBe(1);
  expect(sockets).toHaveLength(10);
});

test("Ctrl-C tells what was held until then", async () => {
  const [{ url } = { url: "" }] = served.ready.listeners;
  await using holding = new Running(["flood", url, "-c", "20", "--hold", "-d", "30s", "--json"]);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  holding.process.kill("SIGINT");
  const { code, stdout } = await holding.finished;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ interrupted: true, held: { opened: 20, live: 20 } });
});

test("a page, Markdown and stats tell of connections, and nothing is compared that has no requests", async () => {
  const [{ url } = { url: "" }] = served.ready.listeners;
  await using folder = await Folder.create();
  const [out, page, markdown] = ["run.json", "run.html", "run.md"].map((name) => join(folder.path, name));
  await flood(
    url,
    "-c",
    "7",
    "--hold",
    "-d",
    "1s",
    "--out",
    out!,
    "--report",
    page!,
    "--markdown",
    markdown!,
  );
  expect(await readFile(page!, "utf8")).toContain("7 live at the end");
  const text = await readFile(markdown!, "utf8");
  expect(text).toContain("- 7 of 7 connections opened in");
  expect(text).not.toContain("req/s");
  expect((await netkit("stats", out!)).stdout).toContain("7 live at the end");
  const compared = await netkit("stats", "compare", out!, out!);
  expect([compared.code, compared.stderr]).toEqual([
    2,
    expect.stringMatching(/no requests that\s+could be compared/),
  ]);
});

test("for people, and when nobody listens", async () => {
  const [{ url } = { url: "" }] = served.ready.listeners;
  const { stdout } = await netkit("flood", url, "-c", "20", "--hold", "-d", "1s");
  expect(stdout).toContain("held, asked nothing");
  expect(stdout).toMatch(/Held {2}20 live at the end {3}20 of 20 connections opened in/);
  const nobody = await netkit("flood", `http://127.0.0.1:${await freePort()}/`, "--hold", "-d", "1s");
  expect([nobody.code, nobody.stderr]).toEqual([3, expect.stringContaining("nothing listens")]);
});

test.each([
  [["udp://127.0.0.1:9", "--hold"], /--hold means nothing to udp:/],
  [["http://127.0.0.1:9", "--hold", "--rate", "10/s"], /--rate means nothing/],
  [["http://127.0.0.1:9", "--hold", "-n", "10"], /--requests means\s+nothing/],
  [["ws://127.0.0.1:9", "--hold", "--size", "10"], /--size means nothing/],
])("%j is refused", async (args, words) => {
  const { code, stderr } = await netkit("flood", ...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
});
