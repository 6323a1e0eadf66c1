/** `netkit.pool-test/1`: the result of a pool test, as printed by `--json` and written by `--out`. */
import { z } from "zod";
import type { PoolTestResult } from "../../engine/pool-test/result.ts";
import type { Agrees } from "./agreement.ts";
import { expectationSchema, latencySummarySchema } from "./run.ts";

const count = z.int().min(0);
const figure = z.number().min(0);
const instant = z.iso.datetime().describe("ISO 8601, UTC.");

const latencies = z.strictObject({
  wait: latencySummarySchema.describe("Intended instant to lease; time-outs are inside at their age."),
  hold: latencySummarySchema.describe("Lease to return."),
  query: latencySummarySchema.describe("The work alone."),
  total: latencySummarySchema.describe("Intended instant to return."),
  lateness: latencySummarySchema.describe("Open load: intended instant to call."),
  failed: latencySummarySchema.describe("Intended instant to failure."),
  creation: latencySummarySchema.describe("How long connections took to be made."),
});

const histograms = z
  .record(z.string(), z.string())
  .describe("Base64 of compressed HdrHistogram V2; an empty distribution is left out.");

const counts = z.strictObject({
  callers: count.describe("Always succeeded + failed + censored + overflowed."),
  succeeded: count,
  failed: count,
  censored: count.describe("Timed out in the queue, or still under way when the drain ended."),
  timedOut: count.describe("Part of censored."),
  censoredWaiting: count.describe("Part of censored."),
  overflowed: count.describe("Open load: not sent, as many callers as allowed were under way."),
  refused: count.describe("Part of failed: the queue was full."),
  bytesReceived: count,
});

const code = z.strictObject({ code: z.string(), count, example: z.string() });

const connections = z.strictObject({
  created: count,
  createFailed: count,
  reused: count.nullable(),
  validated: count,
  validationFailed: count,
  destroyed: z.record(z.string(), count).describe("By the pool's own word for why."),
  leaksReported: count,
  maxOpen: count,
  leftOpen: count,
});

const gauges = z.strictObject({
  active: figure,
  idle: figure,
  waiting: figure,
  creating: figure.nullable(),
});

const sample = z.strictObject({
  at: z.number().describe("Seconds since the end of the warm-up."),
  active: count,
  idle: count,
  waiting: count,
  creating: count.nullable(),
  served: count.describe("Since the sample before."),
  failed: count,
});

const littlesLaw = z.strictObject({
  concurrency: figure.describe("N: mean number of callers under way."),
  throughput: figure.describe("X: finished per second."),
  residenceSeconds: figure.describe("R."),
  deviation: figure.describe("|N − X·R| / N."),
  holds: z.boolean(),
});

const server = z.strictObject({
  source: z.string(),
  scope: z.enum(["ours", "all"]),
  maxConnections: count,
  samples: count,
  limit: count.nullable(),
  version: z.string().nullable(),
  agrees: z.boolean().nullable(),
});

const run = z.strictObject({
  size: count,
  round: count.min(1),
  order: count.min(1),
  startedAt: instant,
  seconds: figure,
  throughput: figure,
  offered: figure.nullable(),
  counts,
  latency: latencies,
  histograms,
  errors: z.array(code),
  connections,
  gauges,
  timeline: z.array(sample),
  fairness: figure.nullable().describe("Longest wait ÷ median wait."),
  clientSpread: figure.nullable().describe("Most served ÷ fewest served of the clients."),
  littlesLaw: littlesLaw.nullable(),
  server: server.nullable(),
  loopBusy: figure.nullable().describe("Share of the time this process was not idle."),
  suspect: z.boolean(),
  reasons: z.array(z.string()),
  interrupted: z.boolean(),
});

const estimate = z.strictObject({
  mean: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});

const row = z.strictObject({
  size: count,
  runs: count,
  throughput: estimate,
  waitMean: estimate.nullable(),
  waitP99: estimate.nullable(),
  latency: latencies,
  histograms,
  counts,
  fairness: figure.nullable(),
  expectations: z.array(expectationSchema),
  suspect: z.boolean(),
});

const usl = z.strictObject({
  lambda: z.number(),
  sigma: z.number(),
  kappa: z.number(),
  knee: z.number().nullable(),
  peakThroughput: z.number().nullable(),
  r2: z.number(),
  band: z.array(z.strictObject({ size: z.number(), fitted: z.number(), low: z.number(), high: z.number() })),
});

const sweep = z.strictObject({
  order: z.array(count),
  usl: usl.nullable(),
  worseFrom: count.nullable(),
  recommendation: z
    .strictObject({
      size: count,
      reason: z.string(),
      meetsExpectations: z.boolean().nullable(),
      config: z.array(z.strictObject({ library: z.string(), line: z.string() })),
    })
    .nullable(),
});

const faults = z.enum(["kill", "restart", "slow", "refuse"]);

const chaos = z.strictObject({
  kind: faults,
  means: z.string(),
  atSeconds: z.number(),
  forSeconds: z.number(),
  killed: count,
  recoveryMs: figure.nullable(),
  failures: z.array(code),
  throughputBefore: figure,
  throughputAfter: figure.nullable(),
  waitP99BeforeUs: figure.nullable(),
  waitP99DuringUs: figure.nullable(),
  waitP99AfterUs: figure.nullable(),
  leaked: count,
  reconnects: z.strictObject({ count, failed: count, peakPer100Ms: count, atOnce: count }),
  timeline: z.array(sample),
});

const leak = z.strictObject({
  planted: count,
  found: count,
  falseAlarms: count,
  thresholdMs: figure,
  slowLeases: count,
  slowestReportMs: figure.nullable(),
  supported: z.boolean(),
  stacks: z.array(z.string()),
});

const nested = z.strictObject({
  callers: count,
  depth: count,
  predictedSize: count.describe("Tn·(Cm − 1) + 1."),
  rows: z.array(z.strictObject({ size: count, outcome: z.enum(["finished", "deadlock"]), tookMs: figure })),
  smallestSafe: count.nullable(),
  agrees: z.boolean(),
});

const check = z.strictObject({
  name: z.string(),
  outcome: z.enum(["passed", "failed", "not-supported"]),
  detail: z.string(),
});

const plan = z.strictObject({
  url: z.string(),
  pool: z.enum(["netkit", "pg", "mysql2", "undici", "generic-pool", "tarn"]),
  ignoredSettings: z.array(z.string()),
  acquireTimeoutMs: figure.nullable(),
  maxWaiting: count.nullable(),
  idleTimeoutMs: figure.nullable(),
  maxLifetimeMs: figure.nullable(),
  validateAfterIdleMs: figure.nullable(),
  leakAfterMs: figure.nullable(),
  work: z.string(),
  protocol: z.string().describe("What the work is asked in, and by whose code."),
  holdMs: figure,
  load: z.enum(["closed", "open"]),
  clients: count.nullable(),
  rate: figure.nullable(),
  arrival: z.enum(["constant", "poisson"]).nullable(),
  durationSeconds: figure,
  warmupSeconds: figure,
  sizes: z.array(count),
  repeat: count,
  seed: z.number(),
});

export const poolTestSchema = z
  .strictObject({
    schema: z.literal("netkit.pool-test/1"),
    command: z.literal("pool-test"),
    version: z.string(),
    startedAt: instant,
    plan,
    environment: z.strictObject({ node: z.string(), platform: z.string(), arch: z.string(), cpus: count }),
    serverVersion: z.string().nullable(),
    runs: z.array(run).describe("In the order carried out."),
    rows: z.array(row).describe("By size, ascending."),
    sweep: sweep.nullable(),
    chaos: chaos.nullable(),
    probes: z.strictObject({
      leak: leak.nullable(),
      nested: nested.nullable(),
      exhaustion: z.array(check).nullable(),
      idle: z.array(check).nullable(),
    }),
    findings: z.array(
      z.strictObject({
        severity: z.enum(["info", "warning", "error"]),
        code: z.string(),
        text: z.string(),
        next: z.string().nullable(),
        size: count.nullable(),
      }),
    ),
    expectations: z.array(expectationSchema),
    interrupted: z.boolean(),
  })
  .meta({
    id: "netkit.pool-test_1",
    title: "netkit.pool-test/1",
    description: "The result of netkit pool-test.",
  });

export const poolTestAgrees: Agrees<z.infer<typeof poolTestSchema>, PoolTestResult> = true;
