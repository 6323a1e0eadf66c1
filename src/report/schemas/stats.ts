/** `netkit.stats/1` and `netkit.stats-interval/1`: what `netkit stats URL --json` and `stats watch --json` print. */
import { z } from "zod";
import type { StatsInterval, StatsResult } from "../../engine/stats/live/result.ts";
import type { Agrees } from "./agreement.ts";

const count = z.int().min(0);
const figure = z
  .union([z.number(), z.enum(["NaN", "+Inf", "-Inf"])])
  .describe("What JSON has no number for is its name.");
const labels = z.record(z.string(), z.string());
const statistic = z.number().nullable();

const growth = {
  increase: statistic.describe("Between the scrapes; null where it was seen only once."),
  rate: statistic.describe("Per second."),
  continuity: z
    .enum(["counted", "reset", "appeared", "unknown"])
    .describe(
      "reset: began again from 0, what it counted before is missing. appeared: counted from 0. unknown: seen once.",
    ),
};

const series = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("counter"), labels, value: figure, ...growth }),
  z.strictObject({
    kind: z.literal("gauge"),
    labels,
    value: figure.describe("At the last scrape; the others over all scrapes."),
    min: statistic,
    mean: statistic,
    max: statistic,
  }),
  z.strictObject({
    kind: z.literal("histogram"),
    labels,
    count: z.number().describe("Since it began; the rest is of the interval."),
    ...growth,
    mean: statistic,
    percentiles: z.array(
      z.strictObject({
        percentile: z.number(),
        value: statistic.describe("Interpolated inside the bucket; null in the one without an upper bound."),
        from: z.number().describe("Lower bound of the bucket."),
        le: figure.describe("Upper bound of the bucket."),
      }),
    ),
    buckets: z
      .array(z.strictObject({ le: figure, count: z.number() }))
      .describe("Observations in each bucket, not cumulative."),
  }),
  z.strictObject({
    kind: z.literal("summary"),
    labels,
    count: statistic.describe("Since it began."),
    mean: statistic.describe("Of the interval."),
    quantiles: z
      .array(z.strictObject({ quantile: z.number(), value: figure }))
      .describe("As the endpoint tells them, over a window of its own."),
    ...growth,
  }),
]);

const family = z.strictObject({
  name: z.string(),
  kind: z.enum(["counter", "gauge", "histogram", "gauge-histogram", "summary", "unknown"]),
  unit: z.string().nullable(),
  help: z.string().nullable(),
  series: z.array(series),
  total: series.nullable().describe("Of all series together, where they add up."),
});

const families = z.array(family);

export const statsSchema = z
  .strictObject({
    schema: z.literal("netkit.stats/1"),
    version: z.string(),
    url: z.string().describe("Where the figures were found, without secrets."),
    format: z.enum(["prometheus", "openmetrics", "netkit.serve-stats"]),
    startedAt: z.string().describe("First scrape, ISO 8601, UTC."),
    seconds: z.number().min(0).describe("From the first scrape to the last."),
    scrapes: count.describe("Those that succeeded."),
    failures: z.array(z.strictObject({ at: z.string(), code: z.string(), message: z.string() })),
    interrupted: z.boolean(),
    filters: z.array(z.string()),
    families,
    gone: count.describe("Series that the last scrape did not have any more."),
    warnings: z.array(z.string()),
    expectations: z.array(
      z.strictObject({
        text: z.string(),
        observed: z.number().nullable(),
        holds: z.boolean(),
        detail: z.string(),
      }),
    ),
  })
  .meta({
    id: "netkit.stats_1",
    title: "netkit.stats/1",
    description: "What an endpoint with metrics showed between two scrapes, or over a watch.",
  });

export const statsIntervalSchema = z
  .strictObject({
    schema: z.literal("netkit.stats-interval/1"),
    number: count,
    at: z.string().describe("End of the interval, ISO 8601, UTC."),
    seconds: z.number().min(0),
    families,
  })
  .meta({
    id: "netkit.stats-interval_1",
    title: "netkit.stats-interval/1",
    description: "One interval of netkit stats watch.",
  });

export const statsAgrees: Agrees<z.infer<typeof statsSchema>, StatsResult> = true;
export const statsIntervalAgrees: Agrees<z.infer<typeof statsIntervalSchema>, StatsInterval> = true;
