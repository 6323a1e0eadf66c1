/**
 * Signature checks of one analysis: each pair once, and no more of them than a hostile chain may cost.
 */
import type { Certificate } from "./model.ts";
import { signedBy } from "./verify-signature.ts";

/** Verifications per chain, some 20 ms of RSA-2048; real chains need fewer than ten. */
const MAX_VERIFICATIONS = 400;

export class SignatureMemo {
  readonly #known = new Map<string, boolean | undefined>();

  /** Whether `issuer`'s key signed `certificate`; undefined = not verifiable here, or the bound is reached. */
  verify(certificate: Certificate, issuer: Certificate): boolean | undefined {
    const pair = `${certificate.sha256} ${issuer.publicKey.spkiSha256}`;
    if (this.#known.has(pair)) return this.#known.get(pair);
    if (this.#known.size >= MAX_VERIFICATIONS) return undefined;
    const verdict = signedBy(certificate, issuer.publicKey);
    this.#known.set(pair, verdict);
    return verdict;
  }
}
