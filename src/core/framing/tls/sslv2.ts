/**
 * SSL 2.0 (draft-hickman-netscape-ssl-00): CLIENT-HELLO written, SERVER-HELLO and ERROR read. Records have two
 * bytes of header, or three with padding; cipher kinds have three bytes. The same hello with a higher version
 * is the one that SSLv3 and TLS servers may accept too (RFC 5246 Appendix E.2).
 */
import { Buffer } from "node:buffer";
import { ByteReader } from "./byte-reader.ts";
import { codes, u16 } from "./byte-writer.ts";
import { NEED_MORE, type NeedMore, type TlsViolation, violation } from "./violation.ts";

const SECTION = "SSL 2.0 draft";
const MESSAGE = { error: 0, clientHello: 1, serverHello: 4 } as const;

export interface Sslv2HelloOptions {
  /** 16 to 32 bytes; default 16 bytes of which nothing depends, as no handshake is finished. */
  readonly challenge?: Uint8Array | undefined;
  /** Empty or 16 bytes. */
  readonly sessionId?: Uint8Array | undefined;
  /** Default 0x0002. */
  readonly version?: number | undefined;
}

export interface Sslv2ServerHello {
  readonly kind: "server-hello";
  readonly sessionIdHit: boolean;
  /** 1 = X.509; 0 with a session that was taken up again. */
  readonly certificateType: number;
  readonly version: number;
  readonly certificate: Buffer;
  /** Those the server is willing to use, as 24-bit numbers. */
  readonly kinds: readonly number[];
  readonly connectionId: Buffer;
  /** Length of the record on the wire. */
  readonly wireBytes: number;
}

export interface Sslv2Error {
  readonly kind: "error";
  /** 1 no cipher, 2 no certificate, 4 bad certificate, 6 unsupported certificate type. */
  readonly code: number;
}

/** The server answered with an alert of SSLv3 or TLS: it does not speak SSL 2.0. */
export interface Sslv2TlsAnswer {
  readonly kind: "tls";
  /** Type of the record: 21 alert, 22 handshake. */
  readonly recordType: number;
}

const DEFAULT_CHALLENGE = Buffer.from("6e65746b6974206368616c6c656e6765", "hex");

/** The whole record. @throws RangeError for a challenge or session id of a length that is not allowed. */
export function encodeSslv2Hello(kinds: readonly number[], options: Sslv2HelloOptions = {}): Buffer {
  const challenge = options.challenge ?? DEFAULT_CHALLENGE;
  const sessionId = options.sessionId ?? Buffer.alloc(0);
  if (challenge.length < 16 || challenge.length > 32) {
    throw new RangeError(`a challenge of ${challenge.length} bytes instead of 16 to 32`);
  }
  if (sessionId.length !== 0 && sessionId.length !== 16) {
    throw new RangeError(`a session id of ${sessionId.length} bytes instead of 16`);
  }
  const body = Buffer.concat([
    Buffer.from([MESSAGE.clientHello]),
    u16(options.version ?? 0x0002),
    codes([kinds.length * 3, sessionId.length, challenge.length]),
    ...kinds.map(kindBytes),
    sessionId,
    challenge,
  ]);
  if (body.length > 0x7fff) throw new RangeError(`a record of ${body.length} bytes, 32767 fit`);
  return Buffer.concat([u16(0x8000 | body.length), body]);
}

function kindBytes(kind: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(kind, 0, 3);
  return bytes;
}

/** Reads the server's first answer from all bytes received so far. */
export function parseSslv2ServerHello(
  bytes: Buffer,
): Sslv2ServerHello | Sslv2Error | Sslv2TlsAnswer | NeedMore | TlsViolation {
  if (bytes.length < 3) return NEED_MORE;
  // An SSL 2.0 record that began with these bytes would be 5,379 bytes or more with three bytes of header: no
  // server hello is padded.
  if ((bytes[0] === 21 || bytes[0] === 22) && bytes[1] === 3) return { kind: "tls", recordType: bytes[0] };
  const short = (bytes[0]! & 0x80) !== 0;
  const length = short ? bytes.readUInt16BE(0) & 0x7fff : bytes.readUInt16BE(0) & 0x3fff;
  const padding = short ? 0 : bytes[2]!;
  const header = short ? 2 : 3;
  const type = bytes.length > header ? bytes[header]! : undefined;
  if (type !== undefined && type !== MESSAGE.serverHello && type !== MESSAGE.error) {
    return violation(
      `not an SSL 2.0 server: it answers with ${bytes.subarray(0, 16).toString("hex")}`,
      SECTION,
    );
  }
  if (length <= padding) return violation(`a record of ${length} bytes with ${padding} of padding`, SECTION);
  if (bytes.length < header + length) return NEED_MORE;
  const reader = new ByteReader(bytes.subarray(header + 1, header + length - padding));
  if (type === MESSAGE.error) {
    const code = reader.u16();
    return reader.finish("ERROR", SECTION) ?? { kind: "error", code };
  }
  const hit = reader.u8();
  const certificateType = reader.u8();
  const version = reader.u16();
  const certificateLength = reader.u16();
  const kindsLength = reader.u16();
  const connectionIdLength = reader.u16();
  const certificate = reader.take(certificateLength);
  const list = new ByteReader(reader.take(kindsLength));
  const connectionId = reader.take(connectionIdLength);
  const kinds: number[] = [];
  while (list.left > 0) kinds.push(list.u24());
  return (
    reader.finish("SERVER-HELLO", SECTION) ??
    list.finish("SERVER-HELLO", SECTION) ?? {
      kind: "server-hello",
      sessionIdHit: hit !== 0,
      certificateType,
      version,
      certificate,
      kinds,
      connectionId,
      wireBytes: header + length,
    }
  );
}
