/**
 * How far a figure of one run could have come out otherwise: the circular block bootstrap (Politis & Romano 1992; moving
 * blocks: Künsch 1989, Ann. Stat. 17:1217). Latencies of neighbouring seconds are alike, so whole blocks of seconds are
 * drawn with replacement, from any start, wrapping around the end; each draw of n seconds gives one value of the figure.
 *
 * Only the spread of the values is used, not their percentiles: with 30 seconds and blocks of 4 those are too narrow.
 * The variance is that of block sums around the run's own mean, which lacks about the share l/n; it is put back. How well
 * so few blocks can know a variance is told by `degrees`, and whoever makes an interval of it uses Student's t.
 */
import { shortBlockFactor } from "./block-length.ts";
import type { Random } from "./random.ts";

export interface Spread {
  /** Of the estimate, in its own unit. */
  readonly standardError: number;
  /** Degrees of freedom of the standard error. */
  readonly degrees: number;
  /** Pieces a block. */
  readonly block: number;
  readonly resamples: number;
}

export interface BootstrapOptions {
  /** Length of the series. */
  readonly pieces: number;
  /** Pieces a block; rounded up. */
  readonly block: number;
  /** Of neighbouring pieces: tells what short blocks leave out, and how much fewer degrees they have; default 0. */
  readonly correlation?: number;
  /** The figure when piece i counts `weights[i]` times; NaN where it does not exist. */
  readonly estimate: (weights: Int32Array) => number;
  readonly random: Random;
  readonly resamples?: number;
}

/** The spread is then known to 2 %. */
export const RESAMPLES = 1000;

/** Bound of the share of variance that is put back, for series that are hardly longer than their memory. */
const MOST_LOST = 0.6;

/** Null when fewer than two blocks fit, or the figure does not exist in one of twenty resamples. */
export function blockBootstrap(options: BootstrapOptions): Spread | null {
  const { pieces, estimate, random, resamples = RESAMPLES, correlation = 0 } = options;
  const block = Math.max(1, Math.ceil(options.block));
  if (pieces < 2 * block) return null;
  const weights = new Int32Array(pieces);
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let round = 0; round < resamples; round++) {
    drawBlocks(weights, block, random);
    const value = estimate(weights);
    if (!Number.isFinite(value)) continue;
    count++;
    const off = value - mean;
    mean += off / count;
    squares += off * (value - mean);
  }
  if (count < resamples * 0.95) return null;
  const factor = shortBlockFactor(correlation, pieces, block);
  const lost = Math.min(MOST_LOST, (factor * block) / pieces);
  const standardError = Math.sqrt(((squares / (count - 1)) * factor) / (1 - lost));
  return { standardError, degrees: blockDegrees(pieces, block, correlation), block, resamples: count };
}

/** How often each piece occurs in one resample; the last block is cut, so that the weights sum to the length. */
export function drawBlocks(weights: Int32Array, block: number, random: Random): void {
  const pieces = weights.length;
  weights.fill(0);
  for (let drawn = 0; drawn < pieces; drawn += block) {
    let at = random.below(pieces);
    const length = Math.min(block, pieces - drawn);
    for (let step = 0; step < length; step++) {
      weights[at]!++;
      if (++at === pieces) at = 0;
    }
  }
}

/**
 * Of the variance from circular blocks: it is a sum of periodogram ordinates under Fejér's kernel F, each with two degrees
 * and the mean f, the spectrum of a first-order autoregression; so (Σ F f)² / Σ (F f)² over all frequencies but 0.
 */
export function blockDegrees(pieces: number, block: number, correlation = 0): number {
  let sum = 0;
  let squares = 0;
  for (let k = 1; k < pieces; k++) {
    const half = (Math.PI * k) / pieces;
    const fejer = Math.sin(block * half) ** 2 / (block * Math.sin(half) ** 2);
    const spectrum = 1 / (1 - 2 * correlation * Math.cos(2 * half) + correlation ** 2);
    sum += fejer * spectrum;
    squares += (fejer * spectrum) ** 2;
  }
  return sum ** 2 / squares;
}
