/**
 * GeneralNames (RFC 5280 §4.2.1.6): the names in subjectAltName, name constraints, key identifiers and
 * distribution points, each with its contents for those who compare them.
 */
import { isIPv6 } from "node:net";
import { context, DerFault, type Element, Fields, TAG } from "./der/element.ts";
import { ia5, text } from "./der/text.ts";
import { oid, oidText } from "./der/values.ts";
import { readName } from "./distinguished-name.ts";
import type { GeneralName } from "./model.ts";

export interface ReadGeneralName extends GeneralName {
  /** The element: address octets, the Name of a directory name. */
  readonly element: Element;
}

/** All names in a GeneralNames of any (implicit) tag. */
export function readGeneralNames(element: Element, what: string): ReadGeneralName[] {
  const names: ReadGeneralName[] = [];
  for (const name of element.children()) names.push(readGeneralName(name, what));
  return names;
}

/** @param constraint addresses are followed by a mask (RFC 5280 §4.2.1.10). */
export function readGeneralName(element: Element, what: string, constraint = false): ReadGeneralName {
  switch (element.tag) {
    case context(0):
      return { kind: "other", value: otherName(element), element };
    case context(1, false):
      return { kind: "email", value: ia5(element, `${what}: e-mail address`), element };
    case context(2, false):
      return { kind: "dns", value: ia5(element, `${what}: DNS name`), element };
    case context(4): {
      const name = element.inner();
      return { kind: "directory", value: readName(name, `directory name in ${what}`).text, element: name };
    }
    case context(6, false):
      return { kind: "uri", value: ia5(element, `${what}: URI`), element };
    case context(7, false):
      return { kind: "ip", value: address(element, what, constraint), element };
    case context(8, false):
      return { kind: "rid", value: oidText(element), element };
    case context(3):
    case context(5):
      return { kind: "other", value: element.tag === context(3) ? "X.400 address" : "EDI party", element };
    default:
      throw new DerFault(`${what}: no such kind of name (tag ${element.tag.toString(16)})`, element.start);
  }
}

/** Drops what only readers need. */
export function plainNames(names: readonly ReadGeneralName[]): GeneralName[] {
  return names.map(({ kind, value }) => ({ kind, value }));
}

function otherName(element: Element): string {
  const fields = new Fields(element, "other name");
  const type = oid(fields.required(TAG.oid, "type"));
  const value = fields.optional(context(0));
  const shown = value === undefined ? undefined : text(value.inner());
  return shown === undefined ? type : `${type}:${shown}`;
}

function address(element: Element, what: string, constraint: boolean): string {
  const bytes = element.body;
  const half = constraint ? bytes.length / 2 : bytes.length;
  if (half !== 4 && half !== 16) {
    element.note(`${what}: an IP address of ${bytes.length} octets`);
    return `(${bytes.length} octets)`;
  }
  const shown = ipText(bytes.subarray(0, half));
  return constraint ? `${shown}/${ipText(bytes.subarray(half))}` : shown;
}

/** 4 octets as `a.b.c.d`, 16 as compressed IPv6 (RFC 5952). */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((bytes[at]! << 8) | bytes[at + 1]!);
  return compress(groups);
}

function compress(groups: readonly number[]): string {
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
    if (length > 0) at += length - 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.at < 0) return hex.join(":");
  return `${hex.slice(0, best.at).join(":")}::${hex.slice(best.at + best.length).join(":")}`;
}

/** Octets of an IP address in text; undefined when it is none. */
export function ipBytes(textual: string): Uint8Array | undefined {
  const bare = textual.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const parts = bare.split(".");
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return Uint8Array.from(parts, Number);
  }
  if (!isIPv6(bare)) return undefined;
  return ipv6Bytes(bare);
}

function ipv6Bytes(source: string): Uint8Array {
  // An IPv4 tail stands for two groups.
  const tail = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(source);
  const plain =
    tail === null
      ? source
      : `${tail[1]}${((Number(tail[2]) << 8) | Number(tail[3])).toString(16)}:${((Number(tail[4]) << 8) | Number(tail[5])).toString(16)}`;
  const [head, rest] = plain.split("::") as [string, string?];
  const front = head === "" ? [] : head.split(":");
  const back = rest === undefined || rest === "" ? [] : rest.split(":");
  const zeros = new Array<string>(rest === undefined ? 0 : 8 - front.length - back.length).fill("0");
  const out = new Uint8Array(16);
  [...front, ...zeros, ...back].forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    out[index * 2] = value >> 8;
    out[index * 2 + 1] = value & 0xff;
  });
  return out;
}
