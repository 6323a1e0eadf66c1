// Probes against servers that do not play along: none of them hangs, takes a server's failure for the pool's, or costs
// what was measured before it.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { systemTimers } from "../../../../src/core/backpressure/timers.ts";
import { monotonicClock } from "../../../../src/core/clock.ts";
import { parseEndpoint } from "../../../../src/core/endpoint.ts";
import { NetkitError } from "../../../../src/core/errors.ts";
import { pollingAlarm } from "../../../../src/engine/pool-test/load/alarm.ts";
import type { PoolTestPlan, ProbePlan } from "../../../../src/engine/pool-test/plan.ts";
import type { ProbeContext } from "../../../../src/engine/pool-test/pool-test.ts";
import { netkit } from "../../../../src/engine/pool-test/pools/netkit.ts";
import { probeExhaustion } from "../../../../src/engine/pool-test/probes/exhaustion.ts";
import { probeLeaks } from "../../../../src/engine/pool-test/probes/leak.ts";
import { probeNested } from "../../../../src/engine/pool-test/probes/nested.ts";
import type { PoolTestResult } from "../../../../src/engine/pool-test/result.ts";
import { runPoolTest } from "../../../../src/engine/pool-test/run.ts";
import type { OpenTarget } from "../../../../src/engine/pool-test/targets/target.ts";
import { makePoolTestPlan } from "../plan.ts";

const ALL: ProbePlan = {
  leak: { planted: 2 },
  nested: { callers: 4, depth: 3 },
  exhaustion: true,
  idle: true,
};

class Echo implements AsyncDisposable {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined).pipe(socket);
  });

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  die(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.die();
  }
}

function planFor(url: string, change: Partial<PoolTestPlan>): PoolTestPlan {
  const plan = makePoolTestPlan({
    load: { kind: "closed", clients: 2, thinkMs: 0 },
    durationSeconds: 0.3,
    warmupSeconds: 0,
    sizes: [2],
    repeat: 1,
    ...change,
  });
  return { ...plan, target: { ...plan.target, endpoint: parseEndpoint(url, "pool-test") } };
}

function tested(plan: PoolTestPlan, onRun?: () => void): Promise<PoolTestResult> {
  const { signal } = new AbortController();
  return runPoolTest(plan, { version: "1.2.3", expectations: [], signal, onRun });
}

/** A target whose connections take so long, and do nothing. */
function slowToConnect(connectMs: number): OpenTarget {
  return {
    url: "sim://slow/",
    protocol: "simulated",
    desk: undefined,
    connect: async () => {
      await new Promise((resolve) => setTimeout(resolve, connectMs));
      return {
        serverId: undefined,
        gone: new Promise(() => undefined),
        work: async () => ({ bytesReceived: 1 }),
        validate: async () => true,
        close: async () => undefined,
      };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function contextOf(
  target: OpenTarget,
  change: Partial<PoolTestPlan> = {},
  signal = new AbortController().signal,
): Promise<ProbeContext> {
  return {
    plan: makePoolTestPlan(change),
    target,
    createPool: await netkit.load(),
    ignores: netkit.ignores,
    size: 2,
    time: { clock: monotonicClock, timers: systemTimers, makeAlarm: pollingAlarm },
    signal,
    abort: undefined,
  };
}

describe("a probe", () => {
  test("of a server that has died since is a finding each, and what was measured before stays", async () => {
    await using echo = new Echo();
    const plan = planFor(await echo.listen(), { probes: ALL });
    const { runs, probes, findings } = await tested(plan, () => echo.die());
    expect(runs[0]!.counts.succeeded).toBeGreaterThan(0);
    expect(probes).toEqual({ leak: null, nested: null, exhaustion: null, idle: null });
    const found = findings.filter(({ code }) => code.endsWith("-unanswered"));
    expect(found.map(({ code }) => code.split("-")[0])).toEqual(["leak", "nested", "exhaustion", "idle"]);
    for (const { severity, text, next } of found) {
      expect(severity).toBe("error");
      expect(text).toContain("nothing listens on that port");
      expect(next).not.toBeNull();
    }
  });

  test("of nested checkouts says that the server lets too few in, and waits for nobody", async () => {
    let made = 0;
    const slow = slowToConnect(1);
    const tooMany = new NetkitError("connect", "NK_SERVER_53300", "too many clients");
    const connect = () => (++made > 5 ? Promise.reject(tooMany) : slow.connect());
    const probe = probeNested(await contextOf({ ...slow, connect }), { callers: 4, depth: 3 });
    await expect(probe).rejects.toMatchObject({ code: "NK_POOL_CREATE_FAILED" });
  });

  test("asks its own question, whatever limits the plan has for callers", async () => {
    await using echo = new Echo();
    const settings = { ...makePoolTestPlan().settings, maxWaiting: 2, acquireTimeoutMs: 20_000 };
    const { probes, findings } = await tested(planFor(await echo.listen(), { probes: ALL, settings }));
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(probes).toMatchObject({ leak: { found: 2, falseAlarms: 0 }, nested: { agrees: true } });
    const checks = [...probes.exhaustion!, ...probes.idle!];
    expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  }, 20_000);

  test("does not take slow connecting for a deadlock, nor for a late time-out", async () => {
    const context = await contextOf(slowToConnect(1_100));
    const nested = await probeNested(context, { callers: 2, depth: 2 });
    expect(nested).toMatchObject({ predictedSize: 3, smallestSafe: 3, agrees: true });
    const checks = await probeExhaustion(await contextOf(slowToConnect(300)));
    expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  }, 30_000);

  test("for leaks ends with the signal, however long the threshold is", async () => {
    const abort = new AbortController();
    const settings = { ...makePoolTestPlan().settings, leakAfterMs: 3_600_000 };
    const probe = probeLeaks(await contextOf(slowToConnect(1), { settings }, abort.signal), 2);
    setTimeout(() => abort.abort(), 50);
    await expect(probe).rejects.toThrow();
  });

  test("for leaks is not made where the pool has no such setting", async () => {
    const context = { ...(await contextOf(slowToConnect(1))), ignores: ["leakAfterMs"] as const };
    expect(await probeLeaks(context, 2)).toMatchObject({ supported: false, found: 0, planted: 2 });
  });
});
