/** Dates as findings show them: the day in UTC, never a time of day or a count that changes between runs. */

export const DAY_MS = 86_400_000;

/** `2026-03-15`; what no calendar has is shown as its number. */
export function day(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString().replace(/T.*$/, "") : `${ms} ms`;
}

/** With one decimal, for evidence only. */
export function daysBetween(fromMs: number, toMs: number): string {
  return `${((toMs - fromMs) / DAY_MS).toFixed(1)} days`;
}

/** Both ends count (RFC 5280 section 4.1.2.5), so a validity is one second longer than the difference. */
export function validityDays(notBeforeMs: number, notAfterMs: number): number {
  return (notAfterMs + 1000 - notBeforeMs) / DAY_MS;
}
