/**
 * Path validation (RFC 5280 §6) on a path that is already built: dates, authority, path length, key usage, purposes,
 * name constraints, policies, critical extensions, key identifiers. All breaches are listed, not only the first.
 */
import type { PathProblem } from "./chain.ts";
import { nameKey } from "./distinguished-name.ts";
import type { Certificate } from "./model.ts";
import { forbiddenName } from "./name-constraints.ts";
import { EKU, UNDERSTOOD_EXTENSIONS } from "./oids.ts";
import { opensslRefuses, opensslTakesForIssuer } from "./openssl-view.ts";
import type { SignatureMemo } from "./signature-memo.ts";
import { policyFault } from "./validate-policies.ts";

export interface ValidationOptions {
  readonly atMs: number;
  /** The last certificate is trusted as it is: nobody has to vouch for it. */
  readonly anchored: boolean;
  readonly signatures: SignatureMemo;
}

/** Purposes that let an authority stand above a TLS server: its own, any, and the two historic ones. */
const SERVER_PURPOSES: ReadonlySet<string> = new Set([
  EKU.serverAuth,
  EKU.any,
  EKU.netscapeSgc,
  EKU.microsoftSgc,
]);

export function shortName(certificate: Certificate): string {
  return (
    certificate.subject.commonNames[0] ??
    certificate.subject.organization ??
    (certificate.subject.text || "(no name)")
  );
}

export function isSelfIssued(certificate: Certificate): boolean {
  return nameKey(certificate.subject) === nameKey(certificate.issuer);
}

export function validatePath(
  path: readonly Certificate[],
  options: ValidationOptions,
): readonly PathProblem[] {
  const problems: PathProblem[] = [];
  for (const [position, certificate] of path.entries()) {
    const problem = (kind: PathProblem["kind"], detail: string): void => {
      problems.push({ kind, certificate, position, detail });
    };
    const name = `"${shortName(certificate)}"`;
    const last = position === path.length - 1;
    checkDates(certificate, name, options.atMs, problem);
    const issuer = path[position + 1];
    if (issuer !== undefined) checkIssuer(certificate, issuer, name, options.signatures, problem);
    if (!(last && options.anchored)) checkCritical(certificate, name, problem);
    if (position > 0) checkAuthority(path, position, name, last && options.anchored, problem);
  }
  checkPolicies(path, options.anchored, problems);
  return problems;
}

const POLICY_FAULTS = {
  "none-holds": "no policy of it holds, and an authority above it demands one (policyConstraints)",
  unreadable: "its policies cannot be read",
  "maps-any": "it maps a policy to any policy",
} as const;

/** An anchor's own policies do not count; a root that nobody trusts is taken for one here. */
function checkPolicies(path: readonly Certificate[], anchored: boolean, problems: PathProblem[]): void {
  const top = path[path.length - 1];
  const below = anchored || (top !== undefined && isSelfIssued(top)) ? path.slice(0, -1) : path;
  const fault = policyFault(below);
  if (fault === undefined) return;
  const { position, kind } = fault;
  const certificate = below[position]!;
  const detail = `"${shortName(certificate)}": ${POLICY_FAULTS[kind]}`;
  problems.push({ kind: "policy", certificate, position, detail });
}

/**
 * Why clients refuse a path that breaks no rule of validation: a certificate that is made to be refused, that
 * OpenSSL does not take, or whose signature cannot be verified here. The anchor counts as it is.
 */
export function refusal(path: readonly Certificate[], signatures: SignatureMemo): string | undefined {
  for (const [position, certificate] of path.entries()) {
    const name = `"${shortName(certificate)}"`;
    if (certificate.precertificate) return `${name} is a precertificate, which no client accepts`;
    const issuer = path[position + 1];
    if (issuer === undefined && position > 0) return undefined;
    if (!certificate.signatureAlgorithmsAgree) return `${name} names two different signature algorithms`;
    const refused = opensslRefuses(certificate);
    if (refused !== undefined) return `${name} is not accepted: ${refused}`;
    if (issuer === undefined) return undefined;
    if (signatures.verify(certificate, issuer) === undefined) {
      return `the signature of ${name} (${certificate.signatureAlgorithm}) cannot be verified here`;
    }
    if (!opensslTakesForIssuer(certificate, issuer)) {
      return `OpenSSL does not take "${shortName(issuer)}" for the issuer of ${name}: extensions contradict it or cannot be read`;
    }
  }
  return undefined;
}

type Report = (kind: PathProblem["kind"], detail: string) => void;

function checkDates(certificate: Certificate, name: string, atMs: number, report: Report): void {
  if (atMs > certificate.notAfterMs) report("expired", `${name} expired on ${day(certificate.notAfterMs)}`);
  if (atMs < certificate.notBeforeMs)
    report("not-yet-valid", `${name} begins only on ${day(certificate.notBeforeMs)}`);
}

function checkIssuer(
  certificate: Certificate,
  issuer: Certificate,
  name: string,
  signatures: SignatureMemo,
  report: Report,
): void {
  const verdict = signatures.verify(certificate, issuer);
  if (verdict === false)
    report("signature", `the signature of ${name} was not made by the key of "${shortName(issuer)}"`);
  const { authorityKeyId } = certificate;
  if (
    authorityKeyId !== undefined &&
    issuer.subjectKeyId !== undefined &&
    authorityKeyId !== issuer.subjectKeyId
  ) {
    report("key-identifier", `${name} names another key of its issuer than "${shortName(issuer)}" has`);
  }
}

/** The precertificate poison is understood, but made so that no client accepts it (RFC 6962 §3.1). */
function checkCritical(certificate: Certificate, name: string, report: Report): void {
  for (const { critical, oid } of certificate.extensions) {
    if (critical && !UNDERSTOOD_EXTENSIONS.has(oid)) {
      report("critical-unknown", `${name} has the critical extension ${oid}, which clients do not know`);
    }
  }
}

function checkAuthority(
  path: readonly Certificate[],
  position: number,
  name: string,
  isAnchor: boolean,
  report: Report,
): void {
  const authority = path[position]!;
  // Anchors of version 1 cannot say that they are authorities (RFC 5280 §6.1.1 leaves anchors to the client).
  const oldAnchor = authority.version < 3 && isSelfIssued(authority) && position === path.length - 1;
  const ca = authority.basicConstraints?.ca ?? false;
  if (!ca && !oldAnchor) report("not-ca", `${name} issues certificates without being an authority`);
  if (authority.keyUsage !== undefined && !authority.keyUsage.uses.includes("keyCertSign")) {
    report("no-cert-sign", `the key of ${name} may not sign certificates (keyUsage)`);
  }
  checkPathLength(path, position, name, report);
  const purposes = authority.extendedKeyUsage;
  if (!isAnchor && purposes !== undefined && !purposes.some((purpose) => SERVER_PURPOSES.has(purpose))) {
    report("extended-key-usage", `${name} may not issue for TLS servers (extendedKeyUsage)`);
  }
  for (let below = position - 1; below >= 0; below--) {
    const certificate = path[below]!;
    if (below > 0 && isSelfIssued(certificate)) continue;
    const forbidden = forbiddenName(certificate, authority);
    if (forbidden !== undefined) {
      report("name-constraints", `${name} does not allow "${shortName(certificate)}": ${forbidden}`);
      break;
    }
  }
}

/** Intermediates below it, self-issued ones not counted, must not be more than it allows (RFC 5280 §4.2.1.9). */
function checkPathLength(path: readonly Certificate[], position: number, name: string, report: Report): void {
  const allowed = path[position]!.basicConstraints?.pathLength;
  if (allowed === undefined) return;
  const below = path.slice(1, position).filter((certificate) => !isSelfIssued(certificate)).length;
  if (below > allowed)
    report("path-length", `${name} allows ${allowed} authorities below it, and there are ${below}`);
}

function day(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "an impossible date" : date.toISOString().slice(0, 10);
}
