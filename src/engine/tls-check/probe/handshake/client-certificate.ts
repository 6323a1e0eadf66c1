/**
 * What a client answers to a CertificateRequest: its chain and a proof of its key, or an empty list.
 */
import { vector8, vector16, vector24 } from "../../../../core/framing/tls/byte-writer.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import type { CertificateRequest } from "../../../../core/framing/tls/server-messages.ts";
import type { ClientIdentity } from "./client-identity.ts";
import type { HandshakeHash } from "./key-schedule.ts";
import { chooseScheme, makeSignature, signedContent } from "./signatures.ts";
import type { Transcript } from "./transcript.ts";

const NO_EXTENSIONS = Buffer.alloc(2);

/** Certificate and CertificateVerify of TLS 1.3 (RFC 8446 §4.4.2, §4.4.3). */
export function modernClientMessages(
  request: CertificateRequest | undefined,
  identity: ClientIdentity | undefined,
  transcript: Transcript,
  hash: HandshakeHash,
): readonly Buffer[] {
  if (request === undefined) return [];
  const scheme = identity === undefined ? undefined : chooseScheme(identity.key, request.schemes, true);
  const chain = identity === undefined || scheme === undefined ? [] : identity.chain;
  const entries = chain.map((der) => Buffer.concat([vector24(der), NO_EXTENSIONS]));
  const body = Buffer.concat([vector8(request.context), vector24(...entries)]);
  const certificate = encodeHandshake(HANDSHAKE.certificate, body);
  if (identity === undefined || scheme === undefined) return [certificate];
  const signed = signedContent("client", transcript.hashWith(hash, certificate));
  return [certificate, certificateVerify(scheme, identity, signed)];
}

/** Certificate up to TLS 1.2; it comes before ClientKeyExchange. */
export function classicCertificate(identity: ClientIdentity | undefined): Buffer {
  const chain = identity?.chain ?? [];
  return encodeHandshake(HANDSHAKE.certificate, vector24(...chain.map((der) => vector24(der))));
}

/**
 * CertificateVerify of TLS 1.2 (RFC 5246 §7.4.8), after ClientKeyExchange.
 * @param messages all so far
 */
export function classicCertificateVerify(
  scheme: number,
  identity: ClientIdentity,
  messages: readonly Uint8Array[],
): Buffer {
  return certificateVerify(scheme, identity, Buffer.concat(messages));
}

function certificateVerify(scheme: number, identity: ClientIdentity, signed: Uint8Array): Buffer {
  const signature = makeSignature(scheme, identity.key, signed);
  const code = Buffer.from([scheme >> 8, scheme & 0xff]);
  return encodeHandshake(HANDSHAKE.certificateVerify, Buffer.concat([code, vector16(signature)]));
}
