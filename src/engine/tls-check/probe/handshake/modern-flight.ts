/**
 * What a TLS 1.3 server says under its handshake keys, from EncryptedExtensions to Finished, read and checked
 * (RFC 8446 §4.3, §4.4).
 */
import { timingSafeEqual, X509Certificate } from "node:crypto";
import { HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import {
  type CertificateEntry,
  type CertificateRequest,
  parseCertificate13,
  parseCertificateRequest13,
  parseCertificateVerify,
  parseCompressedCertificate,
  parseEncryptedExtensions,
} from "../../../../core/framing/tls/server-messages.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";
import type { LinkAlert, LinkMessage, LinkViolation } from "../link.ts";
import { decompressCertificate } from "./certificate-compression.ts";
import { finishedMac, type HandshakeHash } from "./key-schedule.ts";
import type { RecordLayer } from "./record-layer.ts";
import { signedContent, verifySignature } from "./signatures.ts";
import type { Transcript } from "./transcript.ts";

export interface ModernFlight {
  readonly kind: "flight";
  readonly extensions: ReadonlyMap<number, Buffer>;
  readonly request: CertificateRequest | undefined;
  /** In the order sent; none after a pre-shared key was taken. */
  readonly entries: readonly CertificateEntry[];
  /** RFC 8879 algorithm of the Certificate message; undefined = it came as it is. */
  readonly compression: number | undefined;
  /** Of CertificateVerify. */
  readonly scheme: number | undefined;
  /** The signature of CertificateVerify fits; undefined = there is none, or it cannot be checked here. */
  readonly signatureFits: boolean | undefined;
}

interface Draft {
  extensions: ReadonlyMap<number, Buffer>;
  request: CertificateRequest | undefined;
  entries: readonly CertificateEntry[];
  compression: number | undefined;
  scheme: number | undefined;
  signatureFits: boolean | undefined;
}

/** Messages in the order in which they may come; only the first and the last always do. */
const ORDER: readonly number[] = [
  HANDSHAKE.encryptedExtensions,
  HANDSHAKE.certificateRequest,
  HANDSHAKE.certificate,
  HANDSHAKE.compressedCertificate,
  HANDSHAKE.certificateVerify,
  HANDSHAKE.finished,
];

/** @param serverSecret the server's handshake traffic secret, for its Finished. @throws LinkLost */
export async function readModernFlight(
  layer: RecordLayer,
  transcript: Transcript,
  hash: HandshakeHash,
  serverSecret: Uint8Array,
): Promise<ModernFlight | LinkAlert | LinkViolation> {
  const draft: Draft = {
    extensions: new Map(),
    request: undefined,
    entries: [],
    compression: undefined,
    scheme: undefined,
    signatureFits: undefined,
  };
  let place = -1;
  for (;;) {
    const message = await layer.next();
    if (message.kind === "alert" || message.kind === "violation") return message;
    if (message.kind === "record") return outOfPlace(`a record of type ${message.type}`);
    const at = ORDER.indexOf(message.type);
    if (at <= place || (place < 0 && at !== 0)) return outOfPlace(`message ${message.type}`);
    place = at;
    const fault = note(draft, message, transcript, hash, serverSecret);
    if (fault !== undefined) return fault;
    transcript.add(message.raw);
    if (message.type === HANDSHAKE.finished) return { kind: "flight", ...draft };
  }
}

function outOfPlace(what: string): TlsViolation {
  return violation(`${what} out of place in the server's flight`, "RFC 8446 §4");
}

function note(
  draft: Draft,
  message: LinkMessage,
  transcript: Transcript,
  hash: HandshakeHash,
  serverSecret: Uint8Array,
): TlsViolation | undefined {
  switch (message.type) {
    case HANDSHAKE.encryptedExtensions: {
      const parsed = parseEncryptedExtensions(message.body);
      if (parsed.kind === "violation") return parsed;
      draft.extensions = parsed.extensions;
      return undefined;
    }
    case HANDSHAKE.certificateRequest: {
      const parsed = parseCertificateRequest13(message.body);
      if (parsed.kind === "violation") return parsed;
      draft.request = parsed;
      return undefined;
    }
    case HANDSHAKE.certificate:
      return noteCertificate(draft, message.body);
    case HANDSHAKE.compressedCertificate: {
      const parsed = parseCompressedCertificate(message.body);
      if (parsed.kind === "violation") return parsed;
      const body = decompressCertificate(parsed);
      if ("kind" in body) return body;
      draft.compression = parsed.algorithm;
      return noteCertificate(draft, body);
    }
    case HANDSHAKE.certificateVerify: {
      const parsed = parseCertificateVerify(message.body);
      if (parsed.kind === "violation") return parsed;
      draft.scheme = parsed.scheme;
      const signed = signedContent("server", transcript.hash(hash));
      draft.signatureFits = signatureFits(draft.entries[0]?.der, parsed.scheme, signed, parsed.signature);
      return undefined;
    }
    default: {
      const expected = finishedMac(hash, serverSecret, transcript.hash(hash));
      const fits = message.body.length === expected.length && timingSafeEqual(message.body, expected);
      return fits ? undefined : violation("Finished does not fit the handshake", "RFC 8446 §4.4.4");
    }
  }
}

function noteCertificate(draft: Draft, body: Buffer): TlsViolation | undefined {
  const parsed = parseCertificate13(body);
  if (parsed.kind === "violation") return parsed;
  if (parsed.entries.length === 0)
    return violation("a Certificate without certificates", "RFC 8446 §4.4.2.4");
  draft.entries = parsed.entries;
  return undefined;
}

/** Undefined when the key cannot be used here: the certificate is then judged by others. */
export function signatureFits(
  leaf: Buffer | undefined,
  scheme: number,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean | undefined {
  if (leaf === undefined) return undefined;
  try {
    return verifySignature(scheme, new X509Certificate(leaf).publicKey, signed, signature);
  } catch {
    // OpenSSL cannot read the certificate or its kind of key.
    return undefined;
  }
}
