/** A certificate in a few lines, and the chain as the peer sent it. */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { alternativeNames } from "../../../core/tls/credentials.ts";
import type { CertificateSummary } from "../result.ts";

const DAY_MS = 86_400_000;
/** More than any chain: a peer may send the same one over and over. */
const MAX_CERTIFICATES = 32;

/** Names that TLS uses, for those that OpenSSL does (RFC 8422 section 5.1.1). */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

/**
 * Leaf first, as it came, without what this machine's store would add. Empty when the peer sent none: on resumption.
 *
 * To be called once for a socket: node takes the certificates off OpenSSL's list while it makes its own.
 */
export function sentChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (
    let certificate: X509Certificate | undefined = socket.getPeerX509Certificate();
    certificate !== undefined && chain.length < MAX_CERTIFICATES;
    certificate = certificate.issuerCertificate
  ) {
    chain.push(certificate);
  }
  return chain;
}

export function summaryOf(certificate: X509Certificate, nowMs: number): CertificateSummary {
  const notAfterMs = Date.parse(certificate.validTo);
  return {
    subject: knownAs(certificate.subject),
    issuer: knownAs(certificate.issuer),
    names: alternativeNames(certificate),
    notBefore: isoOf(Date.parse(certificate.validFrom)),
    notAfter: isoOf(notAfterMs),
    // Without the minus of a zero.
    daysLeft: Math.floor((notAfterMs - nowMs) / DAY_MS) || 0,
    key: keyOf(certificate),
    sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** The common name, else the organisation: what people know a certificate by. Node writes one attribute a line. */
function knownAs(name: string | undefined): string {
  for (const attribute of ["CN", "O", "OU"]) {
    const found = name?.split("\n").find((line) => line.startsWith(`${attribute}=`));
    if (found !== undefined) return found.slice(attribute.length + 1);
  }
  return "(no name)";
}

function isoOf(ms: number): string {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString();
}

function keyOf(certificate: X509Certificate): string {
  try {
    const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = certificate.publicKey;
    if (details?.modulusLength !== undefined) return `${type.toUpperCase()} ${details.modulusLength}`;
    const curve = details?.namedCurve;
    return curve === undefined ? type : `EC ${CURVES[curve] ?? curve}`;
  } catch {
    // A kind of key that this OpenSSL does not know.
    return "unknown";
  }
}
