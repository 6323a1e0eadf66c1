/**
 * The percentile spectrum of a histogram as HdrHistogram's own tools step it: a fixed number of steps for each halving
 * of the distance to 100 %, so that the tail is drawn as finely as the body. At 5 steps: 0, 10, 20, 30, 40, 50, 55, 60 …
 */
import type { LatencyHistogram } from "./histogram.ts";

export interface PercentileStep {
  readonly valueUs: number;
  /** Share from 0 to 1. */
  readonly share: number;
  /** Values at or below `valueUs`. */
  readonly total: number;
}

/** HdrHistogram's own choice for `.hgrm` files. */
export const STEPS_PER_HALVING = 5;

/** Nothing for an empty histogram; else the last step is 100 %, and none but the last stands twice in the last bucket. */
export function percentileSteps(
  histogram: LatencyHistogram,
  stepsPerHalving = STEPS_PER_HALVING,
): PercentileStep[] {
  const { count } = histogram;
  const steps: PercentileStep[] = [];
  let level = 0;
  let total = 0;
  for (const [valueUs, inBucket] of histogram) {
    total += inBucket;
    const isLast = total === count;
    while (level <= (100 * total) / count) {
      steps.push({ valueUs, share: level / 100, total });
      level += 100 / (stepsPerHalving * 2 ** (Math.floor(Math.log2(100 / (100 - level))) + 1));
      if (isLast) break;
    }
    if (isLast) steps.push({ valueUs, share: 1, total });
  }
  return steps;
}
