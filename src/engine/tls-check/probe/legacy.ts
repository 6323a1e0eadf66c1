/**
 * SSLv3 to TLS 1.2 of one server: versions, suites, order, groups, signature schemes, ALPN, chains of each kind
 * of key.
 *
 * Cost: see `suites.ts` and `preference.ts`, for every version; one hello for ECDSA suites, which tells whether
 * there is such a certificate; one for DHE without the groups of RFC 7919, where DHE is accepted.
 */
import type { Answer, GroupFacts, ListGaps, Preference, ProtocolFacts } from "../facts.ts";
import { group } from "../registry/groups.ts";
import { suite } from "../registry/suites.ts";
import { type Contact, contactHello } from "./contact.ts";
import { Dimension } from "./dimension.ts";
import { hello, makeHello } from "./hello.ts";
import type { Tolerances } from "./oddities.ts";
import { ALPN_NAMES, CURVES, type HelloVersion, SCHEMES, suitesOf, WIRE_VERSION } from "./offers.ts";
import { OrderProbe } from "./preference.ts";
import type { Prober } from "./prober.ts";
import type { Sightings } from "./sightings.ts";
import { type SideDimensions, SuiteEnumerator, type SuiteScan } from "./suites.ts";
import { judge } from "./verdict.ts";

export type LegacyVersion = Exclude<HelloVersion, "TLSv1.3">;

/** How often internal_error has to come, and nothing else, to be a refusal. */
const TIMES_THE_SAME = 3;

/** Highest first. */
export const LEGACY_VERSIONS = ["TLSv1.2", "TLSv1.1", "TLSv1.0", "SSLv3"] as const;

export interface LegacyScan {
  /** Oldest first. */
  readonly protocols: readonly ProtocolFacts[];
  readonly groups: GroupFacts;
  readonly alpn: readonly string[];
  readonly alpnComplete: boolean;
  readonly tolerances: Tolerances | undefined;
  readonly gaps: Pick<ListGaps, "signatures12" | "dh">;
}

export class LegacyProbe {
  readonly #prober: Prober;
  readonly #sightings: Sightings;
  readonly #contact: Extract<Contact, { kind: "tls" }>;
  readonly #side = sideDimensions();
  #scans: readonly SuiteScan[] = [];

  constructor(prober: Prober, sightings: Sightings, contact: Extract<Contact, { kind: "tls" }>) {
    this.#prober = prober;
    this.#sightings = sightings;
    this.#contact = contact;
  }

  /** Versions and their suites, oldest first; the suites are in the order found, which may yet change. */
  async enumerate(): Promise<readonly ProtocolFacts[]> {
    const [best, ...others] = LEGACY_VERSIONS;
    const scans = await Promise.all([
      this.#isAboveHighest(best) ? this.#refused(best) : this.#enumerateBest(),
      ...others.map((version) =>
        this.#isAboveHighest(version) ? this.#refused(version) : this.#enumerate(version),
      ),
    ]);
    this.#scans = await this.#settleInternalErrors(scans);
    return this.#scans.map(protocolOf).reverse();
  }

  /**
   * internal_error is what OpenSSL 3 answers to a version that its security level forbids; it is also what a
   * server in trouble answers. So it counts as a refusal only when it comes every time, with other hellos answered
   * as ever in between.
   */
  async #settleInternalErrors(scans: readonly SuiteScan[]): Promise<readonly SuiteScan[]> {
    let settled = scans;
    for (let time = 2; time <= TIMES_THE_SAME; time++) {
      if (this.#contact.hello === undefined || !settled.some(({ internalError }) => internalError))
        return settled;
      const control = await hello(this.#prober, "control hello", contactHello(this.#prober));
      if (control.kind !== "done" || control.value.kind !== "server-hello") return settled;
      settled = await Promise.all(
        settled.map((scan) => (scan.internalError ? this.#enumerate(scan.version as LegacyVersion) : scan)),
      );
    }
    const how = `alert internal_error (80), ${TIMES_THE_SAME} times, while other hellos were answered`;
    return settled.map((scan) =>
      scan.internalError ? { ...scan, answer: { kind: "refused", how }, complete: true } : scan,
    );
  }

  /** Orders, and what the suites left over of the other dimensions. */
  async finish(): Promise<LegacyScan> {
    const side = this.#side;
    const base = this.#scans.find(({ lists }) => lists.length > 0);
    const [ownDh] = await Promise.all([
      this.#askForOwnDh(),
      base === undefined ? undefined : this.#finishSide(base),
    ]);
    const orders = await Promise.all(this.#scans.map((scan) => this.#order(scan, scan === base)));
    return {
      protocols: orders.map(({ protocol }) => protocol).reverse(),
      groups: {
        codes: side.groups.found,
        complete: side.groups.complete,
        preference:
          orders.find(({ protocol }) => protocol.version === base?.version)?.groupPreference ?? "unknown",
      },
      alpn: side.alpn.found.map((index) => ALPN_NAMES[index]!),
      alpnComplete: base !== undefined && side.alpn.complete,
      tolerances: orders.find(({ tolerances }) => tolerances !== undefined)?.tolerances,
      gaps: { signatures12: this.#schemesGap(), dh: this.#dhGap(ownDh) },
    };
  }

  /** Before TLS 1.2 no scheme is told. */
  #schemesGap(): string | undefined {
    const { state } = this.#side.schemes;
    const scan = this.#scans.find(({ version }) => version === "TLSv1.2");
    if (scan === undefined || scan.answer.kind === "refused") return undefined;
    return (
      suitesGap(scan) ?? (state.kind === "cut" ? state.why : state.kind === "complete" ? undefined : CUT)
    );
  }

  /** @param own the answer to a hello that asks for parameters of the server's own */
  #dhGap(own: Answer | undefined): string | undefined {
    for (const scan of this.#scans) {
      const gap = suitesGap(scan);
      if (gap !== undefined) return gap;
    }
    if (own?.kind === "inconclusive") return own.why;
    const used = this.#scans.some(({ lists }) => lists.flat().some(isDhe));
    return used && this.#sightings.dh.length === 0 ? "no parameters could be read" : undefined;
  }

  /** The first hello offered this version, and the server chose a lower one. */
  #isAboveHighest(version: LegacyVersion): boolean {
    const { highest } = this.#contact;
    return highest !== undefined && WIRE_VERSION[version] > WIRE_VERSION[highest];
  }

  async #refused(version: LegacyVersion): Promise<SuiteScan> {
    const answer = { kind: "refused", how: `chose ${this.#contact.highest}` } as const;
    return { version, answer, lists: [], complete: true, internalError: false };
  }

  #enumerator(version: LegacyVersion, side: SideDimensions): SuiteEnumerator {
    return new SuiteEnumerator(this.#prober, this.#sightings, version, side, this.#contact.suitesPerHello);
  }

  #enumerate(version: LegacyVersion): Promise<SuiteScan> {
    return this.#enumerator(version, noSide()).run({ fold: false });
  }

  /** TLS 1.2, with all that its hellos can tell besides. */
  async #enumerateBest(): Promise<SuiteScan> {
    const { highest, hello: first, exchange } = this.#contact;
    const refused = await this.#refusedEcdsa();
    return this.#enumerator("TLSv1.2", this.#side).run({
      fold: refused !== undefined,
      refused,
      first: highest === "TLSv1.2" && first !== undefined ? { suite: first.suite, ...exchange } : undefined,
    });
  }

  /**
   * The suites of ECDSA keys, if none is accepted: only then does the choice of suite not depend on which groups
   * are offered (a server with an ECDSA key needs its curve among them). Suites that hardly any server has fill
   * the hello up, so that it does the work of another. Undefined when one is accepted, or when that is not
   * certain. The answer brings the chain of that key, too.
   */
  async #refusedEcdsa(): Promise<readonly number[] | undefined> {
    const all = suitesOf("TLSv1.2");
    const ecdsa = all.filter((code) => suite(code)?.authentication === "ECDSA");
    const rest = all.filter((code) => !ecdsa.includes(code));
    const room = Math.max(0, this.#contact.suitesPerHello - ecdsa.length);
    const suites = [...ecdsa, ...rest.slice(Math.max(this.#contact.suitesPerHello, rest.length - room))];
    const spec = makeHello(this.#prober, { version: "TLSv1.2", suites, alpn: [] });
    const outcome = await hello(this.#prober, "TLSv1.2 ECDSA and unusual suites", spec, "key-exchange");
    if (outcome.kind === "done" && outcome.value.kind === "server-hello") {
      this.#sightings.note(spec, this.#prober.serverName, outcome.value);
    }
    return judge(outcome, WIRE_VERSION["TLSv1.2"]).kind === "refused" ? suites : undefined;
  }

  async #finishSide(scan: SuiteScan): Promise<void> {
    const accepted = scan.lists.flat();
    const enumerator = this.#enumerator(scan.version as LegacyVersion, this.#side);
    await enumerator.finish(accepted, this.#onlyCurve(accepted));
  }

  /** The curve of the server's key, when every suite with a curve needs that key. */
  #onlyCurve(accepted: readonly number[]): number | undefined {
    const withCurve = accepted.filter((code) => suite(code)?.keyExchange === "ECDHE");
    if (!withCurve.every((code) => suite(code)?.authentication === "ECDSA")) return undefined;
    const leaf = this.#sightings.chains.find(({ keyType }) => keyType === "ecdsa")?.certificates[0];
    const curve = leaf?.publicKey.curve;
    return curve === undefined ? undefined : CURVES.find((code) => group(code)?.curve === curve);
  }

  /**
   * A server that knows RFC 7919 takes those groups when they are offered; its own parameters show without. Asked
   * for in the highest version that has DHE; undefined when there is none, or only SSLv3, which has no groups.
   */
  async #askForOwnDh(): Promise<Answer | undefined> {
    const scan = this.#scans.find(({ lists }) => lists.flat().some(isDhe));
    if (scan === undefined || scan.version === "SSLv3") return undefined;
    const version = scan.version as LegacyVersion;
    const suites = scan.lists.flat().filter(isDhe);
    const spec = makeHello(this.#prober, { version, suites, groups: CURVES, alpn: [] });
    const outcome = await hello(this.#prober, `${version} Diffie-Hellman parameters`, spec, "key-exchange");
    if (outcome.kind === "done" && outcome.value.kind === "server-hello") {
      this.#sightings.note(spec, this.#prober.serverName, outcome.value);
    }
    return judge(outcome, WIRE_VERSION[version]);
  }

  async #order(
    scan: SuiteScan,
    isBase: boolean,
  ): Promise<{
    readonly protocol: ProtocolFacts;
    readonly groupPreference: Preference;
    readonly tolerances: Tolerances | undefined;
  }> {
    if (scan.lists.length === 0) {
      return { protocol: protocolOf(scan), groupPreference: "unknown", tolerances: undefined };
    }
    const probe = new OrderProbe(
      this.#prober,
      this.#sightings,
      scan.version,
      isBase ? this.#side.groups.found : [],
    );
    const order = await probe.run(scan, isBase);
    const { suites, preference, chachaForMobile, groupPreference } = order;
    return {
      protocol: { ...protocolOf(scan), suites, preference, chachaForMobile },
      groupPreference,
      tolerances: probe.tolerances,
    };
  }
}

function isDhe(code: number): boolean {
  return suite(code)?.keyExchange === "DHE";
}

const CUT = "the list was cut short";

/** Why not all suites of a version may be known. */
function suitesGap({ version, answer, complete }: SuiteScan): string | undefined {
  if (answer.kind === "inconclusive") return `${version}: ${answer.why}`;
  return answer.kind === "offered" && !complete ? `${version}: the list of suites was cut short` : undefined;
}

function sideDimensions(): SideDimensions {
  return {
    groups: new Dimension(CURVES),
    schemes: new Dimension(SCHEMES),
    alpn: new Dimension(
      ALPN_NAMES.map((_, index) => index),
      true,
    ),
  };
}

/** For versions whose hellos tell the suites only: everything is offered each time, but no ALPN. */
function noSide(): SideDimensions {
  return { groups: new Dimension(CURVES), schemes: new Dimension(SCHEMES), alpn: new Dimension([], true) };
}

function protocolOf({ version, answer, lists, complete }: SuiteScan): ProtocolFacts {
  return {
    version,
    answer,
    suites: lists.flat(),
    complete,
    preference: "unknown",
    chachaForMobile: undefined,
  };
}
