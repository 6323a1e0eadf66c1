/**
 * p-values corrected for their number: Benjamini & Hochberg (1995, J. R. Stat. Soc. B 57:289). Of the differences
 * called real at corrected p ≤ α, on average at most the share α is none, for independent or positively dependent
 * metrics, as the percentiles of one distribution are.
 */

/** In the order given. p(i) becomes the smallest of p(j) · n / j over ranks j ≥ i, at most 1. */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = pValues.map((_, at) => at).sort((a, b) => pValues[b]! - pValues[a]!);
  const corrected = new Array<number>(pValues.length);
  let least = 1;
  for (const [at, index] of order.entries()) {
    const rank = pValues.length - at;
    least = Math.min(least, pValues[index]! * (pValues.length / rank));
    corrected[index] = least;
  }
  return corrected;
}
