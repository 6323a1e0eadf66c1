/**
 * One letter for an endpoint, explained line by line. The scale is netkit's own:
 *
 *     everything starts at A+, and each finding puts a cap on it
 *     critical F · high C · medium B · low A · info nothing          unless the table below says otherwise
 *     an open question caps at A: nobody gets the best letter for what could not be seen
 *     T replaces any letter when clients do not accept the certificate: without that, strength is worth nothing
 *
 * Waived findings count too: a waiver excuses, it does not make the server stronger.
 */

import type { Grade, GradeLine } from "./result.ts";
import type { Finding, Severity, Subject } from "./rules/rule.ts";
import { reached } from "./rules/shared/addresses.ts";

/** Best first. */
export const LETTERS = ["A+", "A", "A-", "B", "C", "D", "E", "F"] as const;
export type Letter = (typeof LETTERS)[number];

const BY_SEVERITY: Record<Severity, Letter | undefined> = {
  critical: "F",
  high: "C",
  medium: "B",
  low: "A",
  info: undefined,
};

/** Where severity, which says how urgent a thing is, and strength part. */
const BY_RULE: Readonly<Record<string, Letter | "T" | "none">> = {
  // Clients refuse the certificate, however strong the connection.
  "cert-expired": "T",
  "cert-not-yet-valid": "T",
  "cert-name-mismatch": "T",
  "cert-no-san": "T",
  "cert-self-signed": "T",
  "cert-precertificate": "T",
  "cert-revoked": "T",
  "cert-extended-key-usage": "T",
  "cert-critical-unknown": "T",
  "cert-lifetime-too-long": "T",
  "cert-sct-missing": "T",
  "cert-untrusted": "T",
  "chain-broken-signature": "T",
  "chain-expired-issuer": "T",
  "chain-not-ca": "T",
  "chain-path-length": "T",
  "chain-name-constraints": "T",
  "chain-policy": "T",
  // Shown by a probe: whatever else is good does not matter.
  robot: "F",
  ticketbleed: "F",
  "ccs-injection": "F",
  "poodle-tls": "F",
  "cbc-padding-oracle": "F",
  "starttls-injection": "F",
  // Good for most clients, lost for a few.
  "proto-no-tls13": "A-",
  "fallback-scsv": "A-",
  "chain-incomplete": "B",
  // About operation, not about strength.
  "cert-expires-soon": "none",
  "cert-lifetime-low": "none",
  "expect-chain-differs": "none",
  "key-mismatch": "none",
  "endpoint-drift": "A-",
};

function capOf({ rule, severity }: Finding): Letter | "T" | undefined {
  const special = BY_RULE[rule];
  if (severity === "info" || special === "none") return undefined;
  // Low means: a few clients only, so not every client refuses.
  const refusesFewOnly = special === "T" && severity === "low";
  return special === undefined || refusesFewOnly ? BY_SEVERITY[severity] : special;
}

function worse(a: string, b: string): number {
  const order = (cap: string): number => (cap === "T" ? LETTERS.length : LETTERS.indexOf(cap as Letter));
  return order(b) - order(a);
}

/** Undefined when no handshake came about, no certificate was seen, or only certificates were looked at. */
export function grade(subject: Subject, findings: readonly Finding[]): Grade | undefined {
  if (reached(subject).length === 0) return undefined;
  if (findings.some(({ rule }) => rule === "certificate-unseen")) return undefined;
  const lines: GradeLine[] = [];
  const seen = new Set<string>();
  for (const finding of findings) {
    if (finding.status === "inconclusive") continue;
    const cap = capOf(finding);
    const line = `${cap} ${finding.message}`;
    if (cap === undefined || seen.has(line)) continue;
    seen.add(line);
    lines.push({ text: finding.message, cap });
  }
  if (findings.some(({ status }) => status === "inconclusive")) {
    lines.push({ text: "some questions stayed without an answer", cap: "A" });
  }
  lines.sort((a, b) => worse(a.cap, b.cap) || (a.text < b.text ? -1 : 1));
  return { letter: lines[0]?.cap ?? "A+", lines };
}
