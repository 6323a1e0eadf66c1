// `netkit flood --sink` and `--source`: bytes without requests, as both sides count them.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitFor, flood, netkit, Running, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { accepts, freePort, Program } from "../support/program.ts";
import { metrics, type Served, sample } from "../support/served.ts";

let served: Served;
const SHORT = ["-d", "1s", "--insecure"];

beforeAll(async () => {
  const urls = [
    "tcp://127.0.0.1:0/sink",
    "tls://127.0.0.1:0/sink",
    "tcp://127.0.0.1:0/source",
    "tls://127.0.0.1:0/source",
    "tcp://127.0.0.1:0",
  ];
  served = await serve(...urls, "--self-signed", "--admin", "127.0.0.1:0");
});

afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

const urlOf = (at: number): string => served.ready.listeners[at]!.url;

describe("serve", () => {
  test("has read what netkit says it sent, but for what is under way", async () => {
    const before = sample(await metrics(served), "netkit_serve_sink_bytes_total") ?? 0;
    const { code, result } = await flood(urlOf(0), ...SHORT);
    expect(code).toBe(exitFor(result, 0));
    const { totals, throughput, plan } = result;
    expect(plan).toMatchObject({
      connections: 1,
      load: "stream",
      protocol: "bytes, sent as fast as they go",
    });
    expect(throughput!.sentPerSecond).toBeGreaterThan(10_000_000);
    expect(totals).toMatchObject({ requests: 0, bytesReceived: 0, connectionsOpened: 1 });
    const read = (sample(await metrics(served), "netkit_serve_sink_bytes_total") ?? 0) - before;
    // What was sent before the measuring began was read, too; the kernel's buffers hold some megabytes.
    expect(read).toBeGreaterThan(totals.bytesSent - 16_000_000);
    expect(read).toBeLessThan(totals.bytesSent * 1.5 + 16_000_000);
    expect(throughput!.seconds.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThanOrEqual(
      totals.bytesSent,
    );
  });

  test("over TLS, the other way, both ways, over several connections and threads", async () => {
    const tls = await flood(urlOf(1), ...SHORT, "-c", "2");
    expect(tls.result.throughput!.sentPerSecond).toBeGreaterThan(1_000_000);
    for (const at of [2, 3]) {
      const { result } = await flood(urlOf(at), ...SHORT);
      expect(result.throughput!.receivedPerSecond).toBeGreaterThan(1_000_000);
      expect(result.totals.bytesSent).toBe(0);
      expect(result.plan.protocol).toBe("bytes, received as fast as they go");
    }
    const both = await flood(
      urlOf(4),
      ...SHORT,
      "--sink",
      "--source",
      "-c",
      "4",
      "--threads",
      "2",
      "--size",
      "16KiB",
    );
    const { sentPerSecond, receivedPerSecond } = both.result.throughput!;
    expect(Math.min(sentPerSecond, receivedPerSecond)).toBeGreaterThan(1_000_000);
    expect(both.result.totals.connectionsOpened).toBe(4);
  });

  test("for people, and judged", async () => {
    const { code, stdout } = await netkit("flood", urlOf(0), "-d", "2s", "--expect", "throughput>=100TB/s");
    expect([1, 4]).toContain(code);
    expect(stdout).toMatch(/[\d.]+ [MG]B\/s sent {3}[\d.]+ [MG]bit\/s/);
    expect(stdout).toContain("as fast as it goes");
  });

  test("Ctrl-C tells what went until then", async () => {
    await using running = new Running(["flood", urlOf(0), "-d", "30s", "--json"]);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    running.process.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(JSON.parse(stdout).totals.bytesSent).toBeGreaterThan(1_000_000);
  });
});

describe("peers", () => {
  peerTest("socat", "socat reads it all", async () => {
    const port = await freePort();
    await using _socat = new Program("socat", ["-u", `TCP-LISTEN:${port},fork,reuseaddr`, "OPEN:/dev/null"]);
    await accepts(port);
    const { result } = await flood(`tcp://127.0.0.1:${port}`, "--sink", ...SHORT);
    expect(result.throughput!.sentPerSecond).toBeGreaterThan(1_000_000);
    expect(result.errors).toEqual([]);
  });

  test("a peer that never reads takes what the system holds, and nothing hangs", async () => {
    const server = createServer({ pauseOnConnect: true }, (socket) => socket.on("error", () => {}));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { result, seconds } = await flood(
      `tcp://127.0.0.1:${port}`,
      "--sink",
      "-d",
      "2s",
      "--warmup",
      "1s",
    );
    server.close();
    expect(result.throughput!.sentPerSecond).toBeLessThan(5_000_000);
    expect(seconds).toBeLessThan(10);
  });

  test.each(["end", "reset"])("a peer that ends the stream (%s) is counted and told", async (how) => {
    const server = createServer((socket) => {
      socket.on("error", () => {}).resume();
      setTimeout(() => (how === "end" ? socket.destroy() : socket.resetAndDestroy()), 500);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { result } = await flood(`tcp://127.0.0.1:${port}`, "--sink", "-c", "2", "-d", "2s");
    server.close();
    expect(result.throughput!.lost).toBe(2);
    expect(result.errors.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(result.throughput!.seconds.at(-1)!.sent).toBe(0);
  });
});

test.each([
  [["http://127.0.0.1:9", "--sink"], /--sink is for tcp: and tls:/],
  [["tcp://127.0.0.1:9", "--sink", "--rate", "10/s"], /--rate\s+means nothing/],
  [["tcp://127.0.0.1:9", "--source", "--size", "10"], /--source sends nothing/],
  [["tcp://127.0.0.1:9", "--sink", "--hold"], /--hold asks nothing/],
  [["tcp://127.0.0.1:9", "--sink", "--answer-bytes", "5"], /--answer-bytes\s+means nothing/],
])("%j is refused", async (args, words) => {
  const { code, stderr } = await netkit("flood", ...args);
  expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
});
