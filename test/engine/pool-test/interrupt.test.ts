// An interrupt before anything was measured: there is a result, empty and marked, at once, and nothing stays behind.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import type { PoolTestPlan } from "../../../src/engine/pool-test/plan.ts";
import { runPoolTest } from "../../../src/engine/pool-test/run.ts";
import { poolTestSchema } from "../../../src/report/schemas/pool-test.ts";
import { quietCensus, sharedSignal } from "../../support/census.ts";
import { makePoolTestPlan } from "./plan.ts";
import { expectNothingLeft } from "./targets/target-plan.ts";

/** It accepts, and never says a word. */
const sockets = new Set<Socket>();
const silent = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  socket.resume();
});
let port = 0;

beforeAll(async () => {
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  port = (silent.address() as AddressInfo).port;
});

afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

function planFor(url: string): PoolTestPlan {
  const plan = makePoolTestPlan();
  const endpoint = parseEndpoint(url, "pool-test");
  return { ...plan, target: { ...plan.target, endpoint, connectTimeoutMs: 30_000, workTimeoutMs: 30_000 } };
}

async function expectEmptySoon(plan: PoolTestPlan): Promise<void> {
  const abort = new AbortController();
  const running = runPoolTest(plan, { version: "1.2.3", expectations: [], signal: abort.signal });
  await once(silent, "connection");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const abortedMs = performance.now();
  abort.abort();
  const result = await running;
  expect(performance.now() - abortedMs).toBeLessThan(1_000);
  expect(result).toMatchObject({ interrupted: true, runs: [], rows: [] });
  expect(poolTestSchema.safeParse(JSON.parse(JSON.stringify(result))).error).toBeUndefined();
}

const SCHEMES = [
  "tcp",
  "tls",
  "framed",
  "http",
  "https",
  "h2c",
  "ws",
  "redis",
  "rediss",
  "postgres",
  "mysql",
];

test.each(SCHEMES)("while %s: connects to a server that says nothing", async (scheme) => {
  const plan = planFor(`${scheme}://127.0.0.1:${port}`);
  // Once before, so that what the driver keeps for itself is there.
  await expectEmptySoon(plan);
  const shared = sharedSignal();
  const before = await quietCensus(shared);
  await expectEmptySoon(plan);
  await expectNothingLeft(before, shared);
});

test("while the admin listener is asked", async () => {
  const { target, ...plan } = planFor("tcp://127.0.0.1:9");
  const admin = parseEndpoint(`http://127.0.0.1:${port}`, "pool-test");
  await expectEmptySoon({ ...plan, target: { ...target, admin } });
});
