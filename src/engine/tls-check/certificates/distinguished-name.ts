/**
 * Distinguished names (RFC 5280 §4.1.2.4) as RFC 4514 text, and compared as RFC 5280 §7.1 wants it.
 */
import { type Element, expectTag, fieldsOf, TAG } from "./der/element.ts";
import { harmless, rawText } from "./der/text.ts";
import { oid, sameBytes, toHex } from "./der/values.ts";
import type { DistinguishedName } from "./model.ts";
import { ATTRIBUTE_NAMES } from "./oids.ts";

const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const EMAIL = "1.2.840.113549.1.9.1";

interface Attribute {
  readonly type: string;
  /** Undefined when the value is no string. */
  readonly value: string | undefined;
  /** RFC 4514 text of both. */
  readonly text: string;
}

export function readName(element: Element, what: string): DistinguishedName {
  const rdns = readRdns(element, what);
  const attributes = rdns.flat();
  return {
    text: [...rdns].reverse().map(rdnText).join(","),
    der: element.bytes,
    commonNames: valuesOf(attributes, COMMON_NAME),
    organization: valuesOf(attributes, ORGANIZATION)[0],
  };
}

/** E-mail addresses in the name itself: name constraints hold for them too (RFC 5280 §4.2.1.6). */
export function emailsIn(element: Element): readonly string[] {
  return valuesOf(readRdns(element, "name").flat(), EMAIL);
}

/** One comparable key for each relative name, most general first: directory constraints are prefixes of it. */
export function rdnKeys(element: Element): readonly string[] {
  return readRdns(element, "name").map((rdn) => rdnKey(rdn.map((attribute) => attribute.text)));
}

const keys = new WeakMap<DistinguishedName, string>();

/**
 * Names that compare equal have equal keys: string type, case and runs of spaces do not count (RFC 5280 §7.1).
 */
export function nameKey(name: DistinguishedName): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = fold(name.text);
  keys.set(name, key);
  return key;
}

export function sameName(a: DistinguishedName, b: DistinguishedName): boolean {
  return sameBytes(a.der, b.der) || nameKey(a) === nameKey(b);
}

function readRdns(element: Element, what: string): Attribute[][] {
  const rdns: Attribute[][] = [];
  for (const set of expectTag(element, TAG.sequence, what).children()) {
    const rdn: Attribute[] = [];
    let previous: Uint8Array | undefined;
    for (const attribute of expectTag(set, TAG.set, `relative name of the ${what}`).children()) {
      rdn.push(readAttribute(attribute, what));
      if (previous !== undefined && Buffer.compare(previous, attribute.bytes) > 0) {
        set.note(`${what}: the set of a relative name is not sorted`);
      }
      previous = attribute.bytes;
    }
    if (rdn.length === 0) set.note(`${what}: a relative name without attributes`);
    rdns.push(rdn);
  }
  return rdns;
}

function readAttribute(element: Element, what: string): Attribute {
  const fields = fieldsOf(element, `attribute of the ${what}`);
  const type = oid(fields.required(TAG.oid, "type"));
  const valueElement = fields.required(undefined, "value");
  fields.end();
  const raw = rawText(valueElement);
  const shown = raw === undefined ? `#${toHex(valueElement.bytes)}` : harmless(escapeValue(raw));
  const value = raw === undefined ? undefined : harmless(raw);
  return { type, value, text: `${ATTRIBUTE_NAMES[type] ?? type}=${shown}` };
}

/** Attributes of one relative name in OpenSSL's order; RFC 4514 §2.2 leaves it open. */
function rdnText(rdn: readonly Attribute[]): string {
  return rdn
    .map(({ text }) => text)
    .reverse()
    .join("+");
}

/** RFC 4514 §2.4; control characters are left to `harmless`. */
function escapeValue(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, "\\$&")
    .replace(/^[ #]/, "\\$&")
    .replace(/ $/, "\\ ");
}

function valuesOf(attributes: readonly Attribute[], type: string): string[] {
  return attributes.flatMap((attribute) =>
    attribute.type === type && attribute.value !== undefined ? [attribute.value] : [],
  );
}

function rdnKey(texts: readonly string[]): string {
  return fold([...texts].sort().join("+"));
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
}
