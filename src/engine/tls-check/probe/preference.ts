/**
 * Server or client order for suites and groups up to TLS 1.2, ChaCha20 for clients that lead with it, and the
 * tolerances that the same hello can show.
 *
 * Cost: one connection for the reversed list, which also carries GREASE, an unknown version number and some
 * kilobytes of padding; when that is not answered, one more for each of them alone. One for ChaCha20 where the
 * server's order counts; for lists from several chunks, those of `mergeByChoice`.
 */
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import type { Answer, Preference } from "../facts.ts";
import { suite } from "../registry/suites.ts";
import { type HelloOptions, hello, makeHello } from "./hello.ts";
import { ODDITIES, type Oddity, probeTolerance, type Tolerances, withOddity } from "./oddities.ts";
import {
  chachaLast,
  FINITE_FIELDS,
  type HelloVersion,
  inOurOrder,
  isChacha,
  WIRE_VERSION,
} from "./offers.ts";
import { mergeByChoice, preferenceOf, reversedForOrder } from "./order.ts";
import type { Prober } from "./prober.ts";
import type { KeyExchangeSighting, Sightings } from "./sightings.ts";
import type { SuiteScan } from "./suites.ts";
import { judge } from "./verdict.ts";

export interface OrderFacts {
  readonly suites: readonly number[];
  readonly preference: Preference;
  readonly chachaForMobile: boolean | undefined;
  readonly groupPreference: Preference;
}

interface Pick {
  readonly suite: number;
  readonly exchange: KeyExchangeSighting;
}

export class OrderProbe {
  readonly #prober: Prober;
  readonly #sightings: Sightings;
  readonly #version: HelloVersion;
  /** In the order found; empty when the groups are not to be judged here. */
  readonly #groups: readonly number[];
  #tolerances: Tolerances | undefined;

  constructor(prober: Prober, sightings: Sightings, version: HelloVersion, groups: readonly number[]) {
    this.#prober = prober;
    this.#sightings = sightings;
    this.#version = version;
    this.#groups = groups;
  }

  /** Known after `run` with `withOddities`. */
  get tolerances(): Tolerances | undefined {
    return this.#tolerances;
  }

  async run(scan: SuiteScan, withOddities: boolean): Promise<OrderFacts> {
    const accepted = scan.lists.flat();
    const forward = await this.#comparable(scan.lists);
    const reversed = reversedForOrder(forward);
    const reversedGroups = [...this.#groups].reverse();
    let pick: Pick | undefined;
    if (forward.length > 1 || reversedGroups.length > 1 || withOddities) {
      const options = { suites: reversed, groups: reversedGroups };
      pick = withOddities ? await this.#pickInSpite(options) : await this.#pick("order", options);
    }
    const preference = accepted.length === 1 ? "one-choice" : preferenceOf(forward, reversed, pick?.suite);
    const groupPreference = preferenceOf(this.#groups, reversedGroups, pick?.exchange.group);
    const suites =
      preference === "server"
        ? await mergeByChoice(
            scan.lists,
            async (pair) => (await this.#pick("order", { suites: chachaLast(pair) }))?.suite,
          )
        : inOurOrder(accepted);
    const chachaForMobile = preference === "server" ? await this.#prefersChacha(suites) : undefined;
    return { suites, preference, chachaForMobile, groupPreference };
  }

  /** Suites whose order by the server is known, with a curve each where there are such, so that it is told too. */
  async #comparable(lists: readonly (readonly number[])[]): Promise<readonly number[]> {
    const withCurve = lists.map((list) => list.filter((code) => suite(code)?.keyExchange === "ECDHE"));
    const list = [...withCurve, ...lists].find((candidate) => candidate.length > 1);
    if (list !== undefined) return list;
    const heads = lists.map((single) => single[0]!);
    if (heads.length < 2) return heads;
    const pick = await this.#pick("order", { suites: heads });
    if (pick === undefined) return heads;
    return [pick.suite, ...heads.filter((code) => code !== pick.suite)];
  }

  async #pick(
    what: string,
    options: Omit<HelloOptions, "version">,
    oddities?: readonly Oddity[],
  ): Promise<Pick | undefined> {
    const { name, spec } = this.#spec(what, options, oddities);
    const outcome = await hello(this.#prober, name, spec, "key-exchange");
    if (judge(outcome, WIRE_VERSION[this.#version]).kind !== "offered" || outcome.kind !== "done")
      return undefined;
    const answer = outcome.value;
    if (answer.kind !== "server-hello") return undefined;
    const exchange = this.#sightings.note(spec, this.#prober.serverName, answer);
    return { suite: answer.hello.suite, exchange };
  }

  /** All oddities at once; one by one when that gets no ServerHello. */
  async #pickInSpite(options: Omit<HelloOptions, "version">): Promise<Pick | undefined> {
    const pick = await this.#pick("order and tolerances", options, ODDITIES);
    if (pick !== undefined) {
      const offered: Answer = { kind: "offered" };
      this.#tolerances = { greaseTolerant: offered, longHelloTolerant: offered, versionTolerant: offered };
      return pick;
    }
    const [plain, greaseTolerant, longHelloTolerant, versionTolerant] = await Promise.all([
      this.#pick("order", options),
      this.#tolerates(options, "grease"),
      this.#tolerates(options, "long"),
      this.#tolerates(options, "version"),
    ]);
    this.#tolerances = { greaseTolerant, longHelloTolerant, versionTolerant };
    return plain;
  }

  async #tolerates(options: Omit<HelloOptions, "version">, oddity: Oddity): Promise<Answer> {
    const ask = (asked: Oddity | undefined): ReturnType<typeof hello> => {
      const { name, spec } = this.#spec(
        `tolerance of ${oddity}`,
        options,
        asked === undefined ? [] : [asked],
      );
      return hello(this.#prober, name, spec);
    };
    return await probeTolerance(ask, oddity, this.#version);
  }

  /** A server with ChaCha20 further down takes it all the same from a client that leads with it. */
  async #prefersChacha(suites: readonly number[]): Promise<boolean | undefined> {
    const chacha = suites.filter(isChacha);
    if (chacha.length === 0 || isChacha(suites[0]!)) return undefined;
    const others = suites.filter((code) => !isChacha(code));
    const pick = await this.#pick("ChaCha20 first", { suites: [...chacha, ...others] });
    return pick === undefined ? undefined : isChacha(pick.suite);
  }

  #spec(
    what: string,
    options: Omit<HelloOptions, "version">,
    oddities: readonly Oddity[] = [],
  ): { readonly name: string; readonly spec: HelloSpec } {
    const groups =
      options.groups === undefined || options.groups.length === 0
        ? undefined
        : [...options.groups, ...FINITE_FIELDS];
    const plain = makeHello(this.#prober, { ...options, groups, version: this.#version, alpn: [] });
    const spec = oddities.reduce((odd, oddity) => withOddity(odd, oddity, this.#version), plain);
    return { name: `${this.#version} ${what}`, spec };
  }
}
