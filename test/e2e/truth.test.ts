// The measurement rules, each against a server whose true behaviour is known.
import { describe, expect, test } from "vitest";
import { KnownServer } from "../support/known-server.ts";
import { machineAdds, machineBeat, perSlot } from "../support/metronome.ts";
import { exitFor, flood } from "../support/netkit.ts";
import { exactAnswers, frozenAnswers, milliseconds, mixedAnswers, silence } from "../support/truths.ts";

// What the machine did meanwhile is measured beside it (metronome.ts). A single stall may still hit the one and miss
// the other: it can spoil one measurement of a fraction of a millisecond; it does not spoil six.
const FINE = { retry: 5 };

describe("flood tells the truth", () => {
  test("exact 50 ms answers at 100/s are 500 samples, every percentile 50 to 53 ms", FINE, () =>
    exactAnswers("http", 5),
  );

  test("1,000/s is ten sends in every 10 ms, none late", FINE, async () => {
    await using server = await KnownServer.start("fast");
    const [{ result }, machine] = await Promise.all([
      // So many that a server which is kept waiting for a processor does not hold them all.
      flood(server.url, "--rate", "1000/s", "-d", "3s", "-c", "200"),
      server.started().then(() => machineBeat(2900)),
    ]);
    expect(result.totals.requests).toBe(3000);
    const most = 1 + machineAdds(machine, "lateP99Ms");
    expect(milliseconds(result.latency.lateness, "p99")).toBeLessThan(most);
    const counts = perSlot(await server.arrivals());
    const deviation = 3 + machineAdds(machine, "slotDeviation");
    expect(counts).toHaveLength(299);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(10 - deviation);
    expect(Math.max(...counts)).toBeLessThanOrEqual(10 + deviation);
  });

  test.each([
    ["--threads", "2", "-c", "7"],
    ["--threads", "1", "-c", "200"],
    ["--threads", "2", "-c", "2"],
  ])("the rate is exact with %s %s %s %s", FINE, async (...how) => {
    await using server = await KnownServer.start("fast");
    const { result } = await flood(server.url, "--rate", "997/s", "-d", "2s", ...how);
    expect(result.totals.requests).toBe(1994);
    expect(result.rate.achieved).toBeGreaterThan(996);
    expect(result.rate.achieved).toBeLessThan(998);
    expect(await server.arrivals()).toHaveLength(1994);
  });

  test("a freeze of 2 s is in the response time of all whom it kept waiting, and not in the service time", () =>
    frozenAnswers("http"));

  test("90 % of 20 ms and 10 % of 200 ms stay what they are", FINE, () => mixedAnswers("http", 1000));
});

describe("flood accounts for every request", () => {
  test("silence: every request is timed out, exit 3, within the time-out and a second", () =>
    silence("http"));

  test("silence in open loop: what was due and never sent is counted too", async () => {
    await using server = await KnownServer.start("silent");
    const { result, code } = await flood(
      server.url,
      "-c",
      "5",
      "--rate",
      "100/s",
      "-d",
      "1s",
      "--timeout",
      "1s",
    );
    expect(code).toBe(3);
    expect(result.totals).toMatchObject({ requests: 100, censored: 100, succeeded: 0, failed: 0 });
    expect(result.totals.unsent).toBeGreaterThanOrEqual(85);
  });

  test("all answers 500: exit 1, no success percentiles, failed latency shown", async () => {
    await using server = await KnownServer.start("500");
    const { result, code } = await flood(server.url, "-c", "2", "-n", "100");
    expect(code).toBe(exitFor(result, 1));
    expect(result.latency.response).toMatchObject({ count: 0, p50: null, max: null });
    expect(result.latency.failed.count).toBe(100);
    expect(result.latency.failed.p50).not.toBeNull();
    expect(result.errors).toMatchObject([{ kind: "status-500", count: 100 }]);
  });

  test("connection refused: exit 3 and a sentence that helps", async () => {
    const server = await KnownServer.start("fast");
    const { url } = server;
    await server[Symbol.asyncDispose]();
    const { netkit } = await import("../support/netkit.ts");
    const { code, stderr } = await netkit("flood", url, "-d", "1s");
    expect(code).toBe(3);
    expect(stderr).toMatch(/refused|nothing listens/);
    expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
  });

  test("a server that ends every connection in order loses nothing", async () => {
    await using server = await KnownServer.start("close-each");
    const { result, code } = await flood(server.url, "-c", "5", "-n", "300");
    expect(code).toBe(exitFor(result, 0));
    expect(result.totals).toMatchObject({ requests: 300, succeeded: 300, failed: 0, censored: 0 });
    expect(await server.arrivals()).toHaveLength(300);
  });

  test("announced ends under pipelining: unanswered requests go again on the next connection", async () => {
    await using server = await KnownServer.start("close-every-7");
    const { result, code } = await flood(server.url, "-c", "4", "-n", "1000", "--depth", "8");
    expect(code).toBe(exitFor(result, 0));
    expect(result.totals).toMatchObject({ requests: 1000, succeeded: 1000, failed: 0, censored: 0 });
    // Every seventh answer ends its connection; what was pipelined behind it arrived there in vain.
    expect((await server.arrivals()).length).toBeGreaterThan(1000);
    expect(result.totals.connectionsOpened).toBeGreaterThanOrEqual(1000 / 7);
  });

  test("an answer that is not HTTP is an error of its own kind", async () => {
    await using server = await KnownServer.start("garbage");
    const { result, code } = await flood(server.url, "-c", "1", "-n", "3");
    expect(code).toBe(3);
    expect(result.errors).toMatchObject([{ kind: "protocol", count: 3 }]);
  });
});
