/**
 * Slices run in pairs, compared as pairs: what counts is the difference within each pair, so that whatever both slices
 * share (a neighbour on the machine, a slow minute) cancels. Interval by Student's t over the pairs, a sign-flip
 * test that may overrule; correction and verdicts as in any comparison. The document is `netkit.compare/1`.
 */
import { settingsOf, sideOf } from "../compare/compare.ts";
import { countsOf, type Figure, figuresOfSummary } from "../compare/figures.ts";
import { unlikeFields } from "../compare/likeness.ts";
import { LEAST_BEYOND, METRICS, type Metric } from "../compare/metrics.ts";
import type { AaResult, CompareResult, CompareSettings, MetricComparison } from "../compare/result.ts";
import type { NamedRun } from "../compare/run.ts";
import { judgeTested, type Tested } from "../compare/sides.ts";
import { overall } from "../compare/verdict.ts";
import type { Difference } from "../inference/difference-interval.ts";
import { studentQuantile, studentTwoSided } from "../inference/distributions.ts";
import { createRandom } from "../inference/random.ts";
import { leastSignFlipP, signFlipTest } from "../inference/sign-flip.ts";

export interface SlicePair {
  readonly a: NamedRun;
  readonly b: NamedRun;
}

export interface PairOptions extends Partial<CompareSettings> {
  /** Of netkit, for the document. */
  readonly version: string;
  /** Default false. */
  readonly interrupted?: boolean;
  /** Pairs that were measured and do not count; default 0. */
  readonly leftOut?: number;
}

/** Splits of `--aa`. */
const SPLITS = 100;

/** What is compared is what differs: these fields do by intent. */
const INTENDED = new Set(["plan.urls", "plan.origin"]);

/** A is the base, B the candidate. The same pairs, settings and seed give the same document. */
export function comparePairs(pairs: readonly SlicePair[], options: PairOptions): CompareResult {
  const settings = settingsOf(options);
  const metrics = metricsOf(pairs, settings);
  const most = Math.max(0, ...metrics.map(({ furtherRuns }) => furtherRuns ?? 0));
  return {
    schema: "netkit.compare/1",
    mode: "compare",
    version: options.version,
    design: "pairs",
    interrupted: options.interrupted ?? false,
    leftOut: options.leftOut ?? 0,
    settings,
    base: sideOf(pairs.map(({ a }) => a)),
    candidate: sideOf(pairs.map(({ b }) => b)),
    unlike: unlikeFields(pairs.flatMap(({ a, b }) => [a, b])).filter(({ field }) => !INTENDED.has(field)),
    forced: false,
    metrics,
    verdict: overall(metrics),
    furtherRuns: most > 0 ? most : null,
  };
}

/** Pairs of one URL, their sides dealt by a coin again and again. */
export function testPairsAlike(pairs: readonly SlicePair[], options: PairOptions): AaResult {
  const settings = settingsOf(options);
  const random = createRandom(settings.seed);
  const outcomes = Array.from({ length: SPLITS }, () =>
    metricsOf(
      pairs.map(({ a, b }) => (random.next() < 0.5 ? { a, b } : { a: b, b: a })),
      settings,
    ),
  );
  const count = (name: string, verdict: MetricComparison["verdict"]) =>
    outcomes.filter((metrics) => metrics.some((one) => one.metric === name && one.verdict === verdict))
      .length;
  const alarms = outcomes.filter((metrics) =>
    metrics.some(({ verdict }) => verdict === "better" || verdict === "worse"),
  ).length;
  return {
    schema: "netkit.compare/1",
    mode: "aa",
    version: options.version,
    design: "pairs",
    interrupted: options.interrupted ?? false,
    leftOut: options.leftOut ?? 0,
    settings,
    side: sideOf(pairs.flatMap(({ a, b }) => [a, b])),
    split: "runs",
    splits: SPLITS,
    falseAlarms: alarms / SPLITS,
    metrics: METRICS.map(({ name }) => ({
      metric: name,
      better: count(name, "better"),
      worse: count(name, "worse"),
      same: count(name, "same"),
      undecided: count(name, "undecided"),
    })),
  };
}

function metricsOf(pairs: readonly SlicePair[], settings: CompareSettings): MetricComparison[] {
  return judgeTested(
    METRICS.flatMap((metric) => tested(metric, pairs, settings) ?? []),
    settings,
  );
}

function tested(metric: Metric, pairs: readonly SlicePair[], settings: CompareSettings): Tested | undefined {
  const base = pairs.flatMap(({ a }) => figureOf(metric, a));
  const candidate = pairs.flatMap(({ b }) => figureOf(metric, b));
  if (base.length === 0 && candidate.length === 0) return undefined;
  const complete = base.length === pairs.length && candidate.length === pairs.length;
  const differences = complete ? candidate.map(({ value }, at) => value - base[at]!.value) : [];
  const difference = pairedDifference(differences, settings.confidence);
  const speaks = leastSignFlipP(differences.length) <= 1 - settings.confidence;
  const permutation = speaks ? signFlipTest(differences, createRandom(settings.seed)) : null;
  const missing = !complete
    ? "no-figure"
    : isSparse(metric, pairs)
      ? "too-few-requests"
      : difference === null
        ? "spread-unknown"
        : null;
  return { endpoint: null, metric, base, candidate, difference, permutation, missing };
}

function figureOf({ name }: Metric, { run }: NamedRun): Figure[] {
  const figure = figuresOfSummary(run.latency.response, countsOf(run.totals), run.rate.achieved)[name];
  return figure === undefined ? [] : [figure];
}

/**
 * A slice is short, and its percentile rough; but pairs are many. So one value beyond it in each slice is enough if
 * the slices of a side have ten together.
 */
function isSparse({ share }: Metric, pairs: readonly SlicePair[]): boolean {
  if (share === null) return false;
  return (["a", "b"] as const).some((side) => {
    const beyond = pairs.map((pair) => pair[side].run.latency.response.count * (1 - share));
    // A hundred requests have one beyond p99, whatever binary fractions make of it.
    return Math.min(...beyond) < 1 - 1e-9 || beyond.reduce((sum, one) => sum + one, 0) < LEAST_BEYOND - 1e-9;
  });
}

/** Null with fewer than two pairs. */
function pairedDifference(differences: readonly number[], confidence: number): Difference | null {
  const pairs = differences.length;
  if (pairs < 2) return null;
  const difference = differences.reduce((sum, value) => sum + value, 0) / pairs;
  const degrees = pairs - 1;
  const variance = differences.reduce((sum, value) => sum + (value - difference) ** 2, 0) / degrees;
  const standardError = Math.sqrt(variance / pairs);
  const reach = studentQuantile((1 + confidence) / 2, degrees) * standardError;
  const p =
    standardError > 0 ? studentTwoSided(difference / standardError, degrees) : difference === 0 ? 1 : 0;
  return {
    difference,
    standardError,
    degrees,
    low: difference - reach,
    high: difference + reach,
    p,
    basis: "between-runs",
  };
}
