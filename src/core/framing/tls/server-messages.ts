/**
 * What servers send, read: one function a message, body in, plain data or a violation out. Buffers in the
 * results are views into the message. `server-key-exchange.ts` has the one message that needs to know the suite.
 */
import { Buffer } from "node:buffer";
import { ByteReader } from "./byte-reader.ts";
import { readExtensions } from "./extension-block.ts";
import { EXTENSION } from "./extension-types.ts";
import { VERSION } from "./record.ts";
import { type TlsViolation, violation } from "./violation.ts";

/** ServerHello.random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3). */
export const RETRY_RANDOM = Buffer.from(
  "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c",
  "hex",
);
/** Last bytes of the random by which a server marks that it could have done better (RFC 8446 §4.1.3). */
export const DOWNGRADE_TLS12 = Buffer.from("444f574e47524401", "hex");
export const DOWNGRADE_TLS11 = Buffer.from("444f574e47524400", "hex");

export interface ServerHello {
  readonly kind: "server-hello";
  /** The version chosen: that of supported_versions when it is there. */
  readonly version: number;
  readonly legacyVersion: number;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly suite: number;
  readonly compression: number;
  readonly extensions: ReadonlyMap<number, Buffer>;
  /** It is a HelloRetryRequest. */
  readonly isRetry: boolean;
  /** The group that a HelloRetryRequest asks for; undefined when it asks for none (a cookie only). */
  readonly retryGroup: number | undefined;
  readonly cookie: Buffer | undefined;
  readonly keyShare: { readonly group: number; readonly key: Buffer } | undefined;
  /** Index of the pre-shared key that was taken. */
  readonly selectedPsk: number | undefined;
  readonly downgradeSentinel: "tls12" | "tls11" | undefined;
}

/** ServerHello and HelloRetryRequest, SSLv3 to TLS 1.3 (RFC 8446 §4.1.3 and 4.1.4, RFC 5246 §7.4.1.3). */
export function parseServerHello(body: Buffer): ServerHello | TlsViolation {
  const section = "RFC 8446 §4.1.3";
  const reader = new ByteReader(body);
  const legacyVersion = reader.u16();
  const random = reader.take(32);
  const sessionId = reader.vector8();
  if (sessionId.length > 32) reader.fail(`a session id of ${sessionId.length} bytes`);
  const suite = reader.u16();
  const compression = reader.u8();
  const extensions = reader.left > 0 ? readExtensions(reader) : new Map<number, Buffer>();
  if (!reader.failed && legacyVersion >> 8 !== 3) reader.fail(`version 0x${legacyVersion.toString(16)}`);
  const fault = reader.finish("ServerHello", section);
  if (fault !== undefined) return fault;

  let version = legacyVersion;
  const chosen = extensions.get(EXTENSION.supportedVersions);
  if (chosen !== undefined) {
    if (chosen.length !== 2)
      return violation("ServerHello: supported_versions of another length than 2", "RFC 8446 §4.2.1");
    version = chosen.readUInt16BE(0);
  }
  const isRetry = random.equals(RETRY_RANDOM);
  let retryGroup: number | undefined;
  let keyShare: ServerHello["keyShare"];
  const share = extensions.get(EXTENSION.keyShare);
  if (share !== undefined) {
    const fields = new ByteReader(share);
    const group = fields.u16();
    if (isRetry) retryGroup = group;
    else keyShare = { group, key: fields.vector16() };
    const broken = fields.finish("key_share", "RFC 8446 §4.2.8");
    if (broken !== undefined) return broken;
  }
  let cookie: Buffer | undefined;
  const cookieBody = extensions.get(EXTENSION.cookie);
  if (cookieBody !== undefined) {
    const fields = new ByteReader(cookieBody);
    cookie = fields.vector16();
    const broken = fields.finish("cookie", "RFC 8446 §4.2.2");
    if (broken !== undefined) return broken;
  }
  const psk = extensions.get(EXTENSION.preSharedKey);
  if (psk !== undefined && psk.length !== 2)
    return violation("pre_shared_key of another length than 2", "RFC 8446 §4.2.11");
  const tail = random.subarray(24);
  return {
    kind: "server-hello",
    version,
    legacyVersion,
    random,
    sessionId,
    suite,
    compression,
    extensions,
    isRetry,
    retryGroup,
    cookie,
    keyShare,
    selectedPsk: psk?.readUInt16BE(0),
    downgradeSentinel: tail.equals(DOWNGRADE_TLS12)
      ? "tls12"
      : tail.equals(DOWNGRADE_TLS11)
        ? "tls11"
        : undefined,
  };
}

export interface Certificate12 {
  readonly kind: "certificate";
  /** DER, in the order sent. */
  readonly chain: readonly Buffer[];
}

/** Certificate up to TLS 1.2 (RFC 5246 §7.4.2). */
export function parseCertificate12(body: Buffer): Certificate12 | TlsViolation {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector24());
  const chain: Buffer[] = [];
  while (list.left > 0) chain.push(list.vector24());
  return (
    reader.finish("Certificate", "RFC 5246 §7.4.2") ??
    list.finish("Certificate", "RFC 5246 §7.4.2") ?? { kind: "certificate", chain }
  );
}

export interface CertificateEntry {
  readonly der: Buffer;
  /** status_request and signed_certificate_timestamp live here (RFC 8446 §4.4.2.1). */
  readonly extensions: ReadonlyMap<number, Buffer>;
}

export interface Certificate13 {
  readonly kind: "certificate";
  readonly context: Buffer;
  readonly entries: readonly CertificateEntry[];
}

/** Certificate of TLS 1.3 (RFC 8446 §4.4.2). */
export function parseCertificate13(body: Buffer): Certificate13 | TlsViolation {
  const reader = new ByteReader(body);
  const context = reader.vector8();
  const list = new ByteReader(reader.vector24());
  const entries: CertificateEntry[] = [];
  while (list.left > 0) {
    const der = list.vector24();
    entries.push({ der, extensions: readExtensions(list) });
  }
  return (
    reader.finish("Certificate", "RFC 8446 §4.4.2") ??
    list.finish("Certificate", "RFC 8446 §4.4.2") ?? { kind: "certificate", context, entries }
  );
}

export interface CompressedCertificate {
  readonly kind: "compressed-certificate";
  /** 1 zlib, 2 brotli, 3 zstd. */
  readonly algorithm: number;
  readonly uncompressedBytes: number;
  readonly compressed: Buffer;
}

/** RFC 8879 §4. */
export function parseCompressedCertificate(body: Buffer): CompressedCertificate | TlsViolation {
  const reader = new ByteReader(body);
  const algorithm = reader.u16();
  const uncompressedBytes = reader.u24();
  const compressed = reader.vector24();
  return (
    reader.finish("CompressedCertificate", "RFC 8879 §4") ?? {
      kind: "compressed-certificate",
      algorithm,
      uncompressedBytes,
      compressed,
    }
  );
}

export interface CertificateStatus {
  readonly kind: "certificate-status";
  /** 1 ocsp, 2 ocsp_multi. */
  readonly type: number;
  /** DER of the OCSP responses, leaf first; an empty one where the server had none (ocsp_multi). */
  readonly responses: readonly Buffer[];
}

/** RFC 6066 §8 and RFC 6961 §2.2; also the body of status_request in a TLS 1.3 certificate entry. */
export function parseCertificateStatus(body: Buffer): CertificateStatus | TlsViolation {
  const reader = new ByteReader(body);
  const type = reader.u8();
  const responses: Buffer[] = [];
  if (type === 1) responses.push(reader.vector24());
  else if (type === 2) {
    const list = new ByteReader(reader.vector24());
    while (list.left > 0) responses.push(list.vector24());
    const broken = list.fault("CertificateStatus", "RFC 6961 §2.2");
    if (broken !== undefined) return broken;
  } else reader.fail(`type ${type}`);
  return reader.finish("CertificateStatus", "RFC 6066 §8") ?? { kind: "certificate-status", type, responses };
}

export interface CertificateRequest {
  readonly kind: "certificate-request";
  /** TLS ≤ 1.2: ClientCertificateType: 1 rsa_sign, 2 dss_sign, 64 ecdsa_sign … */
  readonly types: readonly number[];
  /** Signature schemes (TLS ≥ 1.2). */
  readonly schemes: readonly number[];
  /** DER of the names of the authorities; empty = any. */
  readonly authorities: readonly Buffer[];
  /** TLS 1.3. */
  readonly context: Buffer;
  readonly extensions: ReadonlyMap<number, Buffer>;
}

const EMPTY = Buffer.alloc(0);

/** CertificateRequest up to TLS 1.2 (RFC 5246 §7.4.4); earlier versions name no schemes (RFC 4346 §7.4.4). */
export function parseCertificateRequest12(
  body: Buffer,
  version: number = VERSION.tls12,
): CertificateRequest | TlsViolation {
  const section = "RFC 5246 §7.4.4";
  const reader = new ByteReader(body);
  const types = [...reader.vector8()];
  const schemes = version >= VERSION.tls12 ? reader.codes16() : [];
  const names = new ByteReader(reader.vector16());
  const authorities: Buffer[] = [];
  while (names.left > 0) authorities.push(names.vector16());
  return (
    reader.finish("CertificateRequest", section) ??
    names.finish("CertificateRequest", section) ?? {
      kind: "certificate-request",
      types,
      schemes,
      authorities,
      context: EMPTY,
      extensions: new Map(),
    }
  );
}

/** CertificateRequest of TLS 1.3 (RFC 8446 §4.3.2): all that it asks is in extensions. */
export function parseCertificateRequest13(body: Buffer): CertificateRequest | TlsViolation {
  const section = "RFC 8446 §4.3.2";
  const reader = new ByteReader(body);
  const context = reader.vector8();
  const extensions = readExtensions(reader);
  const schemes = new ByteReader(extensions.get(EXTENSION.signatureAlgorithms) ?? Buffer.from([0, 0]));
  const names = new ByteReader(extensions.get(EXTENSION.certificateAuthorities) ?? Buffer.from([0, 0]));
  const codes = schemes.codes16();
  const list = new ByteReader(names.vector16());
  const authorities: Buffer[] = [];
  while (list.left > 0) authorities.push(list.vector16());
  return (
    reader.finish("CertificateRequest", section) ??
    schemes.finish("signature_algorithms", "RFC 8446 §4.2.3") ??
    names.finish("certificate_authorities", "RFC 8446 §4.2.4") ??
    list.finish("certificate_authorities", "RFC 8446 §4.2.4") ?? {
      kind: "certificate-request",
      types: [],
      schemes: codes,
      authorities,
      context,
      extensions,
    }
  );
}

export interface EncryptedExtensions {
  readonly kind: "encrypted-extensions";
  readonly extensions: ReadonlyMap<number, Buffer>;
}

/** RFC 8446 §4.3.1. */
export function parseEncryptedExtensions(body: Buffer): EncryptedExtensions | TlsViolation {
  const reader = new ByteReader(body);
  const extensions = readExtensions(reader);
  return (
    reader.finish("EncryptedExtensions", "RFC 8446 §4.3.1") ?? { kind: "encrypted-extensions", extensions }
  );
}

export interface AlpnChoice {
  readonly kind: "alpn";
  readonly protocol: string;
}

/** The server's body of the ALPN extension: exactly one name (RFC 7301 §3.1). */
export function parseAlpnChoice(body: Buffer): AlpnChoice | TlsViolation {
  const reader = new ByteReader(body);
  const list = new ByteReader(reader.vector16());
  const protocol = list.vector8();
  if (protocol.length === 0) list.fail("no protocol in it");
  return (
    reader.finish("application_layer_protocol_negotiation", "RFC 7301 §3.1") ??
    list.finish("application_layer_protocol_negotiation", "RFC 7301 §3.1") ?? {
      kind: "alpn",
      protocol: protocol.toString("latin1"),
    }
  );
}

export interface NewSessionTicket {
  readonly kind: "new-session-ticket";
  readonly lifetimeSeconds: number;
  readonly ticket: Buffer;
  /** TLS 1.3; 0, empty and undefined before. */
  readonly ageAdd: number;
  readonly nonce: Buffer;
  readonly maxEarlyDataBytes: number | undefined;
  readonly extensions: ReadonlyMap<number, Buffer>;
}

/** NewSessionTicket up to TLS 1.2 (RFC 5077 §3.3). An empty ticket says that there is none after all. */
export function parseNewSessionTicket12(body: Buffer): NewSessionTicket | TlsViolation {
  const reader = new ByteReader(body);
  const lifetimeSeconds = reader.u32();
  const ticket = reader.vector16();
  return (
    reader.finish("NewSessionTicket", "RFC 5077 §3.3") ?? {
      kind: "new-session-ticket",
      lifetimeSeconds,
      ticket,
      ageAdd: 0,
      nonce: EMPTY,
      maxEarlyDataBytes: undefined,
      extensions: new Map(),
    }
  );
}

/** NewSessionTicket of TLS 1.3 (RFC 8446 §4.6.1). */
export function parseNewSessionTicket13(body: Buffer): NewSessionTicket | TlsViolation {
  const reader = new ByteReader(body);
  const lifetimeSeconds = reader.u32();
  const ageAdd = reader.u32();
  const nonce = reader.vector8();
  const ticket = reader.vector16();
  if (ticket.length === 0) reader.fail("an empty ticket");
  const extensions = readExtensions(reader);
  const earlyData = extensions.get(EXTENSION.earlyData);
  if (earlyData !== undefined && earlyData.length !== 4) reader.fail("early_data of another length than 4");
  return (
    reader.finish("NewSessionTicket", "RFC 8446 §4.6.1") ?? {
      kind: "new-session-ticket",
      lifetimeSeconds,
      ticket,
      ageAdd,
      nonce,
      maxEarlyDataBytes: earlyData?.readUInt32BE(0),
      extensions,
    }
  );
}

export interface CertificateVerify {
  readonly kind: "certificate-verify";
  readonly scheme: number;
  readonly signature: Buffer;
}

/** RFC 8446 §4.4.3. */
export function parseCertificateVerify(body: Buffer): CertificateVerify | TlsViolation {
  const reader = new ByteReader(body);
  const scheme = reader.u16();
  const signature = reader.vector16();
  return (
    reader.finish("CertificateVerify", "RFC 8446 §4.4.3") ?? { kind: "certificate-verify", scheme, signature }
  );
}
