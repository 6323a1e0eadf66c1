/**
 * What was sent, against what makes a chain: which certificates belong to the leaf's path and in which order,
 * which are there twice, which do not belong, whether a root is among them.
 */
import { issuersIn, MAX_SENT, type Pool, sentPath } from "./build-path.ts";
import type { ChainAnalysis } from "./chain.ts";
import { nameKey } from "./distinguished-name.ts";
import type { Certificate } from "./model.ts";
import type { SignatureMemo } from "./signature-memo.ts";
import { isSelfIssued } from "./validate-path.ts";

export type SentOrder = Pick<
  ChainAnalysis,
  "order" | "inOrder" | "duplicates" | "extra" | "rootSent" | "brokenSignatures"
>;

export function sentOrder(
  sent: readonly Certificate[],
  leaf: Certificate,
  pool: Pool,
  signatures: SignatureMemo,
): SentOrder {
  const first = firstIndices(sent);
  const indexOf = (certificate: Certificate): number => first.get(certificate.sha256)!;
  const order = sentPath(leaf, pool, signatures).map(indexOf);
  const broken = brokenSignatures(sent, first, signatures);
  const belonging = reachable(leaf, pool, signatures, namedIssuers(sent, broken));
  const duplicates: number[] = [];
  const extra: number[] = [];
  let rootSent: number | undefined;
  for (const [index, certificate] of sent.entries()) {
    if (indexOf(certificate) !== index) duplicates.push(index);
    else if (!belonging.has(certificate.sha256)) extra.push(index);
    else if (certificate.sha256 !== leaf.sha256 && isRoot(certificate, signatures)) rootSent ??= index;
  }
  const inOrder = order.every((index, position) => position === 0 || index > order[position - 1]!);
  return { order, inOrder, duplicates, extra, rootSent, brokenSignatures: broken };
}

function firstIndices(sent: readonly Certificate[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const [index, { sha256 }] of sent.entries()) if (!first.has(sha256)) first.set(sha256, index);
  return first;
}

/** Self-signed, and truly so. */
function isRoot(certificate: Certificate, signatures: SignatureMemo): boolean {
  return isSelfIssued(certificate) && signatures.verify(certificate, certificate) === true;
}

/** For a certificate whose signature is broken, the sent one that should have made it. */
function namedIssuers(
  sent: readonly Certificate[],
  broken: ChainAnalysis["brokenSignatures"],
): ReadonlyMap<string, Certificate> {
  return new Map(broken.map(({ index, issuer }) => [sent[index]!.sha256, sent[issuer]!]));
}

/** All that issued the leaf or one of its issuers, cross-signed alternatives and broken signatures included. */
function reachable(
  leaf: Certificate,
  pool: Pool,
  signatures: SignatureMemo,
  named: ReadonlyMap<string, Certificate>,
): Set<string> {
  const found = new Set([leaf.sha256]);
  const open = [leaf];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const broken = named.get(next.sha256);
    const issuers = broken === undefined ? issuersIn(next, pool, signatures) : [broken];
    for (const issuer of issuers) {
      if (found.has(issuer.sha256)) continue;
      found.add(issuer.sha256);
      open.push(issuer);
    }
  }
  return found;
}

/** Pairs where the name fits and the signature does not, unless another one of that name made it. */
function brokenSignatures(
  sent: readonly Certificate[],
  first: ReadonlyMap<string, number>,
  signatures: SignatureMemo,
): ChainAnalysis["brokenSignatures"] {
  const byName = new Map<string, number[]>();
  for (const index of first.values()) {
    const key = nameKey(sent[index]!.subject);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [index]);
    else if (same.length < MAX_SENT) same.push(index);
  }
  const broken: { index: number; issuer: number }[] = [];
  for (const index of [...first.values()].slice(0, MAX_SENT)) {
    const named = byName.get(nameKey(sent[index]!.issuer)) ?? [];
    const verdicts = named.map((issuer) => signatures.verify(sent[index]!, sent[issuer]!));
    if (named.length > 0 && verdicts.every((verdict) => verdict === false))
      broken.push({ index, issuer: named[0]! });
  }
  return broken;
}
