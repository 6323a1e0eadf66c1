// What a scripted server chooses from a ClientHello, and what it cannot stand about it.
import { ByteReader } from "../../src/core/framing/tls/byte-reader.ts";
import type { ClientHello } from "../../src/core/framing/tls/client-hello.ts";
import { EXTENSION, isGrease } from "../../src/core/framing/tls/extension-types.ts";
import { VERSION } from "../../src/core/framing/tls/record.ts";
import { keyExchangeForm, type SuiteFacts, suite } from "../../src/engine/tls-check/registry/suites.ts";
import type { Reaction, ResponderScript } from "./tls-responder-script.ts";

const VERSIONS = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
const X25519 = 0x001d;
const P256 = 0x0017;

/** The first thing about the hello that the server cannot stand. */
export function intolerance(
  script: ResponderScript,
  hello: ClientHello,
  helloBytes: number,
): Reaction | undefined {
  const { version, long, grease, extensions, suites } = script.intolerance ?? {};
  const best = Math.max(...script.versions);
  const named = [hello.legacyVersion, ...codeList8(hello, EXTENSION.supportedVersions)];
  if (version !== undefined && named.some((one) => one > best && !isGrease(one))) return version;
  if (long !== undefined && helloBytes > (long.bytes ?? 255)) return long.reaction;
  const all = [...hello.suites, ...hello.extensions.keys(), ...codeList(hello, EXTENSION.supportedGroups)];
  if (grease !== undefined && all.some(isGrease)) return grease;
  if (extensions?.types.some((type) => hello.extensions.has(type))) return extensions.reaction;
  if (suites !== undefined && hello.suites.length > suites.most) return suites.reaction;
  return undefined;
}

export function nameOf(hello: ClientHello): string | undefined {
  const body = hello.extensions.get(EXTENSION.serverName);
  return body === undefined || body.length < 5 ? undefined : body.toString("latin1", 5);
}

export function nameReaction(script: ResponderScript, hello: ClientHello): Reaction | undefined {
  const name = nameOf(hello);
  if (name === undefined) return script.withoutName;
  const known = script.certificatesByName;
  return known !== undefined && !Object.hasOwn(known, name) ? script.unknownName : undefined;
}

export function offeredVersions(hello: ClientHello): (version: number) => boolean {
  const listed = codeList8(hello, EXTENSION.supportedVersions);
  if (listed.length > 0) return (version) => listed.includes(version);
  return (version) => version <= hello.legacyVersion && version < VERSION.tls13;
}

export function chooseSuite(
  script: ResponderScript,
  hello: ClientHello,
  version: number,
): SuiteFacts | undefined {
  const at = version - VERSION.ssl3;
  const able = script.suites.flatMap((code) => {
    const facts = suite(code);
    if (facts === undefined) return [];
    const first = VERSIONS.indexOf(facts.minVersion as (typeof VERSIONS)[number]);
    const last = VERSIONS.indexOf(facts.maxVersion as (typeof VERSIONS)[number]);
    return first <= at && at <= last && canDo(script, hello, version, facts) ? [facts] : [];
  });
  if (script.order === "client") {
    const code = hello.suites.find((one) => able.some((facts) => facts.code === one));
    return able.find((facts) => facts.code === code);
  }
  const isChacha = (facts: SuiteFacts | undefined) => facts?.cipher === "CHACHA20-POLY1305";
  const ordered =
    script.chachaForMobile === true && isChacha(suite(hello.suites[0] ?? 0))
      ? [...able.filter(isChacha), ...able.filter((facts) => !isChacha(facts))]
      : able;
  return ordered.find(({ code }) => hello.suites.includes(code));
}

/** A suite also needs a group and a scheme in common, and a certificate where it can have one. */
function canDo(script: ResponderScript, hello: ClientHello, version: number, facts: SuiteFacts): boolean {
  if (facts.keyExchange === "TLS13") return chooseGroup(script, hello) !== undefined;
  const { certificates } = script;
  const byKey = certificates !== undefined && !Array.isArray(certificates);
  if (byKey && ["RSA", "ECDSA", "DSS"].includes(facts.authentication)) {
    const kinds = certificates as { readonly [authentication: string]: readonly Uint8Array[] | undefined };
    if (kinds[facts.authentication] === undefined) return false;
  }
  const form = keyExchangeForm(facts);
  const elliptic = form === "ecdhe" || form === "ecdh-anon" || form === "ecdhe-psk";
  if (elliptic && script.fixedGroup === undefined && chooseGroup(script, hello) === undefined) return false;
  const signed = form === "ecdhe" || form === "dhe";
  return !signed || version < VERSION.tls12 || chooseScheme(script, hello, facts) !== undefined;
}

export function chooseGroup(script: ResponderScript, hello: ClientHello): number | undefined {
  const ours = script.groups ?? [X25519, P256];
  const body = hello.extensions.get(EXTENSION.supportedGroups);
  // Without the extension a client takes any curve (RFC 8422 §4).
  const theirs = body === undefined ? ours : codeList(hello, EXTENSION.supportedGroups);
  return script.groupOrder === "client"
    ? theirs.find((code) => ours.includes(code))
    : ours.find((code) => theirs.includes(code));
}

export function chooseScheme(
  script: ResponderScript,
  hello: ClientHello,
  facts: SuiteFacts,
): number | undefined {
  const ours =
    script.schemes ??
    (facts.authentication === "ECDSA" ? [0x0403] : facts.authentication === "DSS" ? [0x0202] : [0x0401]);
  const theirs = codeList(hello, EXTENSION.signatureAlgorithms);
  if (!hello.extensions.has(EXTENSION.signatureAlgorithms)) return ours[0];
  return ours.find((code) => theirs.includes(code));
}

export function list16<T>(hello: ClientHello, type: number, read: (body: ByteReader) => T[]): T[] {
  const body = hello.extensions.get(type);
  return body === undefined ? [] : read(new ByteReader(new ByteReader(body).vector16()));
}

export const names = (body: ByteReader): string[] => {
  const found: string[] = [];
  while (body.left > 0) found.push(body.vector8().toString("latin1"));
  return found;
};

export const codeList = (hello: ClientHello, type: number): number[] =>
  list16(hello, type, (body) => {
    const found: number[] = [];
    while (body.left > 0) found.push(body.u16());
    return found;
  });

const codeList8 = (hello: ClientHello, type: number): number[] => {
  const body = hello.extensions.get(type);
  return body === undefined ? [] : new ByteReader(body).codes8();
};
