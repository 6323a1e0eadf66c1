/**
 * Handshake messages (RFC 8446 §4, RFC 5246 §7.4): type, length of three bytes, body. A message may be spread
 * over records and a record may hold several. SSLv3 to TLS 1.3 alike.
 *
 * The limit holds at the header, before anything of the body is kept. After a violation the reader is dead.
 */
import { Buffer } from "node:buffer";
import { ByteQueue } from "./byte-queue.ts";
import { NEED_MORE, type NeedMore, type TlsViolation, violation } from "./violation.ts";

export const HANDSHAKE = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  endOfEarlyData: 5,
  encryptedExtensions: 8,
  requestConnectionId: 9,
  newConnectionId: 10,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  clientCertificateRequest: 17,
  finished: 20,
  certificateUrl: 21,
  certificateStatus: 22,
  supplementalData: 23,
  keyUpdate: 24,
  compressedCertificate: 25,
  ektKey: 26,
  nextProtocol: 67,
  messageHash: 254,
} as const;

/** Room for a chain of hundreds of certificates; a server that sends more is up to something. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024;
const HEADER_BYTES = 4;

export interface HandshakeMessage {
  readonly kind: "message";
  readonly type: number;
  readonly body: Buffer;
  /** Header and body, as the transcript hash takes them. */
  readonly raw: Buffer;
}

export type HandshakeEvent = HandshakeMessage | NeedMore | TlsViolation;

/** @throws RangeError for a body of 16 MiB or more. */
export function encodeHandshake(type: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  bytes.writeUInt8(type, 0);
  bytes.writeUIntBE(body.length, 1, 3);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

export class HandshakeReader {
  readonly #maxMessageBytes: number;
  readonly #queue = new ByteQueue();
  #violation: TlsViolation | undefined;

  /** `maxMessageBytes`: the longest body. */
  constructor(maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Bytes that had to be copied because a message straddled records. */
  get bytesCopied(): number {
    return this.#queue.bytesCopied;
  }

  /** No message is begun. Keys may change only here (RFC 8446 §5.1). */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** Gives the payload of a handshake record, for good: it is not to be written to afterwards. */
  feed(payload: Buffer): void {
    if (this.#violation === undefined) this.#queue.push(payload);
  }

  next(): HandshakeEvent {
    if (this.#violation !== undefined) return this.#violation;
    const queue = this.#queue;
    if (queue.length < HEADER_BYTES) return NEED_MORE;
    const length = queue.u24(1);
    if (length > this.#maxMessageBytes) {
      const type = queue.at(0);
      queue.clear();
      this.#violation = violation(
        `a handshake message of type ${type} with ${length} bytes, at most ${this.#maxMessageBytes} are read`,
        "RFC 8446 §4",
      );
      return this.#violation;
    }
    if (queue.length < HEADER_BYTES + length) return NEED_MORE;
    const raw = queue.take(HEADER_BYTES + length);
    return { kind: "message", type: raw[0]!, body: raw.subarray(HEADER_BYTES), raw };
  }
}
