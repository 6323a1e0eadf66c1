/**
 * The certificate and key that a client shows to a server which asks for one.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

export interface ClientIdentity {
  /** DER, leaf first. */
  readonly chain: readonly Buffer[];
  readonly key: KeyObject;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** From PEM as the plan has it. @throws Error when either cannot be read. */
export function clientIdentity(certificates: string, key: string, password?: string): ClientIdentity {
  const chain = (certificates.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem).raw);
  if (chain.length === 0) throw new Error("there is no certificate in the client's PEM");
  const passphrase = password === undefined ? {} : { passphrase: password };
  return { chain, key: createPrivateKey({ key, ...passphrase }) };
}
