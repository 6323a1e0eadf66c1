/**
 * The little DER that has to be written: OCSP requests, the precertificate that a timestamp was given for, keys
 * wrapped for node:crypto.
 */
import { TAG } from "./element.ts";

/** Length octets, shortest form. */
export function derLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  let length = 0;
  for (const part of contents) length += part.length;
  return Buffer.concat([Uint8Array.of(tag), derLength(length), ...contents]);
}

export function derSequence(...contents: readonly Uint8Array[]): Buffer {
  return derElement(TAG.sequence, ...contents);
}

export function derOid(dotted: string): Buffer {
  const [top, second, ...rest] = dotted.split(".").map(Number) as [number, number, ...number[]];
  const octets: number[] = [];
  for (const arc of [top * 40 + second, ...rest]) {
    const group = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      group.unshift((left % 128) | 0x80);
    octets.push(...group);
  }
  return derElement(TAG.oid, Uint8Array.from(octets));
}
