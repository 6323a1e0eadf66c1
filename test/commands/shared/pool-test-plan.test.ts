// Flags of a pool test to its plan: what has no meaning is refused by name, before anything is connected to.
import { describe, expect, test } from "vitest";
import { buildPoolTestPlan, type PoolTestSettings } from "../../../src/commands/shared/pool-test-plan.ts";
import { liveWords } from "../../../src/commands/shared/pool-test-session.ts";
import { NetkitError } from "../../../src/core/errors.ts";
import type { PoolTestPlan } from "../../../src/engine/pool-test/plan.ts";

const DAY_MS = 86_400_000;

function planned(settings: PoolTestSettings): Promise<PoolTestPlan> {
  return buildPoolTestPlan(settings, { readBytes: async () => Buffer.from(" SELECT 2;\n") });
}

async function refusal(settings: PoolTestSettings): Promise<string> {
  const error = await planned(settings).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NetkitError);
  const { code, message, next, subject } = error as NetkitError;
  expect(code).toBe("NK_USAGE");
  expect(next).not.toBe("");
  return `${subject ?? ""} ${message}`;
}

test("the defaults are ten connections, a hundred callers, five seconds", async () => {
  const plan = await planned({ url: "tcp://127.0.0.1:1" });
  expect(plan).toMatchObject({
    sizes: [10],
    repeat: 1,
    load: { kind: "closed", clients: 100, thinkMs: 0 },
    durationSeconds: 5,
    warmupSeconds: 1,
    target: { work: { kind: "default" }, connectTimeoutMs: 10_000, workTimeoutMs: 10_000 },
    settings: { acquireTimeoutMs: 30_000 },
    chaos: undefined,
  });
});

describe("a flag that the scheme has no use for is refused:", () => {
  test.each<[string, string, PoolTestSettings]>([
    ["query", "http", { query: ["SELECT 1"] }],
    ["query-file", "tcp", { "query-file": "x.sql" }],
    ["transaction", "ws", { transaction: true }],
    ["through-driver", "mysql", { "through-driver": true }],
    ["command", "postgres", { command: ["PING"] }],
    ["command", "h2c", { command: ["PING"] }],
    ["http", "redis", { http: "2" }],
    ["method", "tcp", { method: "POST" }],
    ["header", "ws", { header: ["A: b"] }],
    ["body", "framed", { body: "x" }],
    ["bearer", "mysql", { bearer: "x" }],
    ["admin", "redis", { admin: "127.0.0.1:9090" }],
  ])("--%s for %s:", async (flag, scheme, settings) => {
    const words = await refusal({ url: `${scheme}://127.0.0.1:1`, ...settings });
    expect(words).toContain(`--${flag} is for `);
    expect(words).toContain(`not for ${scheme}:`);
  });
});

describe("a time that no pool could keep is refused:", () => {
  const TIMERS = ["timeout", "acquire-timeout", "idle-timeout", "max-lifetime", "leak-after"] as const;

  test.each(TIMERS)("--%s of none, and of more than a timer of Node can be", async (name) => {
    const url = "tcp://127.0.0.1:1";
    expect(await refusal({ url, [name]: 0 })).toContain(`--${name} must be more than 0`);
    expect(await refusal({ url, [name]: 25 * DAY_MS })).toContain(`--${name} is longer than`);
    await planned({ url, [name]: 24 * DAY_MS });
  });

  test("a fault's, without a fault that lasts", async () => {
    const url = "tcp://127.0.0.1:1";
    expect(await refusal({ url, "chaos-for": 1_000 })).toContain("--chaos-for is for --chaos restart");
    expect(await refusal({ url, "chaos-for": 1_000, chaos: "kill" })).toContain("--chaos-for is for");
    const { chaos } = await planned({ url, "chaos-for": 2_000, chaos: "slow" });
    expect(chaos).toMatchObject({ kind: "slow", forSeconds: 2 });
  });
});

test("a fault must leave time to recover, and to see that it has", async () => {
  const url = "tcp://127.0.0.1:1";
  expect(await refusal({ url, chaos: "restart", duration: 2_900 })).toContain(
    "2.9 s are too short for restart",
  );
  expect(await refusal({ url, chaos: "kill", duration: 1_400 })).toContain("too short for kill");
  expect((await planned({ url, chaos: "restart", duration: 3_000 })).chaos).toMatchObject({ atSeconds: 1 });
  expect((await planned({ url, chaos: "kill", duration: 1_500 })).chaos).toMatchObject({ forSeconds: 0 });
});

test("the live line has no fraction of a second that has passed, and the whole of what is to pass", () => {
  const progress = {
    phase: "measuring",
    size: 4,
    run: 1,
    runs: 1,
    elapsedSeconds: 0.4,
    totalSeconds: 0.6,
    served: 1_234,
    failed: 0,
    waiting: 3,
  } as const;
  expect(liveWords(progress)).toBe("size 4 · measuring 0 s of 600 ms · 1,234 served · no errors · 3 waiting");
  expect(liveWords({ ...progress, elapsedSeconds: 2.9, totalSeconds: 6 })).toContain("measuring 2 s of 6 s");
});

describe("the work of a checkout", () => {
  test("is a query, a command, a request or an echo", async () => {
    const work = async (settings: PoolTestSettings) => (await planned(settings)).target.work;
    expect(await work({ url: "postgres://a/b", query: ["SELECT 1"], "query-file": "x.sql" })).toEqual({
      kind: "query",
      queries: ["SELECT 1", "SELECT 2;"],
      transaction: false,
    });
    expect(await work({ url: "redis://a", command: ['SET k "a b"'], transaction: true })).toEqual({
      kind: "command",
      commands: [["SET", "k", "a b"]],
      transaction: true,
    });
    expect(await work({ url: "http://a:1", body: "x" })).toMatchObject({ kind: "request", method: "POST" });
    expect(await work({ url: "tcp://a:1", command: ["hello"] })).toMatchObject({ kind: "echo" });
  });

  test("of no bytes over tcp: would wait for an answer to nothing", async () => {
    expect(await refusal({ url: "tcp://a:1", command: [""] })).toContain("--command is empty");
  });

  test("over h2c: cannot be HTTP/1.1", async () => {
    expect(await refusal({ url: "h2c://a:1", http: "1.1" })).toContain("h2c: is HTTP/2");
  });
});
