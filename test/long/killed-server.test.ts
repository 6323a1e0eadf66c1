// A server killed in mid-run, a hundred times, in every load model: no hang, no crash, no request lost, and
// nothing left open in the process that floods.
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import type { FloodPlan } from "../../src/engine/flood/plan.ts";
import type { runFlood as RunFlood } from "../../src/engine/flood/run.ts";
import { makePlan } from "../engine/flood/plan.ts";
import { KnownServer } from "../support/known-server.ts";

const RUNS = 100;
const MODELS: readonly Partial<FloodPlan>[] = [
  { connections: 20 },
  { connections: 4, depth: 16 },
  { connections: 10, load: { kind: "open", ratePerSecond: 2000, arrival: "constant" } },
  { connections: 10, newConnection: true },
  { connections: 8, threads: 2, load: { kind: "open", ratePerSecond: 500, arrival: "poisson" } },
];

test("a server killed in mid-run a hundred times leaves every request accounted for", async () => {
  // Threads run compiled code only.
  const path = new URL("../../dist/engine/flood/run.js", import.meta.url).href;
  const { runFlood } = (await import(path)) as { runFlood: typeof RunFlood };
  const random = seededRandom(7);
  const never = new AbortController().signal;
  const descriptors: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const server = await KnownServer.start("fast");
    const { targets, way } = makePlan();
    const target = { ...targets[0], port: server.port, authority: `127.0.0.1:${server.port}` };
    const plan = makePlan({
      targets: [target],
      way: { ...way, port: server.port },
      stop: { kind: "duration", seconds: 0.3 },
      timeoutMs: 1000,
      ...MODELS[run % MODELS.length],
    });
    const killed = server.started().then(async () => {
      await new Promise((resolve) => setTimeout(resolve, random() * 250));
      server.process.kill("SIGKILL");
    });
    const { totals } = await runFlood(plan, {
      version: "test",
      expectations: [],
      drain: never,
      abort: never,
    });
    await killed;
    await server[Symbol.asyncDispose]();
    expect(totals.requests).toBe(totals.succeeded + totals.failed + totals.censored);
    expect(totals.requests).toBeGreaterThan(0);
    expect(totals.seconds).toBeLessThan(3);
    if (run % 10 === 9) descriptors.push(readdirSync("/proc/self/fd").length);
  }
  // The first ten warm up what node opens once; after that the number stays.
  expect(Math.max(...descriptors) - descriptors[0]!).toBeLessThanOrEqual(3);
});
