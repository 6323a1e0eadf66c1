// What a flood must say of a server whose true behaviour is known, whatever it speaks.
import { expect } from "vitest";
import type { LatencySummary } from "../../src/core/run-document.ts";
import { type KnownDialect, KnownServer } from "./known-server.ts";
import { machineAdds, machineBeat } from "./metronome.ts";
import { exitFor, flood, netkit } from "./netkit.ts";

const PERCENTILES = ["min", "p50", "p75", "p90", "p95", "p99", "p99_9", "p99_99", "max"] as const;

/** What flood has to be told beside the URL. */
const FLAGS: Partial<Record<KnownDialect, readonly string[]>> = {
  https: ["--insecure", "--http", "1.1"],
  h2: ["--insecure", "--http", "2"],
  wss: ["--insecure", "--echo"],
  "framed+tls": ["--insecure", "--echo"],
  tls: ["--insecure", "--echo"],
  handshake: ["--insecure", "--new-connection", "--handshake-only"],
  ws: ["--echo"],
  framed: ["--echo"],
  tcp: ["--echo"],
  udp: ["--echo"],
};

export function milliseconds(summary: LatencySummary, at: (typeof PERCENTILES)[number]): number {
  const us = summary[at];
  if (us === null) throw new Error(`${at} has no value`);
  return us / 1000;
}

/** Of what the server measured itself, µs. */
function percentileMs(valuesUs: readonly number[], percentile: number): number {
  const sorted = [...valuesUs].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percentile) / 100) - 1]! / 1000;
}

/** Exact answers of 50 ms at 100/s are as many samples, and every percentile is 50 to 53 ms. */
export async function exactAnswers(dialect: KnownDialect, seconds: number): Promise<void> {
  await using server = await KnownServer.start("50ms", dialect);
  const [{ result, code }, machine] = await Promise.all([
    flood(server.url, "--rate", "100/s", "-d", `${seconds}s`, ...(FLAGS[dialect] ?? [])),
    server.started().then(() => machineBeat(seconds * 1000 - 100)),
  ]);
  expect(code).toBe(exitFor(result, 0));
  const requests = seconds * 100;
  expect(result.totals).toMatchObject({ requests, succeeded: requests, failed: 0, censored: 0 });
  if (machine.quiet) expect(result.quality.verdict).not.toBe("invalid");
  // 50 ms is what the server means; where the machine made it wait longer, that is the truth to be told.
  const waitsUs = await server.waitsUs();
  for (const at of PERCENTILES) {
    // Few samples decide these.
    const rare = at === "p99_9" || at === "p99_99" || at === "max" || (at === "p99" && seconds < 5);
    const truth = Math.max(50, percentileMs(waitsUs, rare ? 100 : 99));
    const most = truth + 3 + machineAdds(machine, rare ? "lateMaxMs" : "lateP99Ms");
    expect(milliseconds(result.latency.response, at), at).toBeGreaterThanOrEqual(50);
    expect(milliseconds(result.latency.response, at), at).toBeLessThanOrEqual(most);
  }
}

/** 90 % of 20 ms and 10 % of 200 ms stay what they are. */
export async function mixedAnswers(dialect: KnownDialect, requests: number): Promise<void> {
  await using server = await KnownServer.start("mixed", dialect);
  const expectedMs = (requests / 10) * 38;
  const [{ result }, machine] = await Promise.all([
    flood(server.url, "-c", "10", "-n", String(requests), ...(FLAGS[dialect] ?? [])),
    server.started().then(() => machineBeat(0.8 * expectedMs)),
  ]);
  const { response } = result.latency;
  expect(response.count).toBe(requests);
  const waitsUs = await server.waitsUs();
  const added = machineAdds(machine, "lateP99Ms");
  const most = (meantMs: number, at: number) => Math.max(meantMs, percentileMs(waitsUs, at)) + added;
  expect(milliseconds(response, "p75")).toBeGreaterThanOrEqual(20);
  expect(milliseconds(response, "p75")).toBeLessThanOrEqual(most(20, 75) + 2);
  expect(milliseconds(response, "p95")).toBeGreaterThanOrEqual(200);
  expect(milliseconds(response, "p95")).toBeLessThanOrEqual(most(200, 95) + 3);
}

/** A freeze of 2 s is in the response time of all whom it kept waiting, and not in the service time. */
export async function frozenAnswers(dialect: KnownDialect): Promise<void> {
  await using server = await KnownServer.start("frozen", dialect);
  // Handshakes take a millisecond of both sides: of 400 that waited the last ones would wait for the others.
  const rate = dialect === "handshake" ? 50 : 200;
  const given = ["--rate", `${rate}/s`, "-d", "6s", "-c", "10", ...(FLAGS[dialect] ?? [])];
  const { result } = await flood(server.url, ...given);
  expect(result.totals).toMatchObject({ requests: 6 * rate, succeeded: 6 * rate });
  const { response, service } = result.latency;
  expect(Math.abs(milliseconds(response, "p90") - 1416)).toBeLessThan(60);
  expect(Math.abs(milliseconds(response, "p99") - 1944)).toBeLessThan(60);
  expect(milliseconds(service, "p90")).toBeLessThan(20);
}

/** Every request that nobody answers is accounted for, and the run ends within its time-out and a second. */
export async function silence(dialect: KnownDialect): Promise<void> {
  await using server = await KnownServer.start("silent", dialect);
  const given = ["-c", "10", "-n", "10", "--timeout", "1s", ...(FLAGS[dialect] ?? [])];
  if (dialect === "handshake") {
    // No connection comes about, so there is no run, and why is said at once.
    const { code, stderr, seconds } = await netkit("flood", server.url, ...given);
    expect(code).toBe(3);
    expect(stderr).toMatch(/TLS\s+handshake/);
    expect(seconds).toBeLessThan(6);
    return;
  }
  const { result, code, seconds } = await flood(server.url, ...given);
  expect(code).toBe(3);
  const counts = { requests: 10, succeeded: 0, failed: 0, censored: 10, timedOut: 10 };
  expect(result.totals).toMatchObject(counts);
  expect(result.errors).toMatchObject([{ kind: "timeout", count: 10 }]);
  expect(milliseconds(result.latency.response, "min")).toBeGreaterThanOrEqual(1000);
  expect(result.totals.seconds).toBeLessThan(2);
  expect(seconds).toBeLessThan(6); // with the start of the process
}
