/**
 * Character classes of RFC 9110 §5.6 as tables, and the byte values that the parsers look for.
 */
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;

/** tchar (RFC 9110 §5.6.2): what methods and field names are made of. 1 = is one. */
export const IS_TOKEN = table((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)));

/** What the first word of a status line, HTTP-version, is made of. 1 = is one. */
export const IS_VERSION = table((byte) => /[HTP/.0-9]/.test(String.fromCharCode(byte)));

/** field-vchar, SP and HTAB (RFC 9110 §5.5), obs-text included. 1 = is one. */
export const IS_FIELD_VALUE = table((byte) => byte === TAB || (byte >= SPACE && byte !== 0x7f));

/** VCHAR without "#", which no request target may hold (RFC 9112 §3.2). 1 = is one. */
export const IS_TARGET = table((byte) => byte > SPACE && byte < 0x7f && byte !== 0x23);

function table(holds: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0));
}

/** Value of a hexadecimal digit, or -1. */
export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Members of comma-separated lists, trimmed of SP and HTAB only: what else looks white is part of a member. */
export function listMembers(values: readonly string[]): readonly string[] {
  return values.join(",").split(",").map(trimBlanks);
}

function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** SP or HTAB. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}
