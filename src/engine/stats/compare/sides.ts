/** Two sides of measured runs, metric by metric: the heart of a comparison, blind to files and to where figures come from. */
import { benjaminiHochberg } from "../inference/benjamini-hochberg.ts";
import { type Difference, differenceOf } from "../inference/difference-interval.ts";
import { type PermutationResult, permutationTest } from "../inference/permutation.ts";
import { createRandom } from "../inference/random.ts";
import type { Figure, Figures } from "./figures.ts";
import { asChange, METRICS, type Metric } from "./metrics.ts";
import type { Change, CompareSettings, MetricComparison, MetricValue, UndecidedReason } from "./result.ts";
import { furtherRunsOf, isWithin, judge, LEAST_RUNS } from "./verdict.ts";

export interface MeasuredRun {
  readonly whole: Figures;
  /** Empty when the run has one endpoint, which is the whole. */
  readonly endpoints: ReadonlyMap<string, Figures>;
}

/** One metric of one endpoint on both sides, before the p-values are corrected for their number. */
export interface Tested {
  readonly endpoint: string | null;
  readonly metric: Metric;
  readonly base: readonly Figure[];
  readonly candidate: readonly Figure[];
  readonly difference: Difference | null;
  readonly permutation: PermutationResult | null;
  readonly missing: UndecidedReason | null;
}

/** Metrics that neither side has are left out; the order is that of the endpoints of the first run, the whole first. */
export function compareSides(
  base: readonly MeasuredRun[],
  candidate: readonly MeasuredRun[],
  settings: CompareSettings,
): MetricComparison[] {
  const endpoints = [
    null,
    ...new Set([...base, ...candidate].flatMap(({ endpoints }) => [...endpoints.keys()])),
  ];
  const tested = endpoints.flatMap((endpoint) =>
    METRICS.flatMap((metric) => test(endpoint, metric, base, candidate, settings) ?? []),
  );
  return judgeTested(tested, settings);
}

/** Corrects the p-values for their number and judges each metric. */
export function judgeTested(tested: readonly Tested[], settings: CompareSettings): MetricComparison[] {
  // What is the same within the minimum effect claims no difference, so it is none of those to be corrected for.
  const judged = tested.filter(
    ({ metric, difference, missing }) =>
      difference !== null && missing === null && !isWithin(difference, minEffectOf(metric, settings)),
  );
  const corrected = benjaminiHochberg(judged.map(({ difference }) => difference!.p));
  return tested.map((one) => {
    const at = judged.indexOf(one);
    return conclude(one, at === -1 ? null : corrected[at]!, settings);
  });
}

function test(
  endpoint: string | null,
  metric: Metric,
  baseRuns: readonly MeasuredRun[],
  candidateRuns: readonly MeasuredRun[],
  settings: CompareSettings,
): Tested | undefined {
  const base = figuresOf(baseRuns, endpoint, metric);
  const candidate = figuresOf(candidateRuns, endpoint, metric);
  if (base.length === 0 && candidate.length === 0) return undefined;
  const complete = base.length === baseRuns.length && candidate.length === candidateRuns.length;
  const difference = complete ? differenceOf(base, candidate, settings.confidence) : null;
  const severalRuns = base.length > 1 && candidate.length > 1;
  // Each test starts from the seed, so that one metric more or less changes no other.
  const permutation =
    complete && severalRuns
      ? permutationTest(values(base), values(candidate), createRandom(settings.seed))
      : null;
  const missing = !complete
    ? "no-figure"
    : [...base, ...candidate].some(({ sparse }) => sparse)
      ? "too-few-requests"
      : difference === null
        ? "spread-unknown"
        : null;
  return { endpoint, metric, base, candidate, difference, permutation, missing };
}

function figuresOf(runs: readonly MeasuredRun[], endpoint: string | null, { name }: Metric): Figure[] {
  return runs.flatMap(({ whole, endpoints }) => {
    const figures = endpoint === null ? whole : endpoints.get(endpoint);
    return figures?.[name] ?? [];
  });
}

function conclude(tested: Tested, correctedP: number | null, settings: CompareSettings): MetricComparison {
  const { endpoint, metric, base, candidate, difference, permutation, missing } = tested;
  const shared = {
    endpoint,
    metric: metric.name,
    unit: metric.unit,
    better: metric.better,
    base: valueOfRuns(metric, base),
    candidate: valueOfRuns(metric, candidate),
    change: difference === null ? null : changeOf(metric, difference),
    basis: difference?.basis ?? null,
    p: difference?.p ?? null,
    correctedP,
    permutation,
  };
  if (missing !== null || difference === null) {
    const runs = Math.min(base.length, candidate.length);
    const furtherRuns = missing === "spread-unknown" ? Math.max(1, LEAST_RUNS - runs) : null;
    return { ...shared, verdict: "undecided", reason: missing, furtherRuns };
  }
  const evidence = {
    metric,
    difference,
    correctedP: correctedP ?? 1,
    permutationP: permutation?.p ?? null,
    minEffect: minEffectOf(metric, settings),
    alpha: 1 - settings.confidence,
    runs: { base: base.length, candidate: candidate.length },
    atLeast: {
      base: base.some(({ atLeast }) => atLeast),
      candidate: candidate.some(({ atLeast }) => atLeast),
    },
  };
  const judgement = judge(evidence);
  return { ...shared, ...judgement, furtherRuns: furtherRunsOf(evidence, judgement) };
}

/** On the scale of differences. */
function minEffectOf({ scale }: Metric, settings: CompareSettings): number {
  return scale === "difference" ? settings.minErrorEffect : Math.log1p(settings.minEffect);
}

function valueOfRuns(metric: Metric, figures: readonly Figure[]): MetricValue | null {
  if (figures.length === 0) return null;
  const mean = values(figures).reduce((sum, value) => sum + value, 0) / figures.length;
  return {
    value: figures.length === 1 ? figures[0]!.shown : metric.scale === "ratio" ? Math.exp(mean) : mean,
    atLeast: figures.some(({ atLeast }) => atLeast),
    runs: figures.map(({ shown }) => shown),
  };
}

function changeOf(metric: Metric, { difference, low, high }: Difference): Change {
  return {
    kind: metric.scale,
    value: asChange(metric, difference),
    low: asChange(metric, low),
    high: asChange(metric, high),
  };
}

function values(figures: readonly Figure[]): number[] {
  return figures.map(({ value }) => value);
}
