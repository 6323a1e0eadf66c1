// Servers that die, generators that starve, users that interrupt: every request is accounted for.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../src/core/run-document.ts";
import { KnownServer } from "../support/known-server.ts";
import { flood, Running } from "../support/netkit.ts";

function accounted({ totals }: RunResult): boolean {
  return totals.requests === totals.succeeded + totals.failed + totals.censored;
}

// Side by side: each counts its own requests, whatever its share of the processor.
describe.concurrent("a server that is killed in mid-run", () => {
  test.each([
    ["-c", "20"],
    ["-c", "4", "--depth", "16"],
    ["--rate", "2000/s", "-c", "10"],
    ["--new-connection"],
  ])("leaves no request unaccounted for: %s %s %s %s", async (...how) => {
    const server = await KnownServer.start("fast");
    const running = new Running(["flood", "--json", server.url, "-d", "2s", "--timeout", "1s", ...how]);
    await server.started();
    await sleep(1000);
    await server[Symbol.asyncDispose]();
    const { stdout, code, seconds } = await running.finished;
    const result = JSON.parse(stdout) as RunResult;
    expect(accounted(result)).toBe(true);
    expect(result.totals.succeeded).toBeGreaterThan(0);
    expect(result.totals.failed + result.totals.censored).toBeGreaterThan(0);
    expect([0, 4]).toContain(code);
    expect(seconds).toBeLessThan(10);
  });

  test("ends a counted run when it does not come back, instead of waiting for ever", async () => {
    const server = await KnownServer.start("50ms");
    const running = new Running([
      "flood",
      "--json",
      server.url,
      "-n",
      "1000000",
      "-c",
      "5",
      "--timeout",
      "1s",
    ]);
    await server.started();
    await sleep(500);
    await server[Symbol.asyncDispose]();
    const { stdout, seconds } = await running.finished;
    const result = JSON.parse(stdout) as RunResult;
    expect(accounted(result)).toBe(true);
    expect(result.errors.map((error) => error.kind)).toContain("gave-up");
    expect(seconds).toBeLessThan(15);
  });
});

describe("an interrupt", () => {
  test("once: what is in flight is waited for, the result is whole and says so, exit 130", async () => {
    await using server = await KnownServer.start("50ms");
    const running = new Running(["flood", "--json", server.url, "-d", "30s", "-c", "5"]);
    await server.started();
    await sleep(1000);
    running.process.kill("SIGINT");
    const { stdout, code, seconds } = await running.finished;
    const result = JSON.parse(stdout) as RunResult;
    expect(code).toBe(130);
    expect(result.interrupted).toBe(true);
    expect(accounted(result)).toBe(true);
    expect(result.totals).toMatchObject({ failed: 0, censored: 0 });
    expect(result.totals.succeeded).toBeGreaterThan(10);
    expect(seconds).toBeLessThan(5);
  });

  test("twice: it stops at once, and what was in flight is censored", async () => {
    await using server = await KnownServer.start("silent");
    const running = new Running(["flood", "--json", server.url, "-d", "30s", "-c", "5", "--timeout", "20s"]);
    await server.started();
    await sleep(300);
    running.process.kill("SIGINT");
    await sleep(300);
    running.process.kill("SIGINT");
    const { stdout, code, seconds } = await running.finished;
    const result = JSON.parse(stdout) as RunResult;
    expect(code).toBe(130);
    expect(result.totals).toMatchObject({ requests: 5, censored: 5 });
    expect(seconds).toBeLessThan(4);
  });
});

describe("a generator that is kept from working", () => {
  test("says that its figures are invalid, why, and exits 4", async () => {
    await using server = await KnownServer.start("fast");
    // Each works until it is killed, and looks whether its parent is still there.
    const work = `for (;;) { const end = Date.now() + 200; while (Date.now() < end); process.kill(${process.pid}, 0); }`;
    const hogs: ChildProcess[] = Array.from({ length: availableParallelism() * 5 }, () =>
      spawn(process.execPath, ["-e", work], { stdio: "ignore" }),
    );
    try {
      const { result, code } = await flood(server.url, "-d", "3s", "-c", "20", "--threads", "1");
      expect(result.quality.verdict).toBe("invalid");
      expect(result.quality.reasons.length).toBeGreaterThan(0);
      expect(code).toBe(4);
    } finally {
      await Promise.all(
        hogs.map(async (hog) => {
          const gone = once(hog, "exit");
          hog.kill("SIGKILL");
          await gone;
        }),
      );
    }
  });
});
