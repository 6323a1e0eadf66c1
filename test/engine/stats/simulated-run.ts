// Runs whose true percentiles are known: lognormal latencies that are autocorrelated from request to request and
// from second to second.
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { normalQuantile } from "../../../src/engine/stats/inference/distributions.ts";
import type { IntervalData } from "../../../src/engine/stats/inference/interval-series.ts";
import type { Random } from "../../../src/engine/stats/inference/random.ts";

export interface Simulation {
  readonly seconds: number;
  readonly perSecond: number;
  /** Median, microseconds. */
  readonly medianUs: number;
  /** Standard deviation of ln(latency) that moves with every request … */
  readonly requestSigma: number;
  /** … as a first-order autoregression with this correlation. */
  readonly requestCorrelation: number;
  /** The part that moves with every second. */
  readonly secondSigma: number;
  readonly secondCorrelation: number;
  /** Latencies above the 95th percentile are this much longer: a change of the tail alone. */
  readonly tail?: number;
  readonly failing?: number;
}

export const STEADY: Simulation = {
  seconds: 30,
  perSecond: 1000,
  medianUs: 10_000,
  requestSigma: 0.3,
  requestCorrelation: 0.8,
  secondSigma: 0.03,
  secondCorrelation: 0.5,
};

/** Of the whole population, in microseconds. */
export function trueQuantile(simulation: Simulation, share: number): number {
  const sigma = Math.hypot(simulation.requestSigma, simulation.secondSigma);
  const at = simulation.medianUs * Math.exp(sigma * normalQuantile(share));
  return share > 0.95 ? at * (simulation.tail ?? 1) : at;
}

export function simulate(simulation: Simulation, random: Random): IntervalData[] {
  const { seconds, perSecond, medianUs, requestSigma, requestCorrelation } = simulation;
  const { secondSigma, secondCorrelation, tail = 1, failing = 0 } = simulation;
  const normal = normals(random);
  const requestNoise = Math.sqrt(1 - requestCorrelation ** 2);
  const secondNoise = Math.sqrt(1 - secondCorrelation ** 2);
  const limit = trueQuantile({ ...simulation, tail: 1 }, 0.95);
  let request = normal();
  let second = normal();
  return Array.from({ length: seconds }, () => {
    const histogram = new LatencyHistogram();
    second = secondCorrelation * second + secondNoise * normal();
    const level = medianUs * Math.exp(secondSigma * second);
    let failed = 0;
    for (let sent = 0; sent < perSecond; sent++) {
      request = requestCorrelation * request + requestNoise * normal();
      const us = level * Math.exp(requestSigma * request);
      if (failing > 0 && random.next() < failing) failed++;
      else histogram.record(us > limit ? us * tail : us);
    }
    return { seconds: 1, requests: perSecond, failed, histogram };
  });
}

/** Marsaglia's polar method. */
export function normals(random: Random): () => number {
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * random.next() - 1;
      const y = 2 * random.next() - 1;
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      kept = y * scale;
      return x * scale;
    }
  };
}
