/**
 * Frames on their way out (RFC 6455 section 5.2). Two ways: `writeFrameHeader` puts a header in front of a payload
 * that lies in the caller's buffer already, to be masked there (`maskInPlace`) without a copy; `encodeFrame` makes
 * a buffer of its own.
 *
 *     target  [ …… header | payload …… ]      a client: maskInPlace(target, payload start, end, key)
 *                  ▲ at
 */
import { Buffer } from "node:buffer";
import { maskInPlace } from "./mask.ts";
import { MAX_CONTROL_BYTES, OPCODE, type Opcode } from "./types.ts";

const FIN = 0x80;
/** RSV1: the message is compressed (RFC 7692 section 6). */
const COMPRESSED = 0x40;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** The longest header that a frame can have. */
export const MAX_HEADER_BYTES = 14;

export function frameHeaderBytes(payloadBytes: number, masked: boolean): number {
  const length = payloadBytes <= 125 ? 2 : payloadBytes <= 0xffff ? 4 : 10;
  return masked ? length + 4 : length;
}

/**
 * Writes a header to `target` at `at`; returns the offset behind it. `key`: a client's masking key, undefined for
 * a server. The caller keeps to the rules of control frames.
 */
export function writeFrameHeader(
  target: Buffer,
  at: number,
  opcode: Opcode,
  final: boolean,
  payloadBytes: number,
  key: number | undefined,
): number {
  const masked = key === undefined ? 0 : MASKED;
  let next = at + 2;
  target[at] = final ? FIN | opcode : opcode;
  if (payloadBytes <= 125) {
    target[at + 1] = masked | payloadBytes;
  } else if (payloadBytes <= 0xffff) {
    target[at + 1] = masked | LENGTH_16;
    next = target.writeUInt16BE(payloadBytes, next);
  } else {
    target[at + 1] = masked | LENGTH_64;
    next = target.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), next);
    next = target.writeUInt32BE(payloadBytes >>> 0, next);
  }
  return key === undefined ? next : target.writeInt32BE(key | 0, next);
}

export interface EncodeOptions {
  /** A client's masking key; a server's frames have none. */
  readonly key?: number | undefined;
  /** False: more fragments of this message follow (section 5.4). */
  readonly final?: boolean;
  /** The payload is compressed (`deflateMessage`); said in the first frame of a message. */
  readonly compressed?: boolean;
}

/** Header and payload as one buffer. @throws RangeError for a control frame that is too long or not final. */
export function encodeFrame(opcode: Opcode, payload: Uint8Array, options: EncodeOptions = {}): Buffer {
  const { key, final = true, compressed = false } = options;
  if (opcode >= OPCODE.close && (payload.length > MAX_CONTROL_BYTES || !final)) {
    throw new RangeError(`a control frame of ${payload.length} bytes${final ? "" : " in fragments"}`);
  }
  const headerBytes = frameHeaderBytes(payload.length, key !== undefined);
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  writeFrameHeader(frame, 0, opcode, final, payload.length, key);
  if (compressed) frame[0]! |= COMPRESSED;
  frame.set(payload, headerBytes);
  if (key !== undefined) maskInPlace(frame, headerBytes, frame.length, key);
  return frame;
}
