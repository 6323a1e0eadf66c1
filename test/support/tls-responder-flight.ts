// A scripted server's answer to a ClientHello, worked out without I/O: what it chooses, and the bytes of its first
// flight. Keys, points and signatures are random bytes of the right length.
import { Buffer } from "node:buffer";
import { getDiffieHellman, randomBytes } from "node:crypto";
import { ALERT } from "../../src/core/framing/tls/alerts.ts";
import { ByteReader } from "../../src/core/framing/tls/byte-reader.ts";
import {
  codes,
  u8,
  u16,
  u24,
  u32,
  vector8,
  vector16,
  vector24,
} from "../../src/core/framing/tls/byte-writer.ts";
import type { ClientHello } from "../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../src/core/framing/tls/extension-types.ts";
import { encodeHandshake, HANDSHAKE } from "../../src/core/framing/tls/handshake.ts";
import { VERSION } from "../../src/core/framing/tls/record.ts";
import {
  DOWNGRADE_TLS11,
  DOWNGRADE_TLS12,
  RETRY_RANDOM,
} from "../../src/core/framing/tls/server-messages.ts";
import { group } from "../../src/engine/tls-check/registry/groups.ts";
import { keyExchangeForm, SIGNALS, type SuiteFacts } from "../../src/engine/tls-check/registry/suites.ts";
import {
  chooseGroup,
  chooseScheme,
  chooseSuite,
  codeList,
  intolerance,
  list16,
  nameOf,
  nameReaction,
  names,
  offeredVersions,
} from "./tls-responder-choices.ts";
import type { Reaction, ResponderScript } from "./tls-responder-script.ts";

export type Answer =
  | { readonly kind: "reaction"; readonly reaction: Reaction }
  /** Handshake messages in a row; `modern`: TLS 1.3, nothing can follow. `warning`: sent before. */
  | {
      readonly kind: "flight";
      readonly version: number;
      readonly messages: Buffer;
      readonly modern: boolean;
      readonly retry: boolean;
      readonly warning: number | undefined;
    };

const P256 = 0x0017;
const EMPTY = Buffer.alloc(0);

const reaction = (what: Reaction): Answer => ({ kind: "reaction", reaction: what });
const fatal = (alert: number): Answer => reaction({ alert });

export function answer(script: ResponderScript, hello: ClientHello, helloBytes: number): Answer {
  const stop = intolerance(script, hello, helloBytes);
  if (stop !== undefined) return reaction(stop);
  const named = nameReaction(script, hello);
  const warning = typeof named === "object" && "warning" in named ? named.warning : undefined;
  if (named !== undefined && warning === undefined) return reaction(named);

  const offered = offeredVersions(hello);
  const version = Math.max(0, ...script.versions.filter((one) => offered(one)));
  if (version === 0) return reaction(script.noVersion ?? { alert: ALERT.protocol_version });
  const best = Math.max(...script.versions);
  if ((script.fallbackScsv ?? true) && hello.suites.includes(SIGNALS.fallback) && version < best) {
    return fatal(ALERT.inappropriate_fallback);
  }
  const chosen = chooseSuite(script, hello, version);
  if (chosen === undefined) return reaction(script.nothingInCommon ?? { alert: ALERT.handshake_failure });
  const protocols = list16(hello, EXTENSION.alpn, (body) => names(body));
  const alpn = script.alpn?.find((name) => protocols.includes(name));
  if (script.alpn !== undefined && protocols.length > 0 && alpn === undefined) {
    return fatal(ALERT.no_application_protocol);
  }
  if (version === VERSION.tls13) return modern(script, hello, chosen, warning);
  return classic(script, hello, version, chosen, alpn, warning);
}

function modern(
  script: ResponderScript,
  hello: ClientHello,
  facts: SuiteFacts,
  warning: number | undefined,
): Answer {
  const code = chooseGroup(script, hello)!;
  const shares = new ByteReader(hello.extensions.get(EXTENSION.keyShare) ?? Buffer.from([0, 0]));
  const entries = new ByteReader(shares.vector16());
  let offered = false;
  while (entries.left > 0) {
    if (entries.u16() === code) offered = true;
    entries.vector16();
  }
  const share = offered ? Buffer.concat([u16(code), vector16(randomBytes(shareBytes(code)))]) : u16(code);
  const body = serverHello({
    version: VERSION.tls12,
    random: offered ? randomBytes(32) : RETRY_RANDOM,
    sessionId: hello.sessionId,
    suite: facts.code,
    compression: 0,
    extensions: [
      [EXTENSION.supportedVersions, u16(VERSION.tls13)],
      [EXTENSION.keyShare, share],
    ],
  });
  return { kind: "flight", version: VERSION.tls12, messages: body, modern: true, retry: !offered, warning };
}

/** What a server of TLS 1.3 sends for a group. */
function shareBytes(code: number): number {
  const facts = group(code);
  if (facts === undefined) return 32;
  const curve =
    facts.curve === "X25519" ? 32 : facts.curve === "X448" ? 56 : facts.curve === "P-384" ? 97 : 65;
  if (facts.kind === "ffdh") return facts.bits / 8;
  if (facts.kind === "ecdh") return facts.curve?.startsWith("X") ? curve : 1 + 2 * Math.ceil(facts.bits / 8);
  const ciphertext = { 128: 768, 192: 1088, 256: 1568 }[facts.bits] ?? 1088;
  return facts.kind === "kem" ? ciphertext : ciphertext + curve;
}

function classic(
  script: ResponderScript,
  hello: ClientHello,
  version: number,
  facts: SuiteFacts,
  alpn: string | undefined,
  warning: number | undefined,
): Answer {
  const compression = script.compression ?? 0;
  const stapled = script.staple !== undefined && hello.extensions.has(EXTENSION.statusRequest);
  const chain = ["RSA", "ECDSA", "DSS"].includes(facts.authentication)
    ? chainFor(script, hello, facts)
    : undefined;
  const messages = [
    serverHello({
      version,
      random: serverRandom(script, version),
      sessionId: script.sessionIds === true ? randomBytes(32) : EMPTY,
      suite: facts.code,
      compression: hello.compressions.includes(compression) ? compression : 0,
      extensions: version === VERSION.ssl3 ? [] : classicExtensions(script, hello, facts, alpn, stapled),
    }),
  ];
  if (chain !== undefined) {
    const list = chain.map((der) => vector24(der));
    messages.push(encodeHandshake(HANDSHAKE.certificate, vector24(...list)));
    if (stapled)
      messages.push(
        encodeHandshake(HANDSHAKE.certificateStatus, Buffer.concat([u8(1), vector24(script.staple!)])),
      );
  }
  const exchange = keyExchange(script, hello, version, facts);
  if (exchange !== undefined) messages.push(encodeHandshake(HANDSHAKE.serverKeyExchange, exchange));
  if (script.clientAuthorities !== undefined) {
    const schemes = version >= VERSION.tls12 ? vector16(codes([0x0401, 0x0403])) : EMPTY;
    const authorities = script.clientAuthorities.map((name) => vector16(name));
    const body = Buffer.concat([vector8(Buffer.from([1, 64])), schemes, vector16(...authorities)]);
    messages.push(encodeHandshake(HANDSHAKE.certificateRequest, body));
  }
  messages.push(encodeHandshake(HANDSHAKE.serverHelloDone, EMPTY));
  return { kind: "flight", version, messages: Buffer.concat(messages), modern: false, retry: false, warning };
}

function chainFor(script: ResponderScript, hello: ClientHello, facts: SuiteFacts): readonly Uint8Array[] {
  const name = nameOf(hello);
  const byName = name === undefined ? undefined : script.certificatesByName?.[name];
  if (byName !== undefined) return byName;
  const { certificates = [] } = script;
  if (Array.isArray(certificates)) return certificates as readonly Uint8Array[];
  const kinds = certificates as { readonly [authentication: string]: readonly Uint8Array[] | undefined };
  return kinds[facts.authentication] ?? [];
}

function serverRandom(script: ResponderScript, version: number): Buffer {
  const random = randomBytes(32);
  const best = Math.max(...script.versions);
  // A server of TLS 1.3 marks 1.2 and what is below apart; one of TLS 1.2 may mark what is below too.
  if ((script.sentinel ?? true) && version < best && best >= VERSION.tls12) {
    (version === VERSION.tls12 ? DOWNGRADE_TLS12 : DOWNGRADE_TLS11).copy(random, 24);
  }
  return random;
}

type Extension = readonly [type: number, body: Buffer];

function classicExtensions(
  script: ResponderScript,
  hello: ClientHello,
  facts: SuiteFacts,
  alpn: string | undefined,
  stapled: boolean,
): Extension[] {
  const asked = (type: number): boolean => hello.extensions.has(type);
  const found: Extension[] = [];
  const signalled = asked(EXTENSION.renegotiationInfo) || hello.suites.includes(SIGNALS.renegotiationInfo);
  if ((script.renegotiationInfo ?? true) && signalled) found.push([EXTENSION.renegotiationInfo, u8(0)]);
  if ((script.extendedMasterSecret ?? true) && asked(EXTENSION.extendedMasterSecret)) {
    found.push([EXTENSION.extendedMasterSecret, EMPTY]);
  }
  if ((script.encryptThenMac ?? true) && facts.mode === "cbc" && asked(EXTENSION.encryptThenMac)) {
    found.push([EXTENSION.encryptThenMac, EMPTY]);
  }
  if (stapled) found.push([EXTENSION.statusRequest, EMPTY]);
  if (script.scts !== undefined && asked(EXTENSION.signedCertificateTimestamp)) {
    found.push([EXTENSION.signedCertificateTimestamp, Buffer.from(script.scts)]);
  }
  if (script.tickets === true && asked(EXTENSION.sessionTicket)) found.push([EXTENSION.sessionTicket, EMPTY]);
  if (alpn !== undefined) found.push([EXTENSION.alpn, vector16(vector8(Buffer.from(alpn, "latin1")))]);
  if (heartbeats(script) && asked(EXTENSION.heartbeat)) found.push([EXTENSION.heartbeat, u8(1)]);
  return found;
}

export function heartbeats({ heartbeat = "absent" }: ResponderScript): boolean {
  return heartbeat !== "absent";
}

function keyExchange(
  script: ResponderScript,
  hello: ClientHello,
  version: number,
  facts: SuiteFacts,
): Buffer | undefined {
  const form = keyExchangeForm(facts);
  if (form === undefined || (form === "rsa-export" && script.rsaExportBits === undefined)) return undefined;
  const parts: Buffer[] = form.endsWith("psk") ? [vector16(EMPTY)] : [];
  if (form.startsWith("ecdh")) {
    const code = script.fixedGroup ?? chooseGroup(script, hello) ?? P256;
    parts.push(u8(3), u16(code), vector8(point(code)));
  } else if (form.startsWith("dh")) {
    const { prime, generator } = dhGroup(script, hello);
    parts.push(vector16(prime), vector16(generator), vector16(randomBytes(prime.length)));
  } else if (form === "rsa-export") {
    const modulus = randomBytes(script.rsaExportBits! / 8);
    modulus[0]! |= 0x80;
    parts.push(vector16(modulus), vector16(u24(0x010001)));
  } else if (form.startsWith("srp")) {
    parts.push(
      vector16(randomBytes(128)),
      vector16(u8(2)),
      vector8(randomBytes(16)),
      vector16(randomBytes(128)),
    );
  } else {
    // PSK and RSA_PSK without a hint send nothing (RFC 4279 §2).
    return undefined;
  }
  if (form === "dhe" || form === "ecdhe" || form === "rsa-export" || form === "srp") {
    if (version >= VERSION.tls12) parts.push(u16(chooseScheme(script, hello, facts) ?? 0x0401));
    parts.push(vector16(randomBytes(256)));
  }
  return Buffer.concat(parts);
}

function point(code: number): Buffer {
  const facts = group(code);
  if (facts?.curve === "X25519" || facts?.curve === "X448")
    return randomBytes(facts.curve === "X448" ? 56 : 32);
  return Buffer.concat([u8(4), randomBytes(2 * Math.ceil((facts?.bits ?? 256) / 8))]);
}

function dhGroup(script: ResponderScript, hello: ClientHello): { prime: Buffer; generator: Buffer } {
  const offered = codeList(hello, EXTENSION.supportedGroups).find((code) => group(code)?.kind === "ffdh");
  if (script.ffdhe === true && offered !== undefined) {
    // Only its length matters to who does not finish the handshake.
    const prime = randomBytes(group(offered)!.bits / 8);
    prime[0]! |= 0x80;
    return { prime, generator: u8(2) };
  }
  const prime =
    script.dh === undefined ? getDiffieHellman("modp14").getPrime() : Buffer.from(script.dh.prime, "hex");
  return { prime, generator: u8(script.dh?.generator ?? 2) };
}

function serverHello(fields: {
  readonly version: number;
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly suite: number;
  readonly compression: number;
  readonly extensions: readonly Extension[];
}): Buffer {
  const { version, random, sessionId, compression, extensions } = fields;
  const parts = [u16(version), random, vector8(sessionId), u16(fields.suite), u8(compression)];
  if (extensions.length > 0) {
    parts.push(vector16(...extensions.flatMap(([type, body]) => [u16(type), vector16(body)])));
  }
  return encodeHandshake(HANDSHAKE.serverHello, Buffer.concat(parts));
}

/** An SSL 2.0 SERVER-HELLO that lists these kinds. */
export function sslv2ServerHello(certificate: Uint8Array, kinds: readonly number[]): Buffer {
  const connectionId = randomBytes(16);
  const body = Buffer.concat([
    Buffer.from([4, 0, 1]),
    u16(0x0002),
    codes([certificate.length, kinds.length * 3, connectionId.length]),
    certificate,
    ...kinds.map((kind) => u32(kind).subarray(1)),
    connectionId,
  ]);
  return Buffer.concat([u16(0x8000 | body.length), body]);
}
