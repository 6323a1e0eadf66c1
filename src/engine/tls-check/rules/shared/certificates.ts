/**
 * Certificates of a subject as rules walk over them: the leaf of every chain, and the authorities sent with it.
 */
import type { ChainAnalysis, PathProblem } from "../../certificates/chain.ts";
import type { Certificate } from "../../certificates/model.ts";
import type { Subject } from "../rule.ts";
import type { Draft } from "./define.ts";

export interface CertificateSpot {
  readonly chain: ChainAnalysis;
  readonly certificate: Certificate;
  readonly where: string;
}

/** Common name, else the whole subject, else the serial number: what a person knows a certificate by. */
export function nameOf(certificate: Certificate): string {
  const { commonNames, text } = certificate.subject;
  return commonNames.at(-1) ?? (text === "" ? `serial ${certificate.serial}` : text);
}

/** DNS names and addresses of the subjectAltName. */
export function hostNames(certificate: Certificate): readonly string[] {
  return (certificate.subjectAltNames ?? [])
    .filter(({ kind }) => kind === "dns" || kind === "ip")
    .map(({ value }) => value);
}

/** A file that holds an authority, not a server's certificate: rules for servers do not apply to it. */
export function isAuthorityFile(chain: ChainAnalysis): boolean {
  return (
    chain.served === undefined &&
    chain.leaf.basicConstraints?.ca === true &&
    hostNames(chain.leaf).length === 0
  );
}

export function leaves(subject: Subject): readonly CertificateSpot[] {
  return subject.chains.map((chain) => ({ chain, certificate: chain.leaf, where: chain.where }));
}

/** Authorities that the server itself sends, and so has to replace when they end; roots aside, which nobody needs. */
export function sentIssuers(subject: Subject): readonly CertificateSpot[] {
  return issuers(subject).filter(
    ({ chain, certificate }) =>
      !isSelfIssued(certificate) && chain.sent.some((one) => sameCertificate(one, certificate)),
  );
}

/** Leaves that a server is meant to show. */
export function serverLeaves(subject: Subject): readonly CertificateSpot[] {
  return leaves(subject).filter(({ chain }) => !isAuthorityFile(chain));
}

/** Names are equal to the byte: issuer and subject. */
export function isSelfIssued(certificate: Certificate): boolean {
  return Buffer.compare(certificate.issuer.der, certificate.subject.der) === 0;
}

export function sameCertificate(a: Certificate, b: Certificate): boolean {
  return a.sha256 === b.sha256;
}

/** Place of a certificate of a chain: the chain's own for the leaf, with number and name for the others. */
export function placeInChain(chain: ChainAnalysis, certificate: Certificate): string {
  const index = chain.sent.findIndex((one) => sameCertificate(one, certificate));
  if (index === 0) return chain.where;
  const name = nameOf(certificate);
  return index < 0 ? `${chain.where}, issuer ${name}` : `${chain.where}, certificate ${index + 1} (${name})`;
}

/** Authorities of a chain: what was sent beyond the leaf, and what its path adds from a trust store. */
export function issuers(subject: Subject): readonly CertificateSpot[] {
  return subject.chains.flatMap((chain) => {
    const seen = new Set([chain.leaf.sha256]);
    const found: CertificateSpot[] = [];
    for (const certificate of [...chain.path, ...chain.order.map((index) => chain.sent[index])]) {
      if (certificate === undefined || seen.has(certificate.sha256)) continue;
      seen.add(certificate.sha256);
      found.push({ chain, certificate, where: placeInChain(chain, certificate) });
    }
    return found;
  });
}

/** Problems of path validation of the kinds given, as drafts. */
export function pathProblems(
  subject: Subject,
  kinds: readonly PathProblem["kind"][],
  draft: (problem: PathProblem, chain: ChainAnalysis) => Omit<Draft, "where"> | undefined,
): readonly Draft[] {
  return subject.chains.flatMap((chain) =>
    chain.problems.flatMap((problem) => {
      if (!kinds.includes(problem.kind)) return [];
      const made = draft(problem, chain);
      return made === undefined ? [] : [{ ...made, where: placeInChain(chain, problem.certificate) }];
    }),
  );
}

/** At least one store ends this chain in an authority of its own. */
export function isTrusted(chain: ChainAnalysis): boolean {
  return chain.trust.some(({ trusted }) => trusted);
}
