// HTTP/2 of `netkit serve` with the clients of others, and with netkit's own flood.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flood, netkit, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { Folder } from "../support/program.ts";
import type { Served } from "../support/served.ts";

const run = promisify(execFile);
const LOAD = ["-n", "5000", "-c", "4", "--depth", "10"];

let folder: Folder;
let served: Served;
let clear: number;
let secure: number;

beforeAll(async () => {
  folder = await Folder.create();
  served = await serve("h2c://127.0.0.1:0", "https://127.0.0.1:0", "--self-signed", "--no-admin");
  [clear, secure] = served.ready.listeners.map(({ port }) => port) as [number, number];
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("curl", () => {
  peerTest("curl", "agrees on HTTP/2, sends and gets megabytes", async () => {
    const body = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, at) => at % 251));
    const file = join(folder.path, "body");
    const back = join(folder.path, "back");
    await writeFile(file, body);
    const version = ["-s", "-o", back, "-w", "%{http_version} %{http_code}"];
    const tls = await run("curl", [
      ...version,
      "-k",
      "--data-binary",
      `@${file}`,
      `https://127.0.0.1:${secure}/echo`,
    ]);
    expect(tls.stdout).toBe("2 200");
    expect(body.equals(await readFile(back))).toBe(true);
    const plain = ["--http2-prior-knowledge", `http://127.0.0.1:${clear}/bytes/2000000`];
    expect((await run("curl", [...version, ...plain])).stdout).toBe("2 200");
    expect(body.equals(await readFile(back))).toBe(true);
    const old = await run("curl", [...version, "-k", "--http1.1", `https://127.0.0.1:${secure}/`]);
    expect(old.stdout).toBe("1.1 200");
  });
});

describe("nghttp2", () => {
  peerTest(["nghttp", "h2load"], "nghttp uploads, h2load asks 20,000 times over both", async () => {
    const file = join(folder.path, "upload");
    const body = Buffer.alloc(500_000, "netkit ");
    await writeFile(file, body);
    const uploaded = await run("nghttp", ["-d", file, `http://127.0.0.1:${clear}/upload`]);
    expect(JSON.parse(uploaded.stdout)).toEqual({
      bytes: body.length,
      sha256: createHash("sha256").update(body).digest("hex"),
    });
    for (const url of [`http://127.0.0.1:${clear}/`, `https://127.0.0.1:${secure}/`]) {
      const { stdout } = await run("h2load", ["-n", "20000", "-c", "5", "-m", "20", url]);
      expect(stdout).toContain("20000 done, 20000 succeeded, 0 failed, 0 errored");
    }
    const large = await run("h2load", [
      "-n",
      "40",
      "-c",
      "2",
      "-m",
      "10",
      `http://127.0.0.1:${clear}/bytes/1MiB`,
    ]);
    expect(large.stdout).toContain("40 succeeded");
    expect(large.stdout).toMatch(/\(41943040\) data/);
  });
});

describe("flood", () => {
  test("finds every answer, in clear and over TLS", async () => {
    for (const url of [`h2c://127.0.0.1:${clear}/`, `https://127.0.0.1:${secure}/`]) {
      const { result } = await flood(url, ...LOAD, "--insecure");
      expect(result.errors).toEqual([]);
      expect(result.plan.protocol).toBe("HTTP/2");
      expect(result.statuses).toEqual({ "200": 5000 });
    }
  });

  test("one version can be had alone", async () => {
    await using old = await serve("https://127.0.0.1:0", "--self-signed", "--http", "1.1", "--no-admin");
    const url = `https://127.0.0.1:${old.ready.listeners[0]!.port}/`;
    const { result } = await flood(url, "-n", "100", "-c", "2", "--insecure");
    expect(result.plan.protocol).toBe("HTTP/1.1");
    const refused = await netkit("flood", url, "-n", "10", "--insecure", "--http", "2", "--json");
    expect(refused.code).toBe(3);
    const wrong = await netkit("serve", "http://127.0.0.1:0", "--http", "2");
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("--http is for https: listeners"),
    ]);
  });

  test("a server of several processes, drained in mid-flood, loses no request", async () => {
    await using several = await serve("h2c://127.0.0.1:0", "--threads", "2", "--no-admin");
    const flooding = flood(several.ready.listeners[0]!.url, "-d", "2s", "-c", "4", "--depth", "10");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    several.process.kill("SIGTERM");
    const { result } = await flooding;
    const { requests, succeeded, failed, censored } = result.totals;
    expect(requests).toBe(succeeded + failed + censored);
    expect(succeeded).toBeGreaterThan(100);
    // What was in flight when the server went is answered; connections to nobody are another matter.
    expect(result.errors.map(({ kind }) => kind).filter((kind) => kind !== "connect-refused")).toEqual([]);
  });
});
