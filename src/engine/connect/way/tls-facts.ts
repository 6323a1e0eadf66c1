/**
 * What a TLS handshake agreed on and the certificates it showed: read off the socket as soon as it is done, before they
 * are judged, and put into words later, which takes a time that is not the handshake's.
 */
import type { X509Certificate } from "node:crypto";
import type { EphemeralKeyInfo, TLSSocket } from "node:tls";
import type { CertificateSummary, TlsResult } from "../result.ts";
import { sentChain, summaryOf } from "./certificate-summary.ts";

export interface TlsReading {
  readonly agreed: Omit<TlsResult, "chain" | "daysLeft">;
  /** As the peer sent it, leaf first. */
  readonly chain: readonly X509Certificate[];
}

/** To be called once for a socket (see `sentChain`). */
export function readTls(socket: TLSSocket): TlsReading {
  const { servername } = socket as { servername?: string | false };
  return {
    agreed: {
      version: socket.getProtocol() ?? "unknown",
      cipher: socket.getCipher()?.standardName ?? "unknown",
      group: groupOf(socket),
      alpn: typeof socket.alpnProtocol === "string" ? socket.alpnProtocol : null,
      servername: typeof servername === "string" ? servername : null,
      resumed: socket.isSessionReused(),
      authorized: socket.authorized,
      // Typed as an Error, but node puts the code there.
      authorizationError: socket.authorizationError ? String(socket.authorizationError) : null,
    },
    chain: sentChain(socket),
  };
}

export function tlsResultOf({ agreed, chain }: TlsReading, nowMs: number): TlsResult {
  const summaries = chain.map((certificate): CertificateSummary => summaryOf(certificate, nowMs));
  return { ...agreed, chain: summaries, daysLeft: summaries[0]?.daysLeft ?? null };
}

/** Registered names (RFC 8446 section 4.2.7) of what OpenSSL calls otherwise. */
const GROUPS: Readonly<Record<string, string>> = { prime256v1: "secp256r1", X25519: "x25519", X448: "x448" };

/** Null where there was no exchange (TLS 1.2 resumed, or RSA), and for groups that OpenSSL's call does not know. */
function groupOf(socket: TLSSocket): string | null {
  const info = socket.getEphemeralKeyInfo() as Partial<EphemeralKeyInfo> | null;
  if (info?.type === "DH") return `DH ${info.size}`;
  return info?.name === undefined ? null : (GROUPS[info.name] ?? info.name);
}
