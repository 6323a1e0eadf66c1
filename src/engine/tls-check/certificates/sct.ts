/**
 * Signed certificate timestamps (RFC 6962 §3.2, §3.3): the list as it stands in certificates, TLS extensions
 * and OCSP responses. TLS encoding, not DER.
 */
import { toHex } from "./der/values.ts";
import type { SignedTimestamp } from "./model.ts";

export interface SctList {
  readonly scts: readonly SignedTimestamp[];
  /** What is wrong with the list; undefined when it reads cleanly. */
  readonly fault: string | undefined;
}

const HASHES = ["none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;
const SIGNATURES = ["anonymous", "rsa", "dsa", "ecdsa"] as const;

/** Version, log id, timestamp, extensions length, and the four octets before a signature. */
const FIXED_BYTES = 1 + 32 + 8 + 2 + 4;

/** A SignedCertificateTimestampList: 16-bit length, then SCTs with 16-bit lengths each. */
export function readSctList(list: Uint8Array): SctList {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  if (list.length < 2) return { scts: [], fault: "the list of timestamps is empty" };
  const end = 2 + view.getUint16(0);
  if (end !== list.length) return { scts: [], fault: "the list of timestamps has the wrong length" };
  const scts: SignedTimestamp[] = [];
  let at = 2;
  while (at < end) {
    const length = at + 2 <= end ? view.getUint16(at) : 0;
    const sct = readSct(list.subarray(at + 2, at + 2 + length));
    if (length === 0 || at + 2 + length > end || sct === undefined) {
      return { scts, fault: `timestamp ${scts.length + 1} of the list cannot be read` };
    }
    scts.push(sct);
    at += 2 + length;
  }
  return { scts, fault: scts.length === 0 ? "the list of timestamps is empty" : undefined };
}

function readSct(sct: Uint8Array): SignedTimestamp | undefined {
  if (sct.length < FIXED_BYTES) return undefined;
  const view = new DataView(sct.buffer, sct.byteOffset, sct.byteLength);
  const extensionsEnd = 43 + view.getUint16(41);
  if (extensionsEnd + 4 > sct.length) return undefined;
  const signature = sct.subarray(extensionsEnd + 4);
  if (view.getUint16(extensionsEnd + 2) !== signature.length) return undefined;
  return {
    version: sct[0]!,
    logId: toHex(sct.subarray(1, 33)),
    timestampMs: Number(view.getBigUint64(33)),
    signatureAlgorithm: schemeName(sct[extensionsEnd]!, sct[extensionsEnd + 1]!),
    signature,
    extensions: sct.subarray(43, extensionsEnd),
  };
}

/** `ecdsa-with-sha256`: RFC 5246 §7.4.1.4.1. */
function schemeName(hash: number, signature: number): string {
  return `${SIGNATURES[signature] ?? signature}-with-${HASHES[hash] ?? hash}`;
}
