/** `netkit stats compare`: was it really slower? Runs of two sides in, verdicts out; plain data both ways. */
import { NetkitError, usageError } from "../../../core/errors.ts";
import { RESAMPLES } from "../inference/block-bootstrap.ts";
import { createRandom, type Random } from "../inference/random.ts";
import { countsOf, figuresOfIntervals, figuresOfSummary, readIntervals } from "./figures.ts";
import { refuseUnlike, unlikeFields } from "./likeness.ts";
import type { ComparedSide, CompareResult, CompareSettings } from "./result.ts";
import type { NamedRun } from "./run.ts";
import { compareSides, type MeasuredRun } from "./sides.ts";
import { overall } from "./verdict.ts";

export interface CompareOptions extends Partial<CompareSettings> {
  /** Of netkit, for the document. */
  readonly version: string;
  /** Compare what is unlike. */
  readonly force?: boolean;
}

export const DEFAULT_SETTINGS: CompareSettings = {
  confidence: 0.95,
  minEffect: 0.03,
  // One request in a thousand.
  minErrorEffect: 0.001,
  seed: 1,
  resamples: RESAMPLES,
};

/**
 * The same files, settings and seed give the same document.
 *
 * @throws NetkitError `NK_RUN_WITHOUT_REQUESTS` for held connections and streams; `NK_RUNS_UNLIKE` unless forced; `NK_HISTOGRAM_BAD` for a damaged file; a usage error for a side
 *   without runs.
 */
export function compareRuns(
  base: readonly NamedRun[],
  candidate: readonly NamedRun[],
  options: CompareOptions,
): CompareResult {
  if (base.length === 0 || candidate.length === 0) {
    throw usageError(
      "a comparison needs runs on both sides",
      "netkit stats compare base.json -- candidate.json",
    );
  }
  for (const run of [...base, ...candidate]) refuseWithoutRequests(run);
  const settings = settingsOf(options);
  const unlike = unlikeFields([...base, ...candidate]);
  if (options.force !== true) refuseUnlike(unlike);
  const random = createRandom(settings.seed);
  const measure = (runs: readonly NamedRun[]) => runs.map((run) => measureRun(run, random, settings));
  const metrics = compareSides(measure(base), measure(candidate), settings);
  const needed = metrics
    .filter(({ verdict }) => verdict === "undecided")
    .map(({ furtherRuns }) => furtherRuns ?? 0);
  const most = Math.max(0, ...needed);
  return {
    schema: "netkit.compare/1",
    mode: "compare",
    version: options.version,
    design: "runs",
    interrupted: false,
    leftOut: 0,
    settings,
    base: sideOf(base),
    candidate: sideOf(candidate),
    unlike,
    forced: options.force === true && unlike.some(({ refuses }) => refuses),
    metrics,
    verdict: overall(metrics),
    furtherRuns: most > 0 ? most : null,
  };
}

export function settingsOf(options: Partial<CompareSettings>): CompareSettings {
  const pick = (name: keyof CompareSettings) => options[name] ?? DEFAULT_SETTINGS[name];
  return {
    confidence: pick("confidence"),
    minEffect: pick("minEffect"),
    minErrorEffect: pick("minErrorEffect"),
    seed: pick("seed"),
    resamples: pick("resamples"),
  };
}

export function measureRun({ name, run }: NamedRun, random: Random, settings: CompareSettings): MeasuredRun {
  const { totals, rate, latency, endpoints } = run;
  const counts = countsOf(totals);
  const intervals = readIntervals(run, name);
  const whole = intervals.some(({ histogram }) => !histogram.isEmpty)
    ? figuresOfIntervals(intervals, counts, rate.achieved, random, settings.resamples)
    : figuresOfSummary(latency.response, counts, rate.achieved);
  const parts = endpoints.length < 2 ? [] : endpoints;
  return {
    whole,
    endpoints: new Map(
      parts.map((endpoint) => [
        endpoint.name,
        figuresOfSummary(
          endpoint.latency.response,
          countsOf(endpoint.totals),
          totals.seconds > 0 ? endpoint.totals.requests / totals.seconds : Number.NaN,
        ),
      ]),
    ),
  };
}

export function sideOf(runs: readonly NamedRun[]): ComparedSide {
  return {
    runs: runs.map(({ name, run }) => ({
      name,
      startedAt: run.startedAt,
      seconds: run.totals.seconds,
      requests: run.totals.requests,
      quality: run.quality.verdict,
      interrupted: run.interrupted,
    })),
  };
}

/** Nothing that was measured would look the same. */
function refuseWithoutRequests({ name, run }: NamedRun): void {
  if (run.plan.load === "closed" || run.plan.load === "open") return;
  throw new NetkitError("file", "NK_RUN_WITHOUT_REQUESTS", `${name} has no requests that could be compared`, {
    subject: name,
    why: "its connections were held, or carried bytes without requests",
    next: "compare runs with requests; netkit stats FILE shows this one, and --expect judges it as it runs",
  });
}
