/**
 * Dated excuses. A waiver hides a finding until its day is over; after that the finding counts again, and the
 * waiver itself makes the check fail until somebody renews it or takes it out.
 */
import { matchesGlob } from "./glob.ts";
import type { CheckResult, WaivedFinding } from "./result.ts";
import type { Finding } from "./rules/rule.ts";

export interface Waiver {
  readonly rule: string;
  /** Pattern over a finding's place or its target's name; undefined = everywhere. */
  readonly where?: string | undefined;
  /** `2026-12-31`, the last day on which it holds, in UTC. */
  readonly until: string;
  readonly reason: string;
}

const DAY_MS = 86_400_000;

export function isExpired({ until }: Waiver, atMs: number): boolean {
  return atMs >= Date.parse(until) + DAY_MS;
}

/** All waivers whose day is over, whether or not there is still something to excuse. */
export function expiredWaivers(waivers: readonly Waiver[], atMs: number): CheckResult["expiredWaivers"] {
  return waivers.filter((waiver) => isExpired(waiver, atMs)).map(({ rule, until }) => ({ rule, until }));
}

export interface Waived {
  readonly findings: readonly Finding[];
  readonly waived: readonly WaivedFinding[];
}

/** Parts the findings of one target into those that count and those that are excused; order is kept. */
export function applyWaivers(
  findings: readonly Finding[],
  waivers: readonly Waiver[],
  target: string,
  atMs: number,
): Waived {
  const holding = waivers.filter((waiver) => !isExpired(waiver, atMs));
  const counted: Finding[] = [];
  const waived: WaivedFinding[] = [];
  for (const finding of findings) {
    const waiver = holding.find((one) => covers(one, finding, target));
    if (waiver === undefined) counted.push(finding);
    else waived.push({ ...finding, waiver: { reason: waiver.reason, until: waiver.until } });
  }
  return { findings: counted, waived };
}

function covers({ rule, where }: Waiver, finding: Finding, target: string): boolean {
  if (rule !== finding.rule) return false;
  return where === undefined || matchesGlob(where, finding.where) || matchesGlob(where, target);
}
