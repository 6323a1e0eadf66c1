/**
 * Mann & Whitney's U (1947, Ann. Math. Stat. 18:50): does a value of one side tend to exceed one of the other? Two-sided.
 * Exact for small samples without ties; otherwise the normal approximation, its variance corrected for ties and
 * its statistic for continuity, as R's `wilcox.test` and scipy's `mannwhitneyu` have it.
 */
import { normalTwoSided } from "./distributions.ts";

export interface MannWhitneyResult {
  /** Pairs in which the first side's value is larger; a tie counts half. */
  readonly u: number;
  readonly p: number;
  readonly exact: boolean;
}

/** R's limit: below it, and without ties, the exact distribution. */
const EXACT_BELOW = 50;

export interface MannWhitneyOptions {
  readonly method?: "auto" | "exact" | "asymptotic";
  /** Default true. */
  readonly continuity?: boolean;
}

/** Null when a side is empty. */
export function mannWhitney(
  first: readonly number[],
  second: readonly number[],
  { method = "auto", continuity = true }: MannWhitneyOptions = {},
): MannWhitneyResult | null {
  const [m, n] = [first.length, second.length];
  if (m === 0 || n === 0) return null;
  const { rankSum, ties } = rank(first, second);
  const u = rankSum - (m * (m + 1)) / 2;
  const exact = method === "exact" || (method === "auto" && ties === 0 && m < EXACT_BELOW && n < EXACT_BELOW);
  if (exact) return { u, p: exactP(Math.round(Math.max(u, m * n - u)), m, n), exact };
  const count = m + n;
  const deviation = Math.sqrt(((m * n) / 12) * (count + 1 - ties / (count * (count - 1))));
  const distance = Math.max(0, Math.abs(u - (m * n) / 2) - (continuity ? 0.5 : 0));
  return { u, p: deviation === 0 ? 1 : normalTwoSided(distance / deviation), exact };
}

/** Sum of the first side's ranks, tied values sharing their mean rank; `ties` is Σ t³ − t over groups. */
function rank(first: readonly number[], second: readonly number[]): { rankSum: number; ties: number } {
  const all = [
    ...first.map((value) => ({ value, mine: true })),
    ...second.map((value) => ({ value, mine: false })),
  ].sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from + 1;
    while (to < all.length && all[to]!.value === all[from]!.value) to++;
    const size = to - from;
    for (let at = from; at < to; at++) if (all[at]!.mine) rankSum += (from + 1 + to) / 2;
    ties += size ** 3 - size;
    from = to;
  }
  return { rankSum, ties };
}

/** 2 · P(U ≥ u), at most 1. */
function exactP(u: number, m: number, n: number): number {
  const ways = waysByU(m, n);
  let total = 0;
  let extreme = 0;
  for (const [value, count] of ways.entries()) {
    total += count;
    if (value >= u) extreme += count;
  }
  return Math.min(1, (2 * extreme) / total);
}

/** How many arrangements give each U from 0 to m · n. Exact to 2^53; beyond it relatively precise, all terms being counts. */
function waysByU(m: number, n: number): Float64Array {
  // ways[i][u]: i values of the first side win u pairs; the second side's values join one by one.
  const top = m * n;
  let ways = Array.from({ length: m + 1 }, () => new Float64Array(top + 1));
  for (const row of ways) row[0] = 1;
  for (let j = 1; j <= n; j++) {
    const next = Array.from({ length: m + 1 }, () => new Float64Array(top + 1));
    next[0]![0] = 1;
    for (let i = 1; i <= m; i++) {
      // The largest of all is the first side's and beats j, or the second side's and beats none.
      const [row, without, before] = [next[i]!, next[i - 1]!, ways[i]!];
      for (let u = 0; u <= i * j; u++) row[u] = (u >= j ? without[u - j]! : 0) + before[u]!;
    }
    ways = next;
  }
  return ways[m]!;
}
