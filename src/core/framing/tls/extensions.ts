/**
 * Bodies of the extensions that a client sends, one function an extension, ready for `HelloSpec.extensions`.
 */
import { Buffer } from "node:buffer";
import { codes, u8, u16, u32, vector8, vector16 } from "./byte-writer.ts";
import type { HelloExtension } from "./client-hello.ts";
import { EXTENSION } from "./extension-types.ts";

const EMPTY = Buffer.alloc(0);

/** SNI (RFC 6066 §3). Host names only, in ASCII (A-labels) without the last dot; addresses do not belong in it. */
export function serverName(host: string): HelloExtension {
  const name = Buffer.concat([u8(0), vector16(Buffer.from(host, "latin1"))]);
  return { type: EXTENSION.serverName, body: vector16(name) };
}

/** Asks for a stapled OCSP response (RFC 6066 §8), from any responder. */
export function statusRequest(): HelloExtension {
  return { type: EXTENSION.statusRequest, body: Buffer.concat([u8(1), u16(0), u16(0)]) };
}

/** RFC 8446 §4.2.7, RFC 8422 §5.1.1. */
export function supportedGroups(groups: readonly number[]): HelloExtension {
  return { type: EXTENSION.supportedGroups, body: vector16(codes(groups)) };
}

/** RFC 8422 §5.1.2. Default: uncompressed and both compressed forms, as OpenSSL sends them. */
export function ecPointFormats(formats: readonly number[] = [0, 1, 2]): HelloExtension {
  return { type: EXTENSION.ecPointFormats, body: vector8(Uint8Array.from(formats)) };
}

/** RFC 8446 §4.2.3, RFC 5246 §7.4.1.4.1: the same two bytes, hash and signature there. */
export function signatureAlgorithms(schemes: readonly number[]): HelloExtension {
  return { type: EXTENSION.signatureAlgorithms, body: vector16(codes(schemes)) };
}

export function signatureAlgorithmsCert(schemes: readonly number[]): HelloExtension {
  return { type: EXTENSION.signatureAlgorithmsCert, body: vector16(codes(schemes)) };
}

/** RFC 7301 §3.1. Names of 1 to 255 bytes, in the client's order. */
export function alpn(names: readonly string[]): HelloExtension {
  return {
    type: EXTENSION.alpn,
    body: vector16(...names.map((name) => vector8(Buffer.from(name, "latin1")))),
  };
}

/** Asks for signed certificate timestamps (RFC 6962 §3.3.1). */
export function sct(): HelloExtension {
  return { type: EXTENSION.signedCertificateTimestamp, body: EMPTY };
}

/** RFC 7366. */
export function encryptThenMac(): HelloExtension {
  return { type: EXTENSION.encryptThenMac, body: EMPTY };
}

/** RFC 7627. */
export function extendedMasterSecret(): HelloExtension {
  return { type: EXTENSION.extendedMasterSecret, body: EMPTY };
}

/** RFC 8879 §3: 1 zlib, 2 brotli, 3 zstd. */
export function compressCertificate(algorithms: readonly number[] = [1, 2, 3]): HelloExtension {
  return { type: EXTENSION.compressCertificate, body: vector8(codes(algorithms)) };
}

/** RFC 5077 §3.2: empty asks for a ticket, a ticket asks for resumption. */
export function sessionTicket(ticket: Uint8Array = EMPTY): HelloExtension {
  return { type: EXTENSION.sessionTicket, body: Buffer.from(ticket) };
}

/** RFC 8446 §4.2.1. */
export function supportedVersions(versions: readonly number[]): HelloExtension {
  return { type: EXTENSION.supportedVersions, body: vector8(codes(versions)) };
}

/** RFC 8446 §4.2.9: 0 psk_ke, 1 psk_dhe_ke. */
export function pskKeyExchangeModes(modes: readonly number[] = [1]): HelloExtension {
  return { type: EXTENSION.pskKeyExchangeModes, body: vector8(Uint8Array.from(modes)) };
}

export interface KeyShareEntry {
  readonly group: number;
  readonly key: Uint8Array;
}

/** RFC 8446 §4.2.8. No entry at all asks the server for a HelloRetryRequest with its choice. */
export function keyShare(entries: readonly KeyShareEntry[]): HelloExtension {
  const shares = entries.map(({ group, key }) => Buffer.concat([u16(group), vector16(key)]));
  return { type: EXTENSION.keyShare, body: vector16(...shares) };
}

/** RFC 8446 §4.2.2: given back as the HelloRetryRequest had it, without its own length. */
export function cookie(value: Uint8Array): HelloExtension {
  return { type: EXTENSION.cookie, body: vector16(value) };
}

/** RFC 6520 §2: 1 peer_allowed_to_send, 2 peer_not_allowed_to_send. */
export function heartbeat(mode = 1): HelloExtension {
  return { type: EXTENSION.heartbeat, body: u8(mode) };
}

/** RFC 5746 §3.2: empty at first, the client's verify_data when renegotiating. */
export function renegotiationInfo(verifyData: Uint8Array = EMPTY): HelloExtension {
  return { type: EXTENSION.renegotiationInfo, body: vector8(verifyData) };
}

/** RFC 8446 §4.2.10. */
export function earlyData(): HelloExtension {
  return { type: EXTENSION.earlyData, body: EMPTY };
}

export function postHandshakeAuth(): HelloExtension {
  return { type: EXTENSION.postHandshakeAuth, body: EMPTY };
}

/** RFC 6066 §4: 1 to 4 stand for 2^9 to 2^12 bytes. */
export function maxFragmentLength(code: number): HelloExtension {
  return { type: EXTENSION.maxFragmentLength, body: u8(code) };
}

/** RFC 5054 §2.8.1: without a name, servers refuse SRP suites. */
export function srp(identity: string): HelloExtension {
  return { type: EXTENSION.srp, body: vector8(Buffer.from(identity, "utf8")) };
}

/** Next protocol negotiation, ALPN's forerunner (draft-agl-tls-nextprotoneg-04). */
export function nextProtocolNegotiation(): HelloExtension {
  return { type: EXTENSION.nextProtocolNegotiation, body: EMPTY };
}

/** RFC 7685: `length` zero bytes, to make a hello as long as wanted. */
export function padding(length: number): HelloExtension {
  return { type: EXTENSION.padding, body: Buffer.alloc(length) };
}

/** RFC 8701: a type that means nothing, with any body. */
export function grease(code: number, body: Uint8Array = EMPTY): HelloExtension {
  return { type: code, body: Buffer.from(body) };
}

export interface PskIdentity {
  readonly identity: Uint8Array;
  readonly obfuscatedTicketAge: number;
}

/**
 * RFC 8446 §4.2.11; must be the last extension. The binders, of the lengths given, are zero at first: hash the
 * hello up to `bindersLength` bytes before its end, then fill them in with `patchBinders`.
 */
export function preSharedKey(
  identities: readonly PskIdentity[],
  binderLengths: readonly number[],
): HelloExtension {
  const names = identities.map(({ identity, obfuscatedTicketAge }) =>
    Buffer.concat([vector16(identity), u32(obfuscatedTicketAge)]),
  );
  const binders = binderLengths.map((length) => vector8(Buffer.alloc(length)));
  return { type: EXTENSION.preSharedKey, body: Buffer.concat([vector16(...names), vector16(...binders)]) };
}

/** Bytes at the end of the hello that the binders' transcript leaves out (RFC 8446 §4.2.11.2). */
export function bindersLength(binderLengths: readonly number[]): number {
  return 2 + binderLengths.reduce((sum, length) => sum + 1 + length, 0);
}

/** A copy of the encoded hello with these binders at its end. */
export function patchBinders(hello: Buffer, binders: readonly Uint8Array[]): Buffer {
  const list = vector16(...binders.map((binder) => vector8(binder)));
  return Buffer.concat([hello.subarray(0, hello.length - list.length), list]);
}
