/** What TLS agreed on, and the certificates it showed, as plain data. */
import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { CertificateSummary, TlsResult } from "../result.ts";

const DAY_MS = 86_400_000;
/** Longer chains are a peer's mistake, or a loop. */
const MOST_CERTIFICATES = 10;

export function tlsFacts(socket: TLSSocket, nowMs: number): TlsResult {
  const { servername } = socket as { servername?: string | false };
  const chain = chainOf(socket, nowMs);
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher()?.standardName ?? "unknown",
    group: groupOf(socket),
    alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : null,
    servername: typeof servername === "string" ? servername : null,
    resumed: socket.isSessionReused(),
    authorized: socket.authorized,
    // Typed as an Error, but node puts the code there.
    authorizationError: socket.authorizationError ? String(socket.authorizationError) : null,
    chain,
    daysLeft: chain[0]?.daysLeft ?? null,
  };
}

function groupOf(socket: TLSSocket): string | null {
  const info = socket.getEphemeralKeyInfo() as {
    readonly name?: string;
    readonly type?: string;
    readonly size?: number;
  };
  if (info?.name !== undefined) return info.name;
  return info?.type === "DH" ? `DH ${info.size}` : null;
}

function chainOf(socket: TLSSocket, nowMs: number): CertificateSummary[] {
  const chain: CertificateSummary[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && !seen.has(next.fingerprint256) && chain.length < MOST_CERTIFICATES) {
    seen.add(next.fingerprint256);
    chain.push(summaryOf(next, nowMs));
    next = next.issuerCertificate;
  }
  return chain;
}

function summaryOf(certificate: DetailedPeerCertificate, nowMs: number): CertificateSummary {
  const { raw, subject, issuer, subjectaltname = "", valid_from, valid_to, fingerprint256 } = certificate;
  const notAfterMs = Date.parse(valid_to);
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    names: subjectaltname
      .split(", ")
      .filter(Boolean)
      .map((name) => name.replace(/^(DNS|IP Address):/, "")),
    notBefore: isoOf(Date.parse(valid_from)),
    notAfter: isoOf(notAfterMs),
    daysLeft: Math.floor((notAfterMs - nowMs) / DAY_MS),
    key: keyOf(raw),
    sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}

/** The common name, else the organisation: what people know a certificate by. */
function nameOf(name: DetailedPeerCertificate["subject"] | undefined): string {
  const first = (value: string | string[] | undefined): string | undefined =>
    Array.isArray(value) ? value[0] : value;
  return first(name?.CN) ?? first(name?.O) ?? first(name?.OU) ?? "(no name)";
}

function isoOf(ms: number): string {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString();
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
};

function keyOf(raw: Buffer): string {
  try {
    const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = new X509Certificate(raw)
      .publicKey;
    if (details?.modulusLength !== undefined) return `${type.toUpperCase()} ${details.modulusLength}`;
    const curve = details?.namedCurve;
    return curve === undefined ? type : `EC ${CURVES[curve] ?? curve}`;
  } catch {
    // A kind of key that this node does not know.
    return "unknown";
  }
}
