/**
 * What OpenSSL makes of a certificate: it stands behind most servers and command-line clients, and refuses some of
 * what this reader understands. A chain that it refuses is not trusted, whatever else is right about it.
 */
import { X509Certificate } from "node:crypto";
import type { Certificate } from "./model.ts";
import { keyObject } from "./verify-signature.ts";

const views = new WeakMap<Certificate, { readonly view: X509Certificate | undefined }>();

function viewOf(certificate: Certificate): X509Certificate | undefined {
  const known = views.get(certificate);
  if (known !== undefined) return known.view;
  const view = read(certificate.der);
  views.set(certificate, { view });
  return view;
}

function read(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** Why OpenSSL refuses the certificate by itself; undefined = it does not. */
export function opensslRefuses(certificate: Certificate): string | undefined {
  if (viewOf(certificate) === undefined) return "OpenSSL cannot read it";
  const { type } = certificate.publicKey;
  const usual = type === "rsa" || type === "ec";
  return usual && keyObject(certificate.publicKey) === undefined ? "OpenSSL cannot use its key" : undefined;
}

/** By names, key identifiers, usage and the state of the extensions; the signature is not looked at. */
export function opensslTakesForIssuer(certificate: Certificate, issuer: Certificate): boolean {
  const [one, other] = [viewOf(certificate), viewOf(issuer)];
  return one !== undefined && other !== undefined && one.checkIssued(other);
}
