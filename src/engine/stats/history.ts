/**
 * `netkit stats history`: many runs in the order of time, as series of like runs, each metric with the levels it
 * stood at and the runs at which it changed. Plain data: the `netkit.history/1` document.
 */
import { countsOf, figuresOfSummary } from "./compare/figures.ts";
import { likenessKey, refuseUnlike, unlikeFields } from "./compare/likeness.ts";
import { asChange, METRICS, type Metric } from "./compare/metrics.ts";
import type { MetricName } from "./compare/result.ts";
import type { ComparedRun, NamedRun } from "./compare/run.ts";
import { changePoints, noiseOf, withoutSpikes } from "./inference/change-points.ts";

export interface HistoryResult {
  readonly schema: "netkit.history/1";
  readonly version: string;
  readonly settings: HistorySettings;
  /** Longest series first. */
  readonly series: readonly HistorySeries[];
  /** Runs whose generator was the limit: in no series. */
  readonly left: readonly string[];
  /** Files of the folder that are no run, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

export interface HistorySettings {
  /** Share; smaller changes of level are not looked for. */
  readonly minEffect: number;
  /** The same for the error rate, as a difference of shares. */
  readonly minErrorEffect: number;
}

/** Runs of one plan on one kind of machine. */
export interface HistorySeries {
  /** Of the first run. */
  readonly plan: ComparedRun["plan"];
  readonly environment: ComparedRun["environment"];
  /** By start. */
  readonly runs: readonly {
    readonly name: string;
    readonly startedAt: string;
    /** Version of netkit that measured. */
    readonly netkit: string;
    readonly quality: "valid" | "suspect" | "invalid";
  }[];
  readonly metrics: readonly HistoryMetric[];
}

export interface HistoryMetric {
  readonly metric: MetricName;
  readonly unit: Metric["unit"];
  readonly better: Metric["better"];
  /** By run; null where it has no such figure. */
  readonly values: readonly (number | null)[];
  /** Stretches between changes, by run from `from` up to but without `to`. */
  readonly levels: readonly { readonly from: number; readonly to: number; readonly value: number }[];
  readonly changes: readonly HistoryChange[];
}

export interface HistoryChange {
  /** Number of the first run at the new level. */
  readonly at: number;
  readonly run: string;
  readonly startedAt: string;
  readonly before: number;
  readonly after: number;
  /** Share of the level before; of the error rate a difference of shares. */
  readonly change: number;
  readonly verdict: "better" | "worse";
}

export interface HistoryOptions extends Partial<HistorySettings> {
  /** Of netkit, for the document. */
  readonly version: string;
  /** Only these; default: all. */
  readonly metrics?: readonly MetricName[];
  /** Runs of unlike plans become series of their own instead of being refused. */
  readonly force?: boolean;
  readonly skipped?: HistoryResult["skipped"];
}

/** @throws NetkitError `NK_RUNS_UNLIKE` for unlike plans or machines, unless forced. */
export function historyOf(runs: readonly NamedRun[], options: HistoryOptions): HistoryResult {
  const settings = { minEffect: options.minEffect ?? 0.03, minErrorEffect: options.minErrorEffect ?? 0.001 };
  const groups = new Map<string, NamedRun[]>();
  const usable = runs.filter(({ run }) => run.quality.verdict !== "invalid");
  if (options.force !== true) refuseUnlike(unlikeFields(usable));
  for (const named of usable) {
    const key = likenessKey(named.run);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [named]);
    else group.push(named);
  }
  return {
    schema: "netkit.history/1",
    version: options.version,
    settings,
    series: [...groups.values()]
      .map((group) => seriesOf(group, settings, options.metrics))
      .sort((a, b) => b.runs.length - a.runs.length),
    left: runs.filter((named) => !usable.includes(named)).map(({ name }) => name),
    skipped: options.skipped ?? [],
  };
}

function seriesOf(
  group: readonly NamedRun[],
  settings: HistorySettings,
  only: HistoryOptions["metrics"],
): HistorySeries {
  const ordered = [...group].sort((a, b) => Date.parse(a.run.startedAt) - Date.parse(b.run.startedAt));
  const figures = ordered.map(({ run }) =>
    figuresOfSummary(run.latency.response, countsOf(run.totals), run.rate.achieved),
  );
  const { plan, environment } = ordered[0]!.run;
  return {
    plan,
    environment,
    runs: ordered.map(({ name, run }) => ({
      name,
      startedAt: run.startedAt,
      netkit: run.environment.netkit,
      quality: run.quality.verdict,
    })),
    metrics: METRICS.filter(({ name }) => only?.includes(name) ?? true).map((metric) => {
      const found = figures.map((figure) => figure[metric.name] ?? null);
      const known = found.flatMap((figure, at) => (figure === null ? [] : [{ at, value: figure.value }]));
      return {
        metric: metric.name,
        unit: metric.unit,
        better: metric.better,
        values: found.map((figure) => figure?.shown ?? null),
        ...levelsAndChanges(metric, known, ordered, settings),
      };
    }),
  };
}

function levelsAndChanges(
  metric: Metric,
  known: readonly { readonly at: number; readonly value: number }[],
  ordered: readonly NamedRun[],
  settings: HistorySettings,
): Pick<HistoryMetric, "levels" | "changes"> {
  if (known.length === 0) return { levels: [], changes: [] };
  const values = known.map(({ value }) => value);
  const least = metric.scale === "difference" ? settings.minErrorEffect : Math.log1p(settings.minEffect);
  // With less noise than this, the smallest change looked for would still stand out: series of equal values have none.
  const noise = Math.max(noiseOf(values), least / 4);
  const starts = [0, ...changePoints(withoutSpikes(values, noise), { noise })];
  const means = starts.map((from, at) => mean(values.slice(from, starts[at + 1])));
  const shown = (value: number) => (metric.scale === "ratio" ? Math.exp(value) : value);
  const levels = starts.map((from, at) => ({
    from: at === 0 ? 0 : known[from]!.at,
    to: at + 1 < starts.length ? known[starts[at + 1]!]!.at : ordered.length,
    value: shown(means[at]!),
  }));
  const changes = starts.slice(1).map((from, before) => {
    const { at } = known[from]!;
    const difference = means[before + 1]! - means[before]!;
    const verdict: HistoryChange["verdict"] =
      difference > 0 === (metric.better === "lower") ? "worse" : "better";
    return {
      at,
      run: ordered[at]!.name,
      startedAt: ordered[at]!.run.startedAt,
      before: shown(means[before]!),
      after: shown(means[before + 1]!),
      change: asChange(metric, difference),
      verdict,
    };
  });
  return { levels, changes };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
