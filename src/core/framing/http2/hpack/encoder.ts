// Encodes header blocks without a dynamic table (RFC 7541 section 6): static entries by index, everything else as
// a literal, secrets as never indexed (section 7.1.3). Such a block can be built once and sent on any connection.
import { encodeHuffman, huffmanLength } from "./huffman.ts";
import { STATIC_TABLE } from "./tables.ts";

const BY_NAME = new Map<string, number>();
const BY_FIELD = new Map<string, number>();
for (let index = STATIC_TABLE.length / 2; index >= 1; index--) {
  const name = STATIC_TABLE[2 * index - 2]!;
  BY_NAME.set(name, index);
  BY_FIELD.set(`${name}\n${STATIC_TABLE[2 * index - 1]!}`, index);
}

/** Fields that no intermediary should put into a table (section 7.1.3). */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
]);

/** @param fields names (lower case) and values in turn, octets as latin1 */
export function encodeHeaderBlock(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    const secret = SECRET_NAMES.has(name);
    const whole = secret ? undefined : BY_FIELD.get(`${name}\n${value}`);
    if (whole !== undefined) {
      parts.push(encodeInteger(0x80, 7, whole));
      continue;
    }
    const index = BY_NAME.get(name) ?? 0;
    parts.push(encodeInteger(secret ? 0x10 : 0, 4, index));
    if (index === 0) parts.push(encodeString(name));
    parts.push(encodeString(value));
  }
  return Buffer.concat(parts);
}

/** Section 5.1. @param pattern the bits above the prefix */
export function encodeInteger(pattern: number, prefixBits: number, value: number): Buffer {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return Buffer.from([pattern | value]);
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return huffmanLength(bytes) < bytes.length
    ? Buffer.concat([encodeInteger(0x80, 7, huffmanLength(bytes)), encodeHuffman(bytes)])
    : Buffer.concat([encodeInteger(0, 7, bytes.length), bytes]);
}
