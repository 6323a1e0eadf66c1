/**
 * Values inside DER elements: integers, object identifiers, bits, booleans, moments. Each accepts what BER
 * allows, notes what DER forbids, and throws a `DerFault` where no value can be made out.
 */
import { DerFault, type Element, TAG } from "./element.ts";

/** An OID longer than this is no OID anyone registered; bounds the work on hostile input. */
const MAX_OID_BYTES = 128;

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Contents of an INTEGER or ENUMERATED, checked: at least one octet, shortest form noted. */
export function integerBytes(element: Element, tag: number = TAG.integer): Uint8Array {
  if (element.tag !== tag || element.length === 0) throw new DerFault("no integer", element.start);
  const bytes = element.body;
  if (bytes.length > 1) {
    const sign = bytes[1]! >> 7;
    if ((bytes[0] === 0 && sign === 0) || (bytes[0] === 0xff && sign === 1)) {
      element.note("integer not in its shortest form");
    }
  }
  return bytes;
}

export function integer(element: Element): bigint {
  const bytes = integerBytes(element);
  const value = BigInt(`0x${toHex(bytes)}`);
  return bytes[0]! < 0x80 ? value : value - (1n << BigInt(bytes.length * 8));
}

/** An INTEGER or ENUMERATED that fits a double exactly; versions, counts, lengths. */
export function smallInteger(element: Element, tag: number = TAG.integer): number {
  const bytes = integerBytes(element, tag);
  if (bytes.length > 6) throw new DerFault("an integer too large here", element.start);
  let value = bytes[0]! >= 0x80 ? -1 : 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** Position of the highest 1 bit of an unsigned big-endian number: 0 for zero. */
export function bitLength(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at++;
  if (at === bytes.length) return 0;
  return (bytes.length - at) * 8 - (Math.clz32(bytes[at]!) - 24);
}

export function boolean(element: Element): boolean {
  if (element.tag !== TAG.boolean || element.length !== 1) throw new DerFault("no boolean", element.start);
  const byte = element.body[0]!;
  if (byte !== 0 && byte !== 0xff) element.note(`TRUE written as ${byte.toString(16)} instead of ff`);
  return byte !== 0;
}

export function oid(element: Element): string {
  if (element.tag !== TAG.oid) throw new DerFault("no object identifier", element.start);
  return oidText(element);
}

/** The OID in the contents, whatever the tag: registeredID is implicitly tagged. */
export function oidText(element: Element): string {
  const bytes = element.body;
  if (bytes.length === 0 || bytes.length > MAX_OID_BYTES || bytes[bytes.length - 1]! >= 0x80) {
    throw new DerFault("no object identifier", element.start);
  }
  const arcs: (number | bigint)[] = [];
  let arc: number | bigint = 0;
  let fresh = true;
  for (const byte of bytes) {
    if (fresh && byte === 0x80) element.note("object identifier not in its shortest form");
    fresh = byte < 0x80;
    arc =
      typeof arc === "number" && arc < 2 ** 45
        ? arc * 128 + (byte & 0x7f)
        : BigInt(arc) * 128n + BigInt(byte & 0x7f);
    if (fresh) {
      if (arcs.length === 0) {
        const top: number = arc < 40 ? 0 : arc < 80 ? 1 : 2;
        arcs.push(top, typeof arc === "number" ? arc - top * 40 : arc - BigInt(top * 40));
      } else {
        arcs.push(arc);
      }
      arc = 0;
    }
  }
  return arcs.join(".");
}

export interface Bits {
  readonly bytes: Uint8Array;
  readonly unused: number;
}

/** A BIT STRING; `body` may be that of an implicitly tagged one. */
export function bits(element: Element): Bits {
  const body = element.body;
  const unused = body[0];
  if (unused === undefined || unused > 7 || (unused > 0 && body.length === 1)) {
    throw new DerFault("no bit string", element.start);
  }
  const last = body[body.length - 1]!;
  if (unused > 0 && (last & ((1 << unused) - 1)) !== 0)
    element.note("unused bits of a bit string are not zero");
  return { bytes: body.subarray(1), unused };
}

/** A BIT STRING that holds whole octets: keys and signatures. */
export function wholeBits(element: Element, what: string): Uint8Array {
  if (element.tag !== TAG.bitString) throw new DerFault(`the ${what} is no bit string`, element.start);
  const { bytes, unused } = bits(element);
  if (unused !== 0) element.note(`the ${what} is not a whole number of octets`);
  return bytes;
}

/** Numbers of the bits that are set in a named bit list; trailing zero bits are noted (X.690 §11.2.2). */
export function namedBits(element: Element): number[] {
  const { bytes, unused } = bits(element);
  const last = bytes[bytes.length - 1];
  if (last !== undefined && ((last >> unused) & 1) === 0) element.note("named bits with trailing zeros");
  const set: number[] = [];
  // Named bit lists of X.509 have nine bits; further octets mean nothing.
  for (let bit = 0; bit < Math.min(bytes.length * 8 - unused, 32); bit++) {
    if ((bytes[bit >> 3]! & (0x80 >> (bit & 7))) !== 0) set.push(bit);
  }
  return set;
}

/** An OCTET STRING; BER's constructed form is joined and noted. */
export function octets(element: Element): Uint8Array {
  if (element.tag === TAG.octetString) return element.body;
  if (element.tag !== (TAG.octetString | 0x20)) throw new DerFault("no octet string", element.start);
  element.note("octet string in parts (BER, not DER)");
  return joinParts(element);
}

/** Joins the parts of a constructed string, however nested; implicit tags included. */
export function joinParts(element: Element): Uint8Array {
  if (!element.constructed) return element.body;
  const parts: Uint8Array[] = [];
  for (const part of element.children()) parts.push(joinParts(part));
  return Buffer.concat(parts);
}
