/**
 * The policies of a path (RFC 5280 §6.1.2 to §6.1.5), for a client that takes any policy. All it can find wrong is
 * a policy that had to be there and is not, or an extension that makes no sense.
 *
 * The tree of the RFC can grow without bounds (CVE-2023-0464). Here a level is a set: a policy stands in it once,
 * whatever its parents, since only whether a level is empty decides. Time is linear in what the certificates say.
 */
import { nameKey } from "./distinguished-name.ts";
import type { Certificate } from "./model.ts";
import { EXT } from "./oids.ts";
import { ANY_POLICY } from "./policy-rules.ts";

export interface PolicyFault {
  /** In the path; 0 = leaf. */
  readonly position: number;
  readonly kind: "none-holds" | "unreadable" | "maps-any";
}

/** Policies that hold at a level, each with those that a certificate below may name for it. */
type Level = Map<string, ReadonlySet<string>>;

/** The first fault from the anchor down. @param path leaf first, without the anchor */
export function policyFault(path: readonly Certificate[]): PolicyFault | undefined {
  const count = path.length;
  let level: Level = new Map([[ANY_POLICY, new Set([ANY_POLICY])]]);
  let [explicit, mapping, any] = [count + 1, count + 1, count + 1];
  for (let position = count - 1; position >= 0; position--) {
    const certificate = path[position]!;
    const { policyRules: rules } = certificate;
    const leaf = position === 0;
    const own = isSelfIssued(certificate);
    if (rules.broken) return { position, kind: "unreadable" };
    level = descend(level, certificate, any > 0 || (!leaf && own));
    if (explicit === 0 && level.size === 0) return { position, kind: "none-holds" };
    if (leaf) {
      if (explicit > 0) explicit--;
      if (rules.requireExplicit === 0) explicit = 0;
      if (explicit === 0 && level.size === 0) return { position, kind: "none-holds" };
      return undefined;
    }
    if (rules.mappings.some(({ issuer, subject }) => issuer === ANY_POLICY || subject === ANY_POLICY)) {
      return { position, kind: "maps-any" };
    }
    level = mapped(level, rules.mappings, mapping > 0);
    if (!own) [explicit, mapping, any] = [explicit, mapping, any].map(less) as [number, number, number];
    explicit = Math.min(explicit, rules.requireExplicit ?? explicit);
    mapping = Math.min(mapping, rules.inhibitMapping ?? mapping);
    any = Math.min(any, rules.inhibitAny ?? any);
  }
  return undefined;
}

/** §6.1.3 (d) and (e). @param anyCounts anyPolicy of this certificate stands for whatever may follow */
function descend(parents: Level, certificate: Certificate, anyCounts: boolean): Level {
  const level: Level = new Map();
  if (!certificate.extensions.some(({ oid }) => oid === EXT.certificatePolicies)) return level;
  const allowed = new Set<string>();
  for (const expected of parents.values()) for (const policy of expected) allowed.add(policy);
  const anyParent = parents.has(ANY_POLICY);
  for (const policy of certificate.policies) {
    if (policy !== ANY_POLICY && (anyParent || allowed.has(policy))) level.set(policy, new Set([policy]));
  }
  if (anyCounts && certificate.policies.includes(ANY_POLICY)) {
    for (const policy of allowed) if (!level.has(policy)) level.set(policy, new Set([policy]));
  }
  return level;
}

/** §6.1.4 (b). */
function mapped(level: Level, mappings: Certificate["policyRules"]["mappings"], allowed: boolean): Level {
  const targets = new Map<string, Set<string>>();
  for (const { issuer, subject } of mappings) {
    const known = targets.get(issuer);
    if (known === undefined) targets.set(issuer, new Set([subject]));
    else known.add(subject);
  }
  const next: Level = new Map(level);
  for (const [issuer, subjects] of targets) {
    if (!allowed) next.delete(issuer);
    else if (level.has(issuer) || level.has(ANY_POLICY)) next.set(issuer, subjects);
  }
  return next;
}

function less(count: number): number {
  return Math.max(0, count - 1);
}

function isSelfIssued(certificate: Certificate): boolean {
  return nameKey(certificate.subject) === nameKey(certificate.issuer);
}
