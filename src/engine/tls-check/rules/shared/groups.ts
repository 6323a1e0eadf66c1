/** Named groups and signature schemes by code, as rules and policies name them. */
import type { AddressFacts, GroupFacts as GroupList } from "../../facts.ts";
import { type GroupFacts, group } from "../../registry/groups.ts";
import { SIGNATURE_SCHEMES } from "../../registry/signature-schemes.ts";
import { BEFORE_TLS13, maySpeak } from "./addresses.ts";

export function groupEntry(code: number): GroupFacts | undefined {
  return group(code);
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(4, "0")}`;
}

/** The lists of groups of those versions that are spoken, or may be. */
export function groupLists(address: AddressFacts): readonly (readonly [version: string, list: GroupList])[] {
  return [
    ...(maySpeak(address, ["TLSv1.3"]) ? [["TLS 1.3", address.groups13] as const] : []),
    ...(maySpeak(address, BEFORE_TLS13) ? [["TLS 1.2", address.groups12] as const] : []),
  ];
}

export function groupName(code: number): string {
  return group(code)?.name ?? hex(code);
}

export function schemeName(code: number): string {
  return SIGNATURE_SCHEMES.find((scheme) => scheme.code === code)?.name ?? hex(code);
}

/** Key agreement that a quantum computer does not break. */
export function isPostQuantum(code: number): boolean {
  const kind = group(code)?.kind;
  return kind === "kem" || kind === "hybrid";
}

/** X25519, X448, P-256, P-384, P-521 and the post-quantum ones: what today's clients speak. */
export function isModernGroup(code: number): boolean {
  return isPostQuantum(code) || [0x001d, 0x001e, 0x0017, 0x0018, 0x0019].includes(code);
}

/** TLS 1.2 writes hash and signature as two bytes (RFC 5246 section 7.4.1.4.1); 1 = MD5, 2 = SHA-1. */
export function hashByte(scheme: number): number {
  return scheme >> 8;
}
