/**
 * What every answer shows besides what it was asked for: chains, staples, groups, Diffie-Hellman parameters,
 * signature schemes, extensions. Each probe hands its answers in, so that most facts cost no connection of
 * their own.
 */
import { createHash } from "node:crypto";
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { HANDSHAKE } from "../../../core/framing/tls/handshake.ts";
import { bitLength, parseServerKeyExchange } from "../../../core/framing/tls/server-key-exchange.ts";
import {
  parseCertificate12,
  parseCertificateRequest12,
  parseCertificateStatus,
} from "../../../core/framing/tls/server-messages.ts";
import { sameBytes } from "../certificates/der/values.ts";
import type { Certificate, Unreadable } from "../certificates/model.ts";
import { type Answer, type DhParameters, PROTOCOL_VERSIONS, type ServedChain } from "../facts.ts";
import { knownPrime } from "../registry/dh-primes.ts";
import { keyExchangeForm, suite } from "../registry/suites.ts";
import { ExtensionTally } from "./extension-tally.ts";
import type { ServerHelloAnswer } from "./hello.ts";
import { versionOf } from "./offers.ts";

/** How DER becomes facts; given, so that the prober does not depend on the reader. */
export interface Readers {
  parseCertificate(der: Uint8Array): Certificate | Unreadable;
  /** RFC 4514 text of a DER name; undefined when it is none. */
  nameText(der: Uint8Array): string | undefined;
}

/** What the ServerKeyExchange of one answer told. */
export interface KeyExchangeSighting {
  readonly group: number | undefined;
  readonly scheme: number | undefined;
}

const NOTHING: KeyExchangeSighting = { group: undefined, scheme: undefined };

export class Sightings {
  readonly extensions = new ExtensionTally();
  readonly dh: DhParameters[] = [];
  /** TLS 1.2 signature schemes, in the order first seen. */
  readonly schemes: number[] = [];
  /** RFC 4514 names that CertificateRequest listed. */
  authorities: readonly string[] = [];
  /** Undefined until a whole flight was read. */
  asksForCertificate: boolean | undefined;
  readonly #readers: Readers;
  readonly #serverName: string | undefined;
  /** By circumstances and content. */
  readonly #chains = new Map<string, ServedChain>();

  /** @param serverName what hellos carry by SNI unless they are about names */
  constructor(readers: Readers, serverName: string | undefined) {
    this.#readers = remembering(readers);
    this.#serverName = serverName;
  }

  /** The server takes up heartbeats; undefined when no ServerHello could tell. */
  get heartbeat(): Answer | undefined {
    return this.extensions.answer(EXTENSION.heartbeat);
  }

  /**
   * Each once: first those for the name asked for, then what the server sends without a name, then for a name
   * it cannot know, as far as that is something else.
   */
  get chains(): readonly ServedChain[] {
    const rank = ({ serverName }: ServedChain): number =>
      serverName === this.#serverName ? 0 : serverName === undefined ? 1 : 2;
    const contents = new Set<string>();
    return [...this.#chains.values()]
      .sort((a, b) => rank(a) - rank(b) || a.keyType.localeCompare(b.keyType) || compareLeaves(a, b))
      .filter((chain) => {
        const content = contentOf(chain);
        return !contents.has(content) && contents.add(content);
      });
  }

  /** @param serverName what the hello carried by SNI */
  note(spec: HelloSpec, serverName: string | undefined, answer: ServerHelloAnswer): KeyExchangeSighting {
    this.extensions.note(spec, answer.hello);
    let ders: readonly Uint8Array[] | undefined;
    let staple: Uint8Array | undefined;
    let exchange = NOTHING;
    for (const { type, body } of answer.flight) {
      if (type === HANDSHAKE.certificate) {
        const parsed = parseCertificate12(body);
        if (parsed.kind === "certificate") ders = parsed.chain;
      } else if (type === HANDSHAKE.certificateStatus) {
        const parsed = parseCertificateStatus(body);
        if (parsed.kind === "certificate-status") staple = parsed.responses[0];
      } else if (type === HANDSHAKE.serverKeyExchange) {
        exchange = this.#noteKeyExchange(answer, body);
      } else if (type === HANDSHAKE.certificateRequest) {
        this.#noteRequest(body, answer.hello.version);
      }
    }
    if (answer.flight.at(-1)?.type === HANDSHAKE.serverHelloDone) this.asksForCertificate ??= false;
    if (ders !== undefined && ders.length > 0) this.#noteChain(ders, serverName, answer, staple);
    return exchange;
  }

  /** Adds a chain, or what is new about one that was seen already; the highest version is told. */
  addChain(chain: ServedChain): void {
    const key = `${chain.serverName ?? ""} ${contentOf(chain)}`;
    const known = this.#chains.get(key);
    if (known === undefined) {
      this.#chains.set(key, chain);
      return;
    }
    const [better, other] = versionRank(chain) > versionRank(known) ? [chain, known] : [known, chain];
    this.#chains.set(key, {
      ...better,
      stapledOcsp: better.stapledOcsp ?? other.stapledOcsp,
      tlsScts: better.tlsScts ?? other.tlsScts,
    });
  }

  #noteChain(
    ders: readonly Uint8Array[],
    serverName: string | undefined,
    { hello }: ServerHelloAnswer,
    staple: Uint8Array | undefined,
  ): void {
    const chain = servedChain(this.#readers, ders, {
      version: versionOf(hello.version) ?? "TLSv1.2",
      serverName,
      stapledOcsp: staple,
      tlsScts: hello.extensions.get(EXTENSION.signedCertificateTimestamp),
    });
    this.addChain(chain);
  }

  #noteKeyExchange({ hello }: ServerHelloAnswer, body: Buffer): KeyExchangeSighting {
    const facts = suite(hello.suite);
    const form = facts === undefined ? undefined : keyExchangeForm(facts);
    const parsed = form === undefined ? undefined : parseServerKeyExchange(body, form, hello.version);
    if (parsed?.kind !== "server-key-exchange") return NOTHING;
    const { scheme, parameters } = parsed;
    if (scheme !== undefined && !this.schemes.includes(scheme)) this.schemes.push(scheme);
    if (parameters.kind === "dh") this.#noteDh(parameters.p, parameters.g);
    return { group: parameters.kind === "ecdh" ? parameters.group : undefined, scheme };
  }

  #noteDh(prime: Buffer, generator: Buffer): void {
    const primeHex = withoutZeros(prime.toString("hex"));
    const generatorHex = withoutZeros(generator.toString("hex"));
    if (this.dh.some((seen) => seen.primeHex === primeHex && seen.generatorHex === generatorHex)) return;
    this.dh.push({ bits: bitLength(prime), known: knownPrime(primeHex), primeHex, generatorHex });
  }

  #noteRequest(body: Buffer, version: number): void {
    this.asksForCertificate = true;
    const parsed = parseCertificateRequest12(body, version);
    if (parsed.kind === "violation") return;
    this.authorities = parsed.authorities.map(
      (der) => this.#readers.nameText(der) ?? "a name that is no DER",
    );
  }
}

/** The same certificate comes with every flight; it is read once. */
function remembering(readers: Readers): Readers {
  const read = new Map<string, Certificate | Unreadable>();
  return {
    parseCertificate(der) {
      const key = createHash("sha256").update(der).digest("base64");
      const parsed = read.get(key) ?? readers.parseCertificate(der);
      read.set(key, parsed);
      return parsed;
    },
    nameText: (der) => readers.nameText(der),
  };
}

/** The longest chains seen have ten; what is beyond this is a server's mischief. */
const MOST_CERTIFICATES = 100;

/** Puts a chain as sent into facts; what cannot be read is told by position. */
export function servedChain(
  readers: Readers,
  ders: readonly Uint8Array[],
  seen: Pick<ServedChain, "version" | "serverName" | "stapledOcsp" | "tlsScts">,
): ServedChain {
  const certificates: Certificate[] = [];
  const unreadable: string[] = [];
  for (const [index, der] of ders.slice(0, MOST_CERTIFICATES).entries()) {
    const parsed = readers.parseCertificate(der);
    if (parsed.kind === "certificate") certificates.push(parsed);
    else unreadable.push(`certificate ${index + 1} of ${ders.length}: ${parsed.why}`);
  }
  if (ders.length > MOST_CERTIFICATES) {
    unreadable.push(`certificates ${MOST_CERTIFICATES + 1} to ${ders.length}: too many to be a chain`);
  }
  // A stranger further up is not the server's certificate, however readable it is.
  const isOwn =
    ders[0] !== undefined && certificates[0] !== undefined && sameBytes(certificates[0].der, ders[0]);
  const own = isOwn ? certificates : [];
  return { certificates: own, keyType: keyTypeOf(own[0]), sent: [...ders], unreadable, ...seen };
}

function versionRank({ version }: ServedChain): number {
  return PROTOCOL_VERSIONS.indexOf(version);
}

/** For an order that is the same at every run. */
function compareLeaves(a: ServedChain, b: ServedChain): number {
  return (a.certificates[0]?.sha256 ?? "").localeCompare(b.certificates[0]?.sha256 ?? "");
}

function contentOf(chain: ServedChain): string {
  const hash = createHash("sha256");
  for (const der of chain.sent ?? chain.certificates.map((one) => one.der)) hash.update(der);
  for (const what of chain.unreadable ?? []) hash.update(what);
  return hash.digest("hex");
}

function keyTypeOf(leaf: Certificate | undefined): ServedChain["keyType"] {
  switch (leaf?.publicKey.type) {
    case "rsa":
      return "rsa";
    case "ec":
      return "ecdsa";
    case "ed25519":
    case "ed448":
      return "eddsa";
    case "dsa":
      return "dsa";
    default:
      return "other";
  }
}

function withoutZeros(hex: string): string {
  return hex.replace(/^(00)+/, "");
}
