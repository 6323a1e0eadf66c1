/**
 * The suites of one version up to TLS 1.2, in the server's order, and with them whatever else the same hellos
 * can tell: groups, signature schemes, ALPN names, chains.
 *
 * Cost: one connection for each suite accepted, one for each chunk of the list, and at most two for each
 * dimension that runs out on the way. A version that is refused with protocol_version costs one.
 */
import { ALERT } from "../../../core/framing/tls/alerts.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import { heartbeat } from "../../../core/framing/tls/extensions.ts";
import { parseAlpnChoice } from "../../../core/framing/tls/server-messages.ts";
import type { Answer } from "../facts.ts";
import { suite } from "../registry/suites.ts";
import { Dimension } from "./dimension.ts";
import { enumerate, enumerateRest, type Step } from "./enumeration.ts";
import { type FlightDepth, type HelloAnswer, hello, makeHello, type ServerHelloAnswer } from "./hello.ts";
import { ALPN_NAMES, chunksOf, FINITE_FIELDS, type HelloVersion, suitesOf, WIRE_VERSION } from "./offers.ts";
import type { Outcome, Prober } from "./prober.ts";
import type { Sightings } from "./sightings.ts";
import { judge, refusesVersion } from "./verdict.ts";

/** What one version's hellos enumerate besides the suites; shared by all of its chunks. */
export interface SideDimensions {
  readonly groups: Dimension;
  readonly schemes: Dimension;
  /** Codes are positions in ALPN_NAMES. */
  readonly alpn: Dimension;
}

export interface SuiteScanOptions {
  /**
   * The side dimensions may be reduced on the way: right only for a server whose choice of suite does not
   * depend on which groups and schemes are offered, as long as one of each is.
   */
  readonly fold: boolean;
  /** Suites that another hello has shown to be refused. */
  readonly refused?: readonly number[] | undefined;
  /** What the server chose of a hello that offered the first chunk, and more. */
  readonly first?:
    | { readonly suite: number; readonly group: number | undefined; readonly scheme: number | undefined }
    | undefined;
}

export interface SuiteScan {
  readonly version: HelloVersion;
  readonly answer: Answer;
  /** One list for each chunk that had any, each in the server's order. */
  readonly lists: readonly (readonly number[])[];
  readonly complete: boolean;
  /** The version's first hello was answered with internal_error, and nothing else was asked. */
  readonly internalError: boolean;
}

export class SuiteEnumerator {
  readonly #prober: Prober;
  readonly #sightings: Sightings;
  readonly #version: HelloVersion;
  readonly #side: SideDimensions;
  readonly #chunkSize: number;
  #helloCount = 0;
  /** One of the hellos was answered by a ServerHello. */
  #answered = false;
  /** How the first hello that got no suite was refused. */
  #how: string | undefined;
  #refused = false;
  #internalError = false;

  constructor(
    prober: Prober,
    sightings: Sightings,
    version: HelloVersion,
    side: SideDimensions,
    chunkSize: number,
  ) {
    this.#prober = prober;
    this.#sightings = sightings;
    this.#version = version;
    this.#side = side;
    this.#chunkSize = chunkSize;
  }

  async run({ fold, refused = [], first }: SuiteScanOptions): Promise<SuiteScan> {
    const { groups, schemes, alpn } = this.#side;
    if (!fold) for (const dimension of [groups, schemes]) dimension.pause();
    const lists: (readonly number[])[] = [];
    let cut: string | undefined;
    const open = suitesOf(this.#version).filter((code) => !refused.includes(code));
    for (const [index, chunk] of chunksOf(open, this.#chunkSize).entries()) {
      const suites = new Dimension(chunk);
      if (index === 0 && first !== undefined && suites.take(first.suite) && fold) {
        if (first.group !== undefined) groups.take(first.group);
        if (first.scheme !== undefined) schemes.take(first.scheme);
      }
      for (const part of this.#parts(suites)) {
        await enumerate(part, [groups, schemes, alpn], (offer) => this.#ask(part, offer));
        if (part.found.length > 0) lists.push(part.found);
        if (part.state.kind === "cut") cut ??= part.state.why;
      }
      if (this.#refused || this.#internalError) break;
    }
    // The only suite was found elsewhere: nobody has asked yet what the first hello asks besides.
    if (!this.#answered && first !== undefined) {
      const only = new Dimension([first.suite]);
      await enumerate(only, [], (offer) => this.#ask(only, offer));
    }
    return {
      version: this.#version,
      answer: lists.length > 0 ? { kind: "offered" } : this.#noSuite(cut),
      lists,
      complete: cut === undefined || (this.#refused && lists.length === 0),
      internalError: this.#internalError,
    };
  }

  /**
   * Some servers (haproxy with certificates of both kinds) choose the certificate first: as long as an ECDSA suite is
   * offered they look at no other. Once such a suite was found, the rest of the chunk is offered without them.
   */
  *#parts(suites: Dimension): Generator<Dimension> {
    yield suites;
    if (!suites.found.some(isEcdsa)) return;
    const rest = suites.all.filter((code) => !isEcdsa(code) && !suites.found.includes(code));
    if (rest.length > 0) yield new Dimension(rest);
  }

  /** An open question stays open, unless the version as such was refused. */
  #noSuite(cut: string | undefined): Answer {
    if (cut !== undefined && !this.#refused) return { kind: "inconclusive", why: cut };
    return { kind: "refused", how: this.#how ?? "no suite was accepted" };
  }

  /**
   * What the pass left of the other dimensions, with the suites that have them.
   * @param ecdsaCurve the curve of the server's ECDSA key: such a server needs it to be offered (RFC 8422 §5.1)
   */
  async finish(accepted: readonly number[], ecdsaCurve: number | undefined): Promise<void> {
    const { groups, schemes, alpn } = this.#side;
    const withCurve = accepted.filter((code) => suite(code)?.keyExchange === "ECDHE");
    // An ECDSA key needs its own curve among those offered; another key needs none, and so tells of all.
    const free = withCurve.filter((code) => !isEcdsa(code));
    await this.#finishOne("groups", groups, free.length > 0 ? free : withCurve, ecdsaCurve);
    await this.#finishSchemes(schemes, accepted.filter(isSigned));
    await this.#finishOne("ALPN", alpn, this.#version === "SSLv3" ? [] : accepted);
  }

  async #finishSchemes(schemes: Dimension, signed: readonly number[]): Promise<void> {
    // Before TLS 1.2 no scheme is told.
    if (this.#version !== "TLSv1.2") return schemes.finish();
    const what = "signature schemes";
    const ecdsa = signed.filter((code) => suite(code)?.authentication === "ECDSA");
    const others = signed.filter((code) => suite(code)?.authentication !== "ECDSA");
    if (ecdsa.length === 0 || others.length === 0) return this.#finishOne(what, schemes, signed);
    // One kind of key after the other: together, the server's preferred kind would hide the other's schemes.
    const rest = new Dimension(schemes.all.filter((code) => !schemes.found.includes(code)));
    await this.#finishOne(what, rest, ecdsa);
    await this.#finishOne(what, schemes, others);
    for (const code of rest.found) schemes.take(code);
    if (rest.state.kind === "cut") schemes.cut(rest.state.why);
  }

  /** @param keep offered besides, always; a server that takes it again takes nothing of the rest */
  async #finishOne(
    what: string,
    dimension: Dimension,
    suites: readonly number[],
    keep?: number,
  ): Promise<void> {
    if (suites.length === 0) return dimension.finish();
    await enumerateRest(dimension, async (offer) => {
      const offered = offer(dimension);
      const kept = keep !== undefined && !offered.includes(keep) ? [keep] : [];
      const { groups, schemes, alpn } = this.#side;
      const spec = makeHello(this.#prober, {
        version: this.#version,
        suites,
        groups: dimension === groups ? [...offered, ...kept] : [...groups.all, ...FINITE_FIELDS],
        schemes: dimension === groups || dimension === alpn ? schemes.all : offered,
        alpn: dimension === alpn ? alpnNames(offered) : [],
      });
      const outcome = await hello(this.#prober, `${this.#version} ${what}`, spec, "key-exchange");
      /** Why the answer takes nothing of the rest, though it is a ServerHello. */
      let fellBack: string | undefined;
      const step = this.#step(outcome, (answer) => {
        const { group, scheme } = this.#sightings.note(spec, this.#prober.serverName, answer);
        const value = dimension === groups ? group : dimension === alpn ? alpnIndex(answer) : scheme;
        if (value !== undefined && kept.includes(value)) fellBack = "takes the curve of its own key";
        // The list means nothing to such a server: what it signs with is all it has.
        if (dimension !== groups && dimension !== alpn && value !== undefined && !offered.includes(value)) {
          fellBack = "signs with a scheme that was not offered";
        }
        return new Map(value === undefined ? [] : [[dimension, value]]);
      });
      return fellBack === undefined ? step : { kind: "refused", how: fellBack };
    });
  }

  async #ask(suites: Dimension, offer: (dimension: Dimension) => readonly number[]): Promise<Step> {
    const { groups, schemes, alpn } = this.#side;
    const isFirst = this.#helloCount++ === 0;
    const spec = makeHello(this.#prober, {
      version: this.#version,
      suites: offer(suites),
      groups: [...offer(groups), ...FINITE_FIELDS],
      schemes: offer(schemes),
      alpn: alpnNames(offer(alpn)),
      // CRIME and Heartbleed begin here; worth asking until there is an answer.
      compressions: this.#answered ? undefined : [1, 0],
      extensions: this.#answered ? undefined : [heartbeat()],
    });
    // The first flight is read to its end, where a CertificateRequest would be.
    const depth: FlightDepth = isFirst ? "done" : "key-exchange";
    const outcome = await hello(this.#prober, `${this.#version} suites`, spec, depth, isFirst);
    this.#refused ||= refusesVersion(outcome, WIRE_VERSION[this.#version]);
    if (isFirst) this.#internalError = isInternalError(outcome);
    return this.#step(outcome, (answer) => {
      this.#answered = true;
      const { group, scheme } = this.#sightings.note(spec, this.#prober.serverName, answer);
      const values = new Map([[suites, answer.hello.suite]]);
      if (group !== undefined) values.set(groups, group);
      if (scheme !== undefined) values.set(schemes, scheme);
      const name = alpnIndex(answer);
      if (name !== undefined) values.set(alpn, name);
      // Before TLS 1.2 no scheme is told: nothing can be missing.
      return values;
    });
  }

  #step(
    outcome: Outcome<HelloAnswer>,
    valuesOf: (answer: ServerHelloAnswer) => Map<Dimension, number>,
  ): Step {
    const answer = judge(outcome, WIRE_VERSION[this.#version]);
    if (answer.kind === "inconclusive") return { kind: "unclear", why: answer.why };
    const value = outcome.kind === "done" ? outcome.value : undefined;
    if (answer.kind === "offered" && value?.kind === "server-hello") {
      return { kind: "picked", values: valuesOf(value) };
    }
    const how = answer.kind === "refused" ? answer.how : "";
    this.#how ??= how;
    const named = value?.kind === "alert" && value.description === ALERT.no_application_protocol;
    return { kind: "refused", how, blame: named ? this.#side.alpn : undefined };
  }
}

function isEcdsa(code: number): boolean {
  return suite(code)?.authentication === "ECDSA";
}

function isInternalError(outcome: Outcome<HelloAnswer>): boolean {
  if (outcome.kind !== "done" || outcome.value.kind !== "alert") return false;
  return outcome.value.description === ALERT.internal_error;
}

/** The server signs its ServerKeyExchange. */
function isSigned(code: number): boolean {
  const facts = suite(code);
  return (
    facts !== undefined &&
    (facts.keyExchange === "ECDHE" || facts.keyExchange === "DHE") &&
    ["RSA", "ECDSA", "DSS"].includes(facts.authentication)
  );
}

function alpnNames(indices: readonly number[]): readonly string[] {
  return indices.map((index) => ALPN_NAMES[index]!);
}

/** Position in ALPN_NAMES of what the server chose. */
function alpnIndex({ hello: { extensions } }: ServerHelloAnswer): number | undefined {
  const body = extensions.get(EXTENSION.alpn);
  const choice = body === undefined ? undefined : parseAlpnChoice(body);
  const at = choice?.kind === "alpn" ? ALPN_NAMES.indexOf(choice.protocol) : -1;
  return at < 0 ? undefined : at;
}
