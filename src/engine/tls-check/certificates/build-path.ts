/**
 * Finds the way from a certificate to an authority that is trusted, through what was sent and what the store
 * holds (RFC 4158). A depth-first search that prefers the store, follows cross-signed alternatives, and is
 * bounded in depth, paths and verifications.
 */
import { nameKey } from "./distinguished-name.ts";
import type { Certificate } from "./model.ts";
import type { SignatureMemo } from "./signature-memo.ts";
import { sameAuthority, type TrustIndex } from "./trust-stores.ts";

const MAX_PATH = 12;
/** Paths tried before the best one so far is taken. */
const MAX_PATHS = 24;
/** Of a message only this many certificates are looked at; nobody sends more. */
export const MAX_SENT = 100;

/** Sent certificates by subject, so that looking for an issuer does not go through all of them. */
export class Pool {
  readonly #byName = new Map<string, Certificate[]>();

  constructor(certificates: readonly Certificate[]) {
    const seen = new Set<string>();
    for (const certificate of certificates.slice(0, MAX_SENT)) {
      if (seen.has(certificate.sha256)) continue;
      seen.add(certificate.sha256);
      const key = nameKey(certificate.subject);
      const same = this.#byName.get(key);
      if (same === undefined) this.#byName.set(key, [certificate]);
      else same.push(certificate);
    }
  }

  /** Those that bear the issuer's name, whether or not they signed. */
  namedAsIssuerOf(certificate: Certificate): readonly Certificate[] {
    return this.#byName.get(nameKey(certificate.issuer)) ?? [];
  }
}

/**
 * Paths from `leaf` to an authority of the store, the authority included, in the order found. Signatures hold
 * along them, or cannot be verified here; nothing else is checked.
 */
export function* anchoredPaths(
  leaf: Certificate,
  pool: Pool,
  store: TrustIndex,
  signatures: SignatureMemo,
): Generator<readonly Certificate[]> {
  let paths = 0;
  for (const path of search([leaf], pool, store, signatures)) {
    yield path;
    if (++paths === MAX_PATHS) return;
  }
}

function* search(
  path: readonly Certificate[],
  pool: Pool,
  store: TrustIndex,
  signatures: SignatureMemo,
): Generator<readonly Certificate[]> {
  const top = path[path.length - 1]!;
  const own = store
    .named(top.subject)
    .find((authority) =>
      path.length === 1 ? authority.sha256 === top.sha256 : sameAuthority(authority, top),
    );
  if (own !== undefined) {
    yield [...path.slice(0, -1), own];
    return;
  }
  if (path.length === MAX_PATH) return;
  const anchors = store.named(top.issuer).filter((authority) => signatures.verify(top, authority) !== false);
  for (const authority of byKeyIdentifier(top, anchors)) yield [...path, authority];
  for (const candidate of issuersIn(top, pool, signatures)) {
    if (!path.some((earlier) => sameAuthority(earlier, candidate))) {
      yield* search([...path, candidate], pool, store, signatures);
    }
  }
}

/** The path that the sent certificates make by themselves: as long as it goes, in the order sent where there is a choice. */
export function sentPath(leaf: Certificate, pool: Pool, signatures: SignatureMemo): readonly Certificate[] {
  const path = [leaf];
  while (path.length < MAX_SENT) {
    const next = issuersIn(path[path.length - 1]!, pool, signatures).find(
      (candidate) => !path.some((earlier) => sameAuthority(earlier, candidate)),
    );
    if (next === undefined) break;
    path.push(next);
  }
  return path;
}

/** Sent certificates that issued this one, as far as can be told. */
export function issuersIn(
  certificate: Certificate,
  pool: Pool,
  signatures: SignatureMemo,
): readonly Certificate[] {
  const named = pool
    .namedAsIssuerOf(certificate)
    .filter((candidate) => signatures.verify(certificate, candidate) !== false);
  return byKeyIdentifier(certificate, named);
}

/** Those first whose key is the one that the certificate names. */
function byKeyIdentifier(certificate: Certificate, issuers: readonly Certificate[]): readonly Certificate[] {
  const wanted = certificate.authorityKeyId;
  if (wanted === undefined || issuers.length < 2) return issuers;
  const fits = (issuer: Certificate): boolean => issuer.subjectKeyId === wanted;
  return [...issuers.filter(fits), ...issuers.filter((issuer) => !fits(issuer))];
}
