/**
 * The pieces that messages are written from: numbers and vectors in network order (RFC 8446 §3).
 * @throws RangeError, all of them, for what does not fit its field: a mistake of the caller.
 */
import { Buffer } from "node:buffer";

export function u8(value: number): Buffer {
  return number(value, 1);
}

export function u16(value: number): Buffer {
  return number(value, 2);
}

export function u24(value: number): Buffer {
  return number(value, 3);
}

export function u32(value: number): Buffer {
  return number(value, 4);
}

export function vector8(...parts: readonly Uint8Array[]): Buffer {
  return vector(1, parts);
}

export function vector16(...parts: readonly Uint8Array[]): Buffer {
  return vector(2, parts);
}

export function vector24(...parts: readonly Uint8Array[]): Buffer {
  return vector(3, parts);
}

/** Code points in a row, without a length. */
export function codes(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, index * 2);
  });
  return bytes;
}

function number(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}

function vector(width: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length >= 2 ** (8 * width))
    throw new RangeError(`${length} bytes in a vector with a ${width}-byte length`);
  return Buffer.concat([number(length, width), ...parts]);
}
