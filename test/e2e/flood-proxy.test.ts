// `netkit flood` through proxies: microsocks and tinyproxy stand between, and a server of netkit's answers behind them.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flood, netkit, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { accepts, Folder, freePort, Program } from "../support/program.ts";
import type { Served } from "../support/served.ts";

let folder: Folder;
let served: Served;
const urls = new Map<string, string>();

beforeAll(async () => {
  folder = await Folder.create();
  const schemes = ["http", "https", "h2c", "ws", "framed", "tls", "tcp"];
  served = await serve(...schemes.map((scheme) => `${scheme}://127.0.0.1:0`), "--self-signed", "--no-admin");
  for (const { scheme, url } of served.ready.listeners) urls.set(scheme, url);
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const LOAD = ["-n", "300", "-c", "3", "--depth", "4", "--insecure"];

/** Every scheme, all answered; `way` says through what. */
async function allSchemes(proxy: string, shown: string): Promise<void> {
  for (const url of urls.values()) {
    const { result } = await flood(url, ...LOAD, "--proxy", proxy);
    expect([url, result.errors]).toEqual([url, []]);
    expect(result.totals).toMatchObject({ requests: 300, succeeded: 300, connectionsOpened: 3 });
    expect(result.plan.way).toBe(`through ${shown}`);
    expect(JSON.stringify(result)).not.toContain("s3cret");
  }
}

describe("SOCKS 5", () => {
  peerTest("microsocks", "every scheme, by name and password, and what is refused", async () => {
    const port = await freePort();
    await using _socks = new Program("microsocks", [
      "-i",
      "127.0.0.1",
      "-p",
      String(port),
      "-u",
      "joe",
      "-P",
      "s3cret",
    ]);
    await accepts(port);
    await allSchemes(`socks5://joe:s3cret@127.0.0.1:${port}`, `socks5://127.0.0.1:${port}`);
    const wrong = await netkit(
      "flood",
      urls.get("http")!,
      ...LOAD,
      "--proxy",
      `socks5://joe:wrong@127.0.0.1:${port}`,
    );
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain("gave no tunnel");
    expect(wrong.stdout + wrong.stderr).not.toContain("joe:wrong");
    const nobody = `http://127.0.0.1:${await freePort()}/`;
    const behind = await netkit("flood", nobody, ...LOAD, "--proxy", `socks5://joe:s3cret@127.0.0.1:${port}`);
    expect([behind.code, behind.stderr]).toEqual([
      3,
      expect.stringContaining("connection refused by the target"),
    ]);
  });
});

describe("HTTP CONNECT", () => {
  peerTest("tinyproxy", "every scheme, with new connections too, and what its rules refuse", async () => {
    const port = await freePort();
    const config = join(folder.path, "tinyproxy.conf");
    const rules = [...urls.values()].map(
      (url) => `ConnectPort ${new URL(url.replace(/^[a-z0-9+]+:/, "http:")).port}`,
    );
    await writeFile(
      config,
      `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 50\n${rules.join("\n")}\n`,
    );
    await using _proxy = new Program("tinyproxy", ["-d", "-c", config]);
    await accepts(port);
    await allSchemes(`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}`);
    const churn = await flood(
      urls.get("https")!,
      "-n",
      "60",
      "-c",
      "3",
      "--insecure",
      "--new-connection",
      "--proxy",
      `127.0.0.1:${port}`,
    );
    expect(churn.result.totals).toMatchObject({ succeeded: 60 });
    expect(churn.result.totals.connectionsOpened).toBeGreaterThanOrEqual(60);
    const denied = await netkit("flood", "http://127.0.0.1:9/", ...LOAD, "--proxy", `127.0.0.1:${port}`);
    expect([denied.code, denied.stderr]).toEqual([
      3,
      expect.stringMatching(/opens no tunnel to 127\.0\.0\.1:9/),
    ]);
  });
});

test("a proxy that is not there, that says nothing, and flags that contradict", async () => {
  const nobody = await freePort();
  const gone = await netkit("flood", urls.get("http")!, "-n", "3", "--proxy", `http://127.0.0.1:${nobody}`);
  expect([gone.code, gone.stderr]).toEqual([
    3,
    expect.stringContaining(`could not connect to the proxy http://127.0.0.1:${nobody}`),
  ]);
  // An echo says back what it is asked: no proxy at all.
  const echo = new URL(urls.get("tcp")!.replace("tcp:", "http:")).port;
  const garbled = await netkit("flood", urls.get("http")!, "-n", "3", "--proxy", `http://127.0.0.1:${echo}`);
  expect([garbled.code, garbled.stderr]).toEqual([3, expect.stringContaining("no HTTP/1.1")]);
  const silent = await serve("tcp://127.0.0.1:0/sink", "--no-admin");
  await using _silent = silent;
  const { port } = silent.ready.listeners[0]!;
  const quiet = await netkit(
    "flood",
    urls.get("http")!,
    "-n",
    "3",
    "--timeout",
    "500ms",
    "--proxy",
    `http://127.0.0.1:${port}`,
  );
  expect([quiet.code, quiet.stderr]).toEqual([3, expect.stringContaining("did not answer within 500 ms")]);
  for (const args of [
    ["udp://127.0.0.1:9", "--proxy", "http://127.0.0.1:1"],
    ["http://127.0.0.1:9", "--proxy", "ftp://127.0.0.1:1"],
    ["http://127.0.0.1:9", "--proxy", "http://127.0.0.1:1", "--unix-socket", "/tmp/x"],
  ]) {
    const { code, stderr } = await netkit("flood", ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--proxy|proxy/)]);
  }
});
