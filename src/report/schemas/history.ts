/** `netkit.history/1`: what `netkit stats history --json` prints: series of like runs, their levels and changes. */
import { z } from "zod";
import type { HistoryResult } from "../../engine/stats/history.ts";
import type { Agrees } from "./agreement.ts";
import { runSchema } from "./run.ts";

const count = z.int().min(0);

const change = z.strictObject({
  at: count.describe("Number of the first run at the new level, from 0."),
  run: z.string(),
  startedAt: z.string(),
  before: z.number(),
  after: z.number(),
  change: z.number().describe("Share of the level before; of the error rate a difference of shares."),
  verdict: z.enum(["better", "worse"]),
});

const metric = z.strictObject({
  metric: z.enum(["p50", "p90", "p99", "p99_9", "mean", "rate", "error_rate"]),
  unit: z.enum(["us", "per-second", "share"]),
  better: z.enum(["lower", "higher"]),
  values: z.array(z.number().nullable()).describe("By run; null where it has no such figure."),
  levels: z.array(z.strictObject({ from: count, to: count, value: z.number() })),
  changes: z.array(change),
});

const series = z.strictObject({
  plan: runSchema.shape.plan,
  environment: runSchema.shape.environment,
  runs: z.array(
    z.strictObject({
      name: z.string(),
      startedAt: z.string(),
      netkit: z.string(),
      quality: z.enum(["valid", "suspect", "invalid"]),
    }),
  ),
  metrics: z.array(metric),
});

export const historySchema = z
  .strictObject({
    schema: z.literal("netkit.history/1"),
    version: z.string(),
    settings: z.strictObject({
      minEffect: z.number().min(0).describe("Share."),
      minErrorEffect: z.number().min(0).describe("Difference of shares, for the error rate."),
    }),
    series: z.array(series).describe("Longest first."),
    left: z.array(z.string()).describe("Runs whose generator was the limit: in no series."),
    skipped: z
      .array(z.strictObject({ name: z.string(), why: z.string() }))
      .describe("Files that are no run."),
  })
  .meta({
    id: "netkit.history_1",
    title: "netkit.history/1",
    description: "Many runs in the order of time.",
  });

export const historyAgrees: Agrees<z.infer<typeof historySchema>, HistoryResult> = true;
