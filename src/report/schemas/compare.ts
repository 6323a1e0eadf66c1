/** `netkit.compare/1`: what `netkit stats compare --json` prints, of two sides or (`--aa`) of one. */
import { z } from "zod";
import type { AaResult, CompareResult } from "../../engine/stats/compare/result.ts";
import type { Agrees } from "./agreement.ts";

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const metricName = z.enum(["p50", "p90", "p99", "p99_9", "mean", "rate", "error_rate"]);
const verdict = z.enum(["better", "worse", "same", "undecided"]);

const settings = z.strictObject({
  confidence: share,
  minEffect: z.number().min(0).describe("Share of the base."),
  minErrorEffect: z.number().min(0).describe("Difference of shares, for the error rate."),
  seed: z.int(),
  resamples: count,
});

const side = z.strictObject({
  runs: z.array(
    z.strictObject({
      name: z.string(),
      startedAt: z.string(),
      seconds: z.number().min(0),
      requests: count,
      quality: z.enum(["valid", "suspect", "invalid"]),
      interrupted: z.boolean(),
    }),
  ),
});

const value = z.strictObject({
  value: z.number().describe("Geometric mean of the runs; of error rates the plain mean."),
  atLeast: z.boolean().describe("Requests without an answer stand beyond it."),
  runs: z.array(z.number()),
});

const metric = z.strictObject({
  endpoint: z.string().nullable().describe("Null: the whole run."),
  metric: metricName,
  unit: z.enum(["us", "per-second", "share"]),
  better: z.enum(["lower", "higher"]),
  base: value.nullable(),
  candidate: value.nullable(),
  change: z
    .strictObject({
      kind: z.enum(["ratio", "difference"]),
      value: z.number(),
      low: z.number(),
      high: z.number(),
    })
    .nullable(),
  basis: z.enum(["within-runs", "between-runs"]).nullable(),
  p: share.nullable(),
  correctedP: share.nullable().describe("Benjamini and Hochberg."),
  permutation: z.strictObject({ p: share, exact: z.boolean(), arrangements: count }).nullable(),
  verdict,
  reason: z
    .enum([
      "interval-too-wide",
      "effect-too-small-to-tell",
      "not-after-correction",
      "runs-overlap",
      "spread-unknown",
      "too-few-requests",
      "unanswered",
      "no-figure",
    ])
    .nullable(),
  furtherRuns: count.nullable(),
});

const design = {
  design: z
    .enum(["runs", "pairs"])
    .describe("pairs: slices in turn, compared within pairs; each stands as a run."),
  interrupted: z.boolean(),
  leftOut: count.describe("Pairs that do not count, as the generator was the limit in them."),
};

export const compareSchema = z
  .strictObject({
    schema: z.literal("netkit.compare/1"),
    mode: z.literal("compare"),
    version: z.string(),
    ...design,
    settings,
    base: side,
    candidate: side,
    unlike: z.array(
      z.strictObject({
        field: z.string(),
        values: z.array(z.strictObject({ value: z.string(), run: z.string() })),
        refuses: z.boolean(),
      }),
    ),
    forced: z.boolean(),
    metrics: z.array(metric),
    verdict,
    furtherRuns: count.nullable(),
  })
  .meta({ id: "netkit.compare_1", title: "netkit.compare/1", description: "Two sides of runs, compared." });

export const aaSchema = z
  .strictObject({
    schema: z.literal("netkit.compare/1"),
    mode: z.literal("aa"),
    version: z.string(),
    ...design,
    settings,
    side,
    split: z.enum(["runs", "seconds"]),
    splits: count,
    falseAlarms: share,
    metrics: z.array(
      z.strictObject({ metric: metricName, better: count, worse: count, same: count, undecided: count }),
    ),
  })
  .meta({
    id: "netkit.compare-aa_1",
    title: "netkit.compare/1",
    description: "One side of runs, held against itself.",
  });

export const compareAgrees: Agrees<z.infer<typeof compareSchema>, CompareResult> = true;
export const aaAgrees: Agrees<z.infer<typeof aaSchema>, AaResult> = true;
