/**
 * The string types of ASN.1 as text. Whatever a certificate says may end up on a terminal: control characters
 * become `\HH`, so that a name can neither move the cursor nor end early at a NUL.
 */
import type { Element } from "./element.ts";

const UTF8 = 0x0c;
const NUMERIC = 0x12;
const PRINTABLE = 0x13;
const TELETEX = 0x14;
const VIDEOTEX = 0x15;
const IA5 = 0x16;
const GRAPHIC = 0x19;
const VISIBLE = 0x1a;
const GENERAL = 0x1b;
const UNIVERSAL = 0x1c;
const BMP = 0x1e;

const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const NOT_PRINTABLE_STRING = /[^A-Za-z0-9 '()+,\-./:=?]/;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const looseUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text of a string element made harmless, or undefined when it is none of the string types. */
export function text(element: Element): string | undefined {
  const raw = rawText(element);
  return raw === undefined ? undefined : harmless(raw);
}

/** Control characters and direction overrides as `\HH` of their UTF-8. */
export function harmless(raw: string): string {
  return raw.replace(CONTROL, (character) =>
    [...Buffer.from(character, "utf8")].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** IA5String contents, of whatever (implicit) tag; bytes above 7f are noted and shown as `\HH`. */
export function ia5(element: Element, what: string): string {
  const raw = Buffer.from(element.body).toString("latin1");
  if (/[^\x00-\x7f]/.test(raw)) element.note(`${what} with characters that are not ASCII`);
  if (raw.includes("\0")) element.note(`${what} with a NUL in it`);
  return raw.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Text exactly as encoded: to be escaped by the caller. */
export function rawText(element: Element): string | undefined {
  const body = element.body;
  switch (element.tag) {
    case UTF8:
      return utf8(element);
    case NUMERIC: {
      const raw = latin1(body);
      if (/[^0-9 ]/.test(raw)) element.note("NumericString with other characters than digits");
      return raw;
    }
    case PRINTABLE: {
      const raw = latin1(body);
      if (NOT_PRINTABLE_STRING.test(raw)) element.note("PrintableString with a character outside its set");
      return raw;
    }
    case IA5:
    case VISIBLE: {
      const raw = latin1(body);
      if (/[^\x00-\x7f]/.test(raw)) element.note("ASCII string with other characters");
      return raw;
    }
    // T.61 in practice is Latin-1, as every library reads it.
    case TELETEX:
    case VIDEOTEX:
    case GRAPHIC:
    case GENERAL:
      return latin1(body);
    case BMP:
      if (body.length % 2 !== 0) element.note("BMPString of an odd number of octets");
      return utf16(body);
    case UNIVERSAL:
      if (body.length % 4 !== 0) element.note("UniversalString not of a multiple of four octets");
      return utf32(body);
    default:
      return undefined;
  }
}

function latin1(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1");
}

function utf8(element: Element): string {
  try {
    return strictUtf8.decode(element.body);
  } catch {
    element.note("UTF8String that is not UTF-8");
    return looseUtf8.decode(element.body);
  }
}

function utf16(body: Uint8Array): string {
  const swapped = Buffer.from(body.subarray(0, body.length & ~1)).swap16();
  return swapped.toString("utf16le");
}

function utf32(body: Uint8Array): string {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const parts: string[] = [];
  for (let at = 0; at + 4 <= body.length; at += 4) {
    const point = view.getUint32(at);
    parts.push(point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point));
  }
  return parts.join("");
}
