/**
 * ClientHello, written and read, SSLv3 to TLS 1.3 (RFC 6101 §5.6.1.2, RFC 5246 §7.4.1.2, RFC 8446 §4.1.2).
 * It is written exactly as told, sensible or not: what is in it is the prober's business.
 */
import { Buffer } from "node:buffer";
import { ByteReader } from "./byte-reader.ts";
import { codes, u16, vector8, vector16 } from "./byte-writer.ts";
import { readExtensions } from "./extension-block.ts";
import { encodeHandshake, HANDSHAKE } from "./handshake.ts";
import type { TlsViolation } from "./violation.ts";

export interface HelloExtension {
  readonly type: number;
  readonly body: Buffer;
}

export interface HelloSpec {
  /** `client_version`; with TLS 1.3 it stays 0x0303 and supported_versions tells the rest. */
  readonly legacyVersion: number;
  /** Of the record it is to be sent in; not part of the message. */
  readonly recordVersion?: number | undefined;
  /** 32 bytes. */
  readonly random: Buffer;
  /** At most 32 bytes. */
  readonly sessionId: Buffer;
  readonly suites: readonly number[];
  readonly compressions: readonly number[];
  /** In this order; none at all leaves the whole block out, as SSLv3 needs it. */
  readonly extensions: readonly HelloExtension[];
}

export interface ClientHello {
  readonly kind: "client-hello";
  readonly legacyVersion: number;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly suites: readonly number[];
  readonly compressions: readonly number[];
  /** In the order sent. */
  readonly extensions: ReadonlyMap<number, Buffer>;
}

/** The handshake message, header included. @throws RangeError for what does not fit its field. */
export function encodeClientHello(spec: HelloSpec): Buffer {
  if (spec.random.length !== 32)
    throw new RangeError(`a random of ${spec.random.length} bytes instead of 32`);
  if (spec.sessionId.length > 32)
    throw new RangeError(`a session id of ${spec.sessionId.length} bytes, 32 fit`);
  const parts = [
    u16(spec.legacyVersion),
    spec.random,
    vector8(spec.sessionId),
    vector16(codes(spec.suites)),
    vector8(Uint8Array.from(spec.compressions)),
  ];
  if (spec.extensions.length > 0) {
    parts.push(vector16(...spec.extensions.flatMap(({ type, body }) => [u16(type), vector16(body)])));
  }
  return encodeHandshake(HANDSHAKE.clientHello, Buffer.concat(parts));
}

/** Reads the body of a ClientHello message. */
export function parseClientHello(body: Buffer): ClientHello | TlsViolation {
  const reader = new ByteReader(body);
  const legacyVersion = reader.u16();
  const random = reader.take(32);
  const sessionId = reader.vector8();
  if (sessionId.length > 32) reader.fail(`a session id of ${sessionId.length} bytes`);
  const suites = reader.codes16();
  const compressions = [...reader.vector8()];
  const extensions = reader.left > 0 ? readExtensions(reader) : new Map<number, Buffer>();
  return (
    reader.finish("ClientHello", "RFC 8446 §4.1.2") ?? {
      kind: "client-hello",
      legacyVersion,
      random,
      sessionId,
      suites,
      compressions,
      extensions,
    }
  );
}
