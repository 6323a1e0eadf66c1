/**
 * TLS records (RFC 8446 §5.1, RFC 5246 §6.2, RFC 6101 §5.2.1): five bytes of header, then the payload, in the
 * clear or encrypted; this layer does not care.
 *
 * The reader refuses what is too long, or is no TLS, at the header and before it keeps anything of it.
 * After a violation it is dead: every further `next` gives the same one.
 */
import { Buffer } from "node:buffer";
import { ByteQueue } from "./byte-queue.ts";
import { NEED_MORE, type NeedMore, type TlsViolation, violation } from "./violation.ts";

export const RECORD = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const;

/** Version numbers as records and hellos carry them. */
export const VERSION = {
  ssl2: 0x0002,
  ssl3: 0x0300,
  tls10: 0x0301,
  tls11: 0x0302,
  tls12: 0x0303,
  tls13: 0x0304,
} as const;

/** Most bytes of plaintext in a record, 2^14. */
export const MAX_FRAGMENT_BYTES = 16_384;
/** Most bytes of a protected record up to TLS 1.2: 2^14 + 2048 (RFC 5246 §6.2.3). TLS 1.3 allows 2^14 + 256. */
export const MAX_RECORD_BYTES = MAX_FRAGMENT_BYTES + 2048;
const HEADER_BYTES = 5;
/** Shown of bytes that are no TLS. */
const SHOWN_BYTES = 16;

export interface RecordMessage {
  readonly kind: "record";
  readonly type: number;
  readonly version: number;
  /** A view; valid as long as it is kept. */
  readonly payload: Buffer;
}

export type RecordEvent = RecordMessage | NeedMore | TlsViolation;

/** As many records as the payload takes, at most 2^14 bytes in each; an empty payload makes one empty record. */
export function encodeRecord(type: number, version: number, payload: Uint8Array): Buffer {
  const count = Math.max(1, Math.ceil(payload.length / MAX_FRAGMENT_BYTES));
  const bytes = Buffer.allocUnsafe(payload.length + count * HEADER_BYTES);
  let at = 0;
  for (let record = 0; record < count; record++) {
    const fragment = payload.subarray(record * MAX_FRAGMENT_BYTES, (record + 1) * MAX_FRAGMENT_BYTES);
    bytes.writeUInt8(type, at);
    bytes.writeUInt16BE(version, at + 1);
    bytes.writeUInt16BE(fragment.length, at + 3);
    bytes.set(fragment, at + HEADER_BYTES);
    at += HEADER_BYTES + fragment.length;
  }
  return bytes;
}

export class RecordReader {
  readonly #maxRecordBytes: number;
  readonly #queue = new ByteQueue();
  #violation: TlsViolation | undefined;

  /** `maxRecordBytes`: the longest payload; by default what TLS 1.2 allows to a protected record. */
  constructor(maxRecordBytes = MAX_RECORD_BYTES) {
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Payload bytes that had to be copied because a record straddled chunks. */
  get bytesCopied(): number {
    return this.#queue.bytesCopied;
  }

  /** No record is begun: an end of the stream here cuts none. */
  get idle(): boolean {
    return this.#queue.length === 0;
  }

  /** Gives a chunk, for good: it is not to be written to afterwards. */
  feed(chunk: Buffer): void {
    if (this.#violation === undefined) this.#queue.push(chunk);
  }

  next(): RecordEvent {
    if (this.#violation !== undefined) return this.#violation;
    const queue = this.#queue;
    if (queue.length > 0 && !isRecordType(queue.at(0))) return this.#notTls();
    if (queue.length > 1 && queue.at(1) !== 3) return this.#notTls();
    if (queue.length < HEADER_BYTES) return NEED_MORE;
    const type = queue.at(0);
    const length = queue.u16(3);
    if (length > this.#maxRecordBytes) {
      return this.#break(
        `a record of ${length} bytes, at most ${this.#maxRecordBytes} are allowed`,
        "RFC 8446 §5.2",
      );
    }
    if (length === 0 && type !== RECORD.applicationData) {
      return this.#break(`an empty record of type ${type}`, "RFC 8446 §5.1");
    }
    if (queue.length < HEADER_BYTES + length) return NEED_MORE;
    const header = queue.take(HEADER_BYTES);
    const payload = queue.take(length);
    return { kind: "record", type, version: header.readUInt16BE(1), payload };
  }

  #notTls(): TlsViolation {
    const shown = this.#queue.take(Math.min(this.#queue.length, SHOWN_BYTES));
    return this.#break(`not a TLS record: it begins with ${quote(shown)}`, "RFC 8446 §5.1");
  }

  #break(what: string, section: string): TlsViolation {
    this.#queue.clear();
    this.#violation = violation(what, section);
    return this.#violation;
  }
}

function isRecordType(type: number): boolean {
  return type >= RECORD.changeCipherSpec && type <= RECORD.heartbeat;
}

/** Text as text, anything else as hexadecimal. */
function quote(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  return /^[\x20-\x7e\r\n\t]+$/.test(text) ? JSON.stringify(text) : bytes.toString("hex");
}
