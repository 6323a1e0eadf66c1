/**
 * A/A: one side split in two again and again. Whatever comes out better or worse is a false alarm, so its share tells how
 * far this setup's verdicts can be trusted. Several runs are dealt to two sides; the seconds of a single run are dealt
 * in blocks, which shows the run's own noise but nothing of what differs between runs.
 */
import { usageError } from "../../../core/errors.ts";
import type { IntervalData } from "../inference/interval-series.ts";
import { createRandom, type Random, shuffle } from "../inference/random.ts";
import { type CompareOptions, measureRun, settingsOf, sideOf } from "./compare.ts";
import { countsOf, figuresOfIntervals, readIntervals } from "./figures.ts";
import { refuseUnlike, unlikeFields } from "./likeness.ts";
import { METRICS } from "./metrics.ts";
import type { AaResult, CompareSettings, MetricComparison } from "./result.ts";
import type { NamedRun } from "./run.ts";
import { compareSides, type MeasuredRun } from "./sides.ts";

export const SPLITS = 100;

/** Two blocks of ten for each side. */
const LEAST_SECONDS = 40;
const BLOCK_SECONDS = 5;

/** @throws NetkitError as `compareRuns` does, and a usage error for a single run that is too short to split. */
export function testAlike(side: readonly NamedRun[], options: CompareOptions): AaResult {
  const settings = settingsOf(options);
  if (side.length === 0)
    throw usageError("--aa needs at least one run", "netkit stats compare --aa run.json");
  if (options.force !== true) refuseUnlike(unlikeFields(side));
  const random = createRandom(settings.seed);
  const [only, ...more] = side;
  const outcomes =
    more.length === 0 ? splitSeconds(only!, random, settings) : splitRuns(side, random, settings);
  const count = (name: string, verdict: MetricComparison["verdict"]) =>
    outcomes.filter((metrics) =>
      metrics.some((one) => one.endpoint === null && one.metric === name && one.verdict === verdict),
    ).length;
  const alarms = outcomes.filter((metrics) =>
    metrics.some(({ verdict }) => verdict === "better" || verdict === "worse"),
  ).length;
  return {
    schema: "netkit.compare/1",
    mode: "aa",
    version: options.version,
    design: "runs",
    interrupted: false,
    leftOut: 0,
    settings,
    side: sideOf(side),
    split: more.length === 0 ? "seconds" : "runs",
    splits: outcomes.length,
    falseAlarms: alarms / outcomes.length,
    metrics: METRICS.map(({ name }) => ({
      metric: name,
      better: count(name, "better"),
      worse: count(name, "worse"),
      same: count(name, "same"),
      undecided: count(name, "undecided"),
    })),
  };
}

function splitRuns(
  side: readonly NamedRun[],
  random: Random,
  settings: CompareSettings,
): MetricComparison[][] {
  const measured = side.map((run) => measureRun(run, random, settings));
  const half = Math.floor(side.length / 2);
  return dealings(measured.length, half, random).map((chosen) =>
    compareSides(
      measured.filter((_, at) => chosen.has(at)),
      measured.filter((_, at) => !chosen.has(at)),
      settings,
    ),
  );
}

/** Every way to choose the first side when they are few, else as many different ones by chance. */
function dealings(count: number, half: number, random: Random): Set<number>[] {
  const found = new Map<string, Set<number>>();
  const places = Array.from({ length: count }, (_, at) => at);
  // Enough tries that all ways are met where there are fewer than SPLITS.
  for (let tries = 0; tries < SPLITS * 50 && found.size < SPLITS; tries++) {
    shuffle(places, random);
    const chosen = places.slice(0, half).sort((a, b) => a - b);
    // Of two equal halves one way and its mirror are the same.
    const mirrored = 2 * half === count && chosen[0] !== 0;
    const key = mirrored ? undefined : chosen.join();
    if (key !== undefined) found.set(key, new Set(chosen));
  }
  return [...found.values()];
}

function splitSeconds(only: NamedRun, random: Random, settings: CompareSettings): MetricComparison[][] {
  const intervals = readIntervals(only.run, only.name).filter(({ seconds }) => seconds > 0);
  if (intervals.length < LEAST_SECONDS) {
    throw usageError(
      `${only.name} has ${intervals.length} seconds, and --aa of a single run needs ${LEAST_SECONDS}`,
      "give several runs, or a longer one",
      only.name,
    );
  }
  const size = Math.max(BLOCK_SECONDS, Math.ceil(intervals.length / 100));
  const blocks: IntervalData[][] = [];
  for (let from = 0; from < intervals.length; from += size) blocks.push(intervals.slice(from, from + size));
  const { censoredShare } = countsOf(only.run.totals);
  const measure = (dealt: IntervalData[][]): MeasuredRun => {
    const half = dealt.flat();
    const requests = half.reduce((sum, interval) => sum + interval.requests, 0);
    const failed = half.reduce((sum, interval) => sum + interval.failed, 0);
    const counts = { requests, failed, timedOut: 0, censoredShare };
    return {
      whole: figuresOfIntervals(half, counts, undefined, random, settings.resamples),
      endpoints: new Map(),
    };
  };
  return Array.from({ length: SPLITS }, () => {
    const order = blocks.map((_, at) => at);
    shuffle(order, random);
    const first = new Set(order.slice(0, order.length >> 1));
    return compareSides(
      [measure(blocks.filter((_, at) => first.has(at)))],
      [measure(blocks.filter((_, at) => !first.has(at)))],
      settings,
    );
  });
}
