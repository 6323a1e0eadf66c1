/** The distributions of a run, decoded from its document. */
import { decodeHistogram } from "../../core/metrics/hdr-codec.ts";
import type { LatencyHistogram } from "../../core/metrics/histogram.ts";
import { type PercentileStep, percentileSteps } from "../../core/metrics/percentile-steps.ts";
import type { LatencySummary, RunResult } from "../../core/run-document.ts";

/** `generatorLateness` counts only requests for which a connection was free: the generator's own. */
export type DistributionName = keyof RunResult["latency"] | "generatorLateness";

/** Undefined where nothing was measured. */
export function distribution(result: RunResult, name: DistributionName): LatencyHistogram | undefined {
  const encoded = result.histograms[name];
  if (encoded === undefined || encoded === "") return undefined;
  const histogram = decodeHistogram(encoded, undefined, `histograms.${name}`);
  return histogram.isEmpty ? undefined : histogram;
}

export function summaryOf(result: RunResult, name: DistributionName): LatencySummary {
  return name === "generatorLateness" ? result.quality.lateness : result.latency[name];
}

/** Its spectrum. No step lies above the true maximum, which the document keeps beside the histogram. */
export function spectrum(result: RunResult, name: DistributionName): readonly PercentileStep[] {
  const histogram = distribution(result, name);
  if (histogram === undefined) return [];
  return spectrumOf(histogram, summaryOf(result, name).max ?? Number.POSITIVE_INFINITY);
}

export function spectrumOf(histogram: LatencyHistogram, maxUs: number): readonly PercentileStep[] {
  return percentileSteps(histogram).map((step) =>
    step.valueUs > maxUs ? { ...step, valueUs: maxUs } : step,
  );
}
