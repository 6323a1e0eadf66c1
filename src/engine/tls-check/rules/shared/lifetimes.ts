/**
 * The longest validity that public authorities may give a TLS server certificate, by the day it begins
 * (CA/Browser Forum Baseline Requirements section 6.3.2; ballots 193, SC-31 and SC-081v3).
 */
import { DAY_MS } from "./dates.ts";

export interface LifetimeLimit {
  /** Certificates that begin on this day (UTC) or later. */
  readonly from: string;
  readonly limit: { readonly days: number } | { readonly months: number };
  readonly source: string;
}

/** Newest first. */
export const LIFETIME_LIMITS: readonly LifetimeLimit[] = [
  { from: "2029-03-15", limit: { days: 47 }, source: "ballot SC-081v3" },
  { from: "2027-03-15", limit: { days: 100 }, source: "ballot SC-081v3" },
  { from: "2026-03-15", limit: { days: 200 }, source: "ballot SC-081v3" },
  { from: "2020-09-01", limit: { days: 398 }, source: "browser policies of 2020, ballot SC-31" },
  { from: "2018-03-01", limit: { days: 825 }, source: "ballot 193" },
  { from: "2015-04-01", limit: { months: 39 }, source: "Baseline Requirements 1.0, section 9.4.1" },
  { from: "2012-07-01", limit: { months: 60 }, source: "Baseline Requirements 1.0, section 9.4" },
];

/** Undefined before there were any rules. */
export function lifetimeLimit(notBeforeMs: number): LifetimeLimit | undefined {
  return LIFETIME_LIMITS.find((entry) => notBeforeMs >= Date.parse(entry.from));
}

/** The last millisecond-exact end that the limit allows, both ends counted. */
export function latestEnd(notBeforeMs: number, { limit }: LifetimeLimit): number {
  if ("days" in limit) return notBeforeMs + limit.days * DAY_MS - 1000;
  const end = new Date(notBeforeMs);
  end.setUTCMonth(end.getUTCMonth() + limit.months);
  // Months were never counted to the second; the day itself is given.
  return end.getTime() + DAY_MS - 1000;
}

export function showLimit({ limit }: LifetimeLimit): string {
  return "days" in limit ? `${limit.days} days` : `${limit.months} months`;
}
