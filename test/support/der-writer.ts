/**
 * Writes DER, and on purpose also what is not DER: every part is bytes, so that a test can put anything anywhere.
 * Independent of the writer in the sources.
 */

export type Der = Buffer;

/** Identifier, length in shortest form, contents. */
export function tlv(tag: number, ...contents: readonly Uint8Array[]): Der {
  const body = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), lengthOctets(body.length), body]);
}

export function lengthOctets(length: number): Buffer {
  if (length < 128) return Buffer.of(length);
  const hex = length.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Uint8Array.of(0x80 | octets.length), octets]);
}

/** The same element with its length written in `octets` octets more than needed. */
export function longerLength(element: Uint8Array, extra = 1): Der {
  const { tag, body } = split(element);
  const plain = lengthOctets(body.length);
  const digits = plain[0]! < 0x80 ? plain : plain.subarray(1);
  const padded = Buffer.concat([Buffer.alloc(extra), digits]);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | padded.length), padded, body]);
}

/** The same constructed element with an indefinite length (BER). */
export function indefinite(element: Uint8Array): Der {
  const { tag, body } = split(element);
  return Buffer.concat([Uint8Array.of(tag, 0x80), body, Uint8Array.of(0, 0)]);
}

/** Tag and contents of an element. */
export function split(element: Uint8Array): { tag: number; body: Buffer } {
  const first = element[1]!;
  const header = first < 0x80 ? 2 : 2 + (first & 0x7f);
  return { tag: element[0]!, body: Buffer.from(element.subarray(header)) };
}

/** The elements one after another in `body`. */
export function elementsIn(body: Uint8Array): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < body.length; ) {
    const first = body[at + 1]!;
    const octets = first < 0x80 ? 0 : first & 0x7f;
    const length =
      octets === 0 ? first : Buffer.from(body.subarray(at + 2, at + 2 + octets)).readUIntBE(0, octets);
    const end = at + 2 + octets + length;
    found.push(Buffer.from(body.subarray(at, end)));
    at = end;
  }
  return found;
}

export const seq = (...parts: readonly Uint8Array[]): Der => tlv(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Der => tlv(0x31, ...parts);
export const octetString = (...parts: readonly Uint8Array[]): Der => tlv(0x04, ...parts);
export const bitString = (bytes: Uint8Array, unused = 0): Der => tlv(0x03, Uint8Array.of(unused), bytes);
export const boolean = (value: boolean, octet = value ? 0xff : 0): Der => tlv(0x01, Uint8Array.of(octet));
export const nul = (): Der => tlv(0x05);
/** Context tag, constructed (explicit, or implicit over something constructed). */
export const ctx = (number: number, ...parts: readonly Uint8Array[]): Der => tlv(0xa0 | number, ...parts);
/** Context tag, primitive. */
export const ctxRaw = (number: number, body: Uint8Array | string): Der => tlv(0x80 | number, bytesOf(body));

export function int(value: number | bigint | Uint8Array, tag = 0x02): Der {
  if (typeof value === "object") return tlv(tag, value);
  const wanted = BigInt(value);
  let length = 1;
  while (wanted >= 1n << BigInt(length * 8 - 1) || wanted < -(1n << BigInt(length * 8 - 1))) length++;
  const unsigned = BigInt.asUintN(length * 8, wanted);
  return tlv(tag, Buffer.from(unsigned.toString(16).padStart(length * 2, "0"), "hex"));
}

export function oid(dotted: string): Der {
  const arcs = dotted.split(".").map(BigInt);
  const octets = [arcs[0]! * 40n + arcs[1]!, ...arcs.slice(2)].flatMap((arc) => {
    const group = [Number(arc & 127n)];
    for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) group.unshift(Number(rest & 127n) | 0x80);
    return group;
  });
  return tlv(0x06, Buffer.from(octets));
}

export const utf8 = (text: string): Der => tlv(0x0c, Buffer.from(text, "utf8"));
export const printable = (text: string): Der => tlv(0x13, Buffer.from(text, "latin1"));
export const teletex = (text: string): Der => tlv(0x14, Buffer.from(text, "latin1"));
export const ia5 = (text: string): Der => tlv(0x16, Buffer.from(text, "latin1"));
export const bmp = (text: string): Der => tlv(0x1e, Buffer.from(text, "utf16le").swap16());
export const universal = (text: string): Der =>
  tlv(
    0x1c,
    ...[...text].map((character) => {
      const octets = Buffer.alloc(4);
      octets.writeUInt32BE(character.codePointAt(0)!);
      return octets;
    }),
  );

/** `20260501120000Z` and `260501120000Z`. */
export const generalizedTime = (at: Date | string): Der => tlv(0x18, Buffer.from(stamp(at)));
export const utcTime = (at: Date | string): Der =>
  tlv(0x17, Buffer.from(typeof at === "string" ? at : stamp(at).slice(2)));

function stamp(at: Date | string): string {
  return typeof at === "string" ? at : `${at.toISOString().replace(/\D/g, "").slice(0, 14)}Z`;
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). */
export const time = (at: Date): Der => (at.getUTCFullYear() < 2050 ? utcTime(at) : generalizedTime(at));

function bytesOf(body: Uint8Array | string): Uint8Array {
  return typeof body === "string" ? Buffer.from(body, "latin1") : body;
}

export function pem(label: string, der: Uint8Array, ending = "\n"): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join(ending);
}
