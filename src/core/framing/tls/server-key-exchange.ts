/**
 * ServerKeyExchange, SSLv3 to TLS 1.2: what is in it depends on the suite's key exchange and on the version
 * (RFC 5246 §7.4.3, RFC 8422 §5.4, RFC 4279 §2, RFC 5489 §2, RFC 5054 §2.5.3, RFC 2246 §7.4.3).
 */
import type { Buffer } from "node:buffer";
import { ByteReader } from "./byte-reader.ts";
import { VERSION } from "./record.ts";
import type { TlsViolation } from "./violation.ts";

/** `-anon`: nothing is signed. `-psk`: an identity hint comes first and nothing is signed. */
export type KeyExchangeForm =
  | "dhe"
  | "ecdhe"
  | "dh-anon"
  | "ecdh-anon"
  | "psk"
  | "dhe-psk"
  | "ecdhe-psk"
  | "rsa-psk"
  | "rsa-export"
  | "srp"
  | "srp-anon";

export type KeyExchangeParameters =
  | {
      readonly kind: "ecdh";
      readonly curveType: "named" | "explicit-prime" | "explicit-char2";
      /** Code of the named group; undefined for explicit curves. */
      readonly group: number | undefined;
      /** Size of an explicit curve's field; undefined for named ones. */
      readonly fieldBits: number | undefined;
      readonly point: Buffer;
    }
  | { readonly kind: "dh"; readonly p: Buffer; readonly g: Buffer; readonly y: Buffer }
  /** The short-lived key of at most 512 bits that export suites use. */
  | { readonly kind: "rsa"; readonly modulus: Buffer; readonly exponent: Buffer }
  | {
      readonly kind: "srp";
      readonly n: Buffer;
      readonly g: Buffer;
      readonly salt: Buffer;
      readonly b: Buffer;
    }
  /** PSK and RSA_PSK: nothing but the hint. */
  | { readonly kind: "none" };

export interface ServerKeyExchange {
  readonly kind: "server-key-exchange";
  readonly parameters: KeyExchangeParameters;
  readonly pskHint: Buffer | undefined;
  /** TLS 1.2: hash and signature, or scheme; undefined before, and when nothing is signed. */
  readonly scheme: number | undefined;
  readonly signature: Buffer | undefined;
  /** What the signature is over, after both randoms. */
  readonly signedParams: Buffer;
}

const SECTION = "RFC 5246 §7.4.3";

export function parseServerKeyExchange(
  body: Buffer,
  form: KeyExchangeForm,
  version: number,
): ServerKeyExchange | TlsViolation {
  const reader = new ByteReader(body);
  const pskHint = form.endsWith("psk") ? reader.vector16() : undefined;
  const start = reader.offset;
  const parameters = readParameters(reader, form);
  const signedParams = body.subarray(start, reader.offset);
  const signed = form === "dhe" || form === "ecdhe" || form === "rsa-export" || form === "srp";
  const scheme = signed && version >= VERSION.tls12 ? reader.u16() : undefined;
  const signature = signed ? reader.vector16() : undefined;
  return (
    reader.finish("ServerKeyExchange", SECTION) ?? {
      kind: "server-key-exchange",
      parameters,
      pskHint,
      scheme,
      signature,
      signedParams,
    }
  );
}

function readParameters(reader: ByteReader, form: KeyExchangeForm): KeyExchangeParameters {
  switch (form) {
    case "dhe":
    case "dh-anon":
    case "dhe-psk":
      return { kind: "dh", p: integer(reader), g: integer(reader), y: integer(reader) };
    case "ecdhe":
    case "ecdh-anon":
    case "ecdhe-psk":
      return readEcdh(reader);
    case "rsa-export":
      return { kind: "rsa", modulus: integer(reader), exponent: integer(reader) };
    case "srp":
    case "srp-anon":
      return {
        kind: "srp",
        n: integer(reader),
        g: integer(reader),
        salt: reader.vector8(),
        b: integer(reader),
      };
    case "psk":
    case "rsa-psk":
      return { kind: "none" };
  }
}

/** A number of at least one byte. */
function integer(reader: ByteReader): Buffer {
  const bytes = reader.vector16();
  if (bytes.length === 0) reader.fail("a number without bytes");
  return bytes;
}

/** ECParameters and ECPoint. Explicit curves are RFC 4492 §5.4; RFC 8422 took them away. */
function readEcdh(reader: ByteReader): KeyExchangeParameters {
  const type = reader.u8();
  switch (type) {
    case 1: {
      const prime = reader.vector8();
      skipCurve(reader);
      return ecdh("explicit-prime", undefined, bitLength(prime), reader);
    }
    case 2: {
      const fieldBits = reader.u16();
      const basis = reader.u8();
      if (basis !== 1 && basis !== 2) reader.fail(`a basis of type ${basis}`);
      for (let term = basis === 1 ? 1 : 3; term > 0; term--) reader.vector8();
      skipCurve(reader);
      return ecdh("explicit-char2", undefined, fieldBits, reader);
    }
    case 3:
      return ecdh("named", reader.u16(), undefined, reader);
    default:
      reader.fail(`a curve of type ${type}`);
      return ecdh("named", undefined, undefined, reader);
  }
}

function ecdh(
  curveType: "named" | "explicit-prime" | "explicit-char2",
  group: number | undefined,
  fieldBits: number | undefined,
  reader: ByteReader,
): KeyExchangeParameters {
  const point = reader.vector8();
  if (point.length === 0) reader.fail("a point without bytes");
  return { kind: "ecdh", curveType, group, fieldBits, point };
}

/** Coefficients a and b, base point, order, cofactor. */
function skipCurve(reader: ByteReader): void {
  for (let field = 0; field < 5; field++) reader.vector8();
}

/** Bits of a number in network order, leading zeros not counted. */
export function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (bytes.length - first - 1) * 8 + (32 - Math.clz32(bytes[first]!));
}
