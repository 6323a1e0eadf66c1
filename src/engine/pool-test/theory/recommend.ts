/**
 * Which size to take, and why: the smallest that holds what is expected and gives, as far as noise allows to tell, the
 * most throughput. Small is worth something by itself: each connection costs the server memory and a place.
 *
 * Where the law was fitted well, it judges throughput, since it has seen all sizes and each size only itself.
 */
import type { SizeRow } from "../result.ts";
import { type UslFit, uslThroughput } from "./usl.ts";

export interface Recommended {
  readonly size: number;
  /** One sentence. */
  readonly reason: string;
  /** Null without expectations. */
  readonly meetsExpectations: boolean | null;
}

/** As much less than the best is the same for all that a person would notice. */
const SAME = 0.05;
/** A law that explains less than this share does not judge. */
const TRUSTED_R2 = 0.95;

/** Undefined when no size served anybody. Where none was measured soundly, the reason says what it rests on. */
export function recommend(rows: readonly SizeRow[], fit: UslFit | undefined): Recommended | undefined {
  const served = rows.filter(({ counts }) => counts.succeeded > 0);
  const sound = served.filter(({ suspect }) => !suspect);
  if (sound.length > 0) return recommendOf(sound, fit);
  const found = served.length === 0 ? undefined : recommendOf(served, fit);
  return (
    found && {
      ...found,
      reason: `${found.reason}; every size is suspect, so measure again before you take it`,
    }
  );
}

function recommendOf(candidates: readonly SizeRow[], fit: UslFit | undefined): Recommended {
  const expects = candidates.some(({ expectations }) => expectations.length > 0);
  const holding = candidates.filter(({ expectations }) => expectations.every(({ holds }) => holds));
  if (holding.length === 0) {
    const nearest = candidates.reduce((best, row) => (broken(row) < broken(best) ? row : best));
    return {
      size: nearest.size,
      reason: `no size holds what is expected; ${nearest.size} comes nearest, and waits ${shownWait(nearest)}`,
      meetsExpectations: false,
    };
  }
  const rate = throughputBy(fit);
  const best = holding.reduce((most, row) => (rate(row) > rate(most) ? row : most));
  const measuredMost = Math.max(...holding.map(({ throughput }) => throughput.mean));
  // A server that saturates at once is flatter than any law: what was measured may be enough by itself.
  const isEnough = (row: SizeRow): boolean =>
    rate(row) >= rate(best) * (1 - SAME) || row.throughput.mean >= measuredMost * (1 - SAME);
  const chosen = holding.find(isEnough) ?? best;
  return {
    size: chosen.size,
    reason: reasonOf(chosen, best, candidates, expects, rate),
    meetsExpectations: expects ? true : null,
  };
}

/** The smallest size that was measured beyond the best one and gives less by more than noise; null: none does. */
export function worseFrom(rows: readonly SizeRow[]): number | null {
  const best = rows.reduce<SizeRow | undefined>(
    (most, row) => (most === undefined || row.throughput.mean > most.throughput.mean ? row : most),
    undefined,
  );
  if (best === undefined) return null;
  const lowest = best.throughput.low ?? best.throughput.mean * (1 - SAME);
  const worse = rows.find(
    ({ size, throughput }) =>
      size > best.size &&
      throughput.mean < best.throughput.mean * (1 - SAME) &&
      (throughput.high ?? throughput.mean) < Math.max(lowest, best.throughput.mean * (1 - 2 * SAME)),
  );
  return worse?.size ?? null;
}

type Rate = (row: SizeRow) => number;

function throughputBy(fit: UslFit | undefined): Rate {
  if (fit === undefined || fit.r2 < TRUSTED_R2) return ({ throughput }) => throughput.mean;
  return ({ size }) => uslThroughput(fit, size);
}

/** How many expectations, then how long callers wait: the less, the nearer. */
function broken({ expectations, latency }: SizeRow): number {
  const count = expectations.filter(({ holds }) => !holds).length;
  const waitUs = latency.wait.p99 ?? Number.MAX_SAFE_INTEGER;
  return count + waitUs / (waitUs + 1e6);
}

function shownWait({ latency }: SizeRow): string {
  return latency.wait.p99 === null
    ? "without an end"
    : `${(latency.wait.p99 / 1000).toPrecision(3)} ms at p99`;
}

function reasonOf(
  chosen: SizeRow,
  best: SizeRow,
  all: readonly SizeRow[],
  expects: boolean,
  rate: Rate,
): string {
  const share = (row: SizeRow): string => `${Math.round((rate(row) / rate(best)) * 100)}%`;
  const holds = expects ? "holds what is expected and " : "";
  const gives =
    chosen === best ? "gives the most" : `gives ${share(chosen)} of the most, that of ${best.size}`;
  const last = all.at(-1)!;
  const falls = last.size > chosen.size && rate(last) < rate(best) * (1 - SAME);
  return `the smallest size that ${holds}${gives}${falls ? `; ${last.size} gives ${share(last)}` : ""}`;
}
