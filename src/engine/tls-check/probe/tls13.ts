/**
 * Suites and groups of TLS 1.3, without any key-exchange arithmetic: a hello with an empty key_share makes the
 * server name its group by HelloRetryRequest (RFC 8446 §4.1.4, §4.2.8), so that groups are seen that nobody
 * here can compute, post-quantum ones included.
 *
 * Cost: one connection for each group, one for the end of the groups, two for the end of the suites; one for
 * both orders. Servers that dislike an empty key_share get one with a share that means nothing, then real ones.
 */

import { ALERT } from "../../../core/framing/tls/alerts.ts";
import type { HelloSpec } from "../../../core/framing/tls/client-hello.ts";
import { GREASE_CODES } from "../../../core/framing/tls/extension-types.ts";
import type { ServerHello } from "../../../core/framing/tls/server-messages.ts";
import type { Answer, GroupFacts, Preference, ProtocolFacts } from "../facts.ts";
import type { Contact } from "./contact.ts";
import { Dimension } from "./dimension.ts";
import { enumerate, enumerateRest, type Step } from "./enumeration.ts";
import { COMPUTABLE_GROUPS, makeKeyShare } from "./handshake/key-shares.ts";
import { type HelloAnswer, hello, makeHello } from "./hello.ts";
import { ODDITIES, type Oddity, probeTolerance, type Tolerances, withOddity } from "./oddities.ts";
import { GROUPS_13, inOurOrder, isChacha, SUITES_13, WIRE_VERSION } from "./offers.ts";
import { preferenceOf, reversedForOrder } from "./order.ts";
import type { Outcome, Prober } from "./prober.ts";
import { judge, refusesVersion } from "./verdict.ts";

type KeyShareMode = "empty" | "meaningless" | "real";

export interface ModernScan {
  readonly protocol: ProtocolFacts;
  readonly groups: GroupFacts;
  readonly tolerances: Tolerances | undefined;
}

const WIRE = WIRE_VERSION["TLSv1.3"];
const MEANINGLESS_GROUP = GREASE_CODES[0]!;

interface Pick {
  readonly suite: number;
  readonly group: number | undefined;
}

export class ModernEnumerator {
  readonly #prober: Prober;
  readonly #groups = new Dimension(GROUPS_13);
  readonly #suites = new Dimension(SUITES_13);
  #mode: KeyShareMode = "empty";
  #answer: Answer | undefined;

  /** @param contact offered all of this already, with an empty key_share: its answer is the first */
  constructor(prober: Prober, contact: Extract<Contact, { kind: "tls" }>) {
    this.#prober = prober;
    const { highest, hello: first } = contact;
    if (highest === "TLSv1.3" && first !== undefined) this.#seed(first);
    else if (highest !== undefined) this.#answer = { kind: "refused", how: `chose ${highest}` };
  }

  /** In the order found. */
  get groups(): readonly number[] {
    return this.#groups.found;
  }

  async enumerate(): Promise<ProtocolFacts> {
    this.#answer ??= await this.#findOut();
    if (this.#answer.kind === "offered") {
      const ask = (offer: (dimension: Dimension) => readonly number[]): Promise<Step> =>
        this.#ask(offer(this.#suites), offer(this.#groups));
      await enumerate(this.#groups, [this.#suites], ask);
      await enumerateRest(this.#suites, ask);
    }
    return this.#facts("unknown", undefined);
  }

  /** @param withOddities it is the only version: its hellos show the tolerances, too */
  async order(withOddities: boolean): Promise<ModernScan> {
    const [suites, groups] = [this.#suites.found, this.#groups.found];
    if (this.#answer?.kind !== "offered") {
      return {
        protocol: this.#facts("unknown", undefined),
        groups: this.#groupFacts("unknown"),
        tolerances: undefined,
      };
    }
    const reversedSuites = reversedForOrder(suites);
    const reversedGroups = [...groups].reverse();
    let pick: Pick | undefined;
    let tolerances: Tolerances | undefined;
    if (withOddities) ({ pick, tolerances } = await this.#pickInSpite(reversedSuites, reversedGroups));
    else if (suites.length > 1 || groups.length > 1)
      pick = await this.#pick("order", reversedSuites, reversedGroups);
    const preference = preferenceOf(suites, reversedSuites, pick?.suite);
    const chachaForMobile = preference === "server" ? await this.#prefersChacha(suites) : undefined;
    return {
      protocol: this.#facts(preference, chachaForMobile),
      groups: this.#groupFacts(preferenceOf(groups, reversedGroups, pick?.group)),
      tolerances,
    };
  }

  #seed(answer: ServerHello): void {
    const { suite, group } = pickOf(answer);
    this.#answer = { kind: "offered" };
    this.#suites.take(suite);
    if (group !== undefined) this.#groups.take(group);
  }

  /** The first answer, in the way of offering key shares that the server takes. */
  async #findOut(): Promise<Answer> {
    let answer: Answer = { kind: "inconclusive", why: "not asked" };
    for (const mode of ["empty", "meaningless", "real"] as const) {
      this.#mode = mode;
      const outcome = await this.#hello("TLSv1.3", SUITES_13, GROUPS_13);
      answer = judge(outcome, WIRE);
      if (outcome.kind === "done" && outcome.value.kind === "server-hello" && answer.kind === "offered") {
        this.#seed(outcome.value.hello);
        return answer;
      }
      // An alert other than protocol_version may be for the key_share, and so may an end without a word.
      if (refusesVersion(outcome, WIRE)) return answer;
    }
    return answer;
  }

  async #ask(suites: readonly number[], groups: readonly number[]): Promise<Step> {
    const outcome = await this.#hello("TLSv1.3 groups and suites", suites, groups);
    // Some stacks call a key_share and groups without anything in common an illegal parameter.
    const answer = judge(outcome, WIRE, [ALERT.illegal_parameter]);
    if (answer.kind === "inconclusive") return { kind: "unclear", why: answer.why };
    if (answer.kind === "refused") return { kind: "refused", how: answer.how };
    const pick =
      outcome.kind === "done" && outcome.value.kind === "server-hello"
        ? pickOf(outcome.value.hello)
        : undefined;
    if (pick === undefined) return { kind: "unclear", why: "no ServerHello" };
    const values = new Map([[this.#suites, pick.suite]]);
    if (pick.group !== undefined) values.set(this.#groups, pick.group);
    return { kind: "picked", values };
  }

  #facts(preference: Preference, chachaForMobile: boolean | undefined): ProtocolFacts {
    const answer = this.#answer ?? { kind: "inconclusive", why: "not asked" };
    const complete = answer.kind === "refused" || (answer.kind === "offered" && this.#suites.complete);
    const suites = preference === "server" ? this.#suites.found : inOurOrder(this.#suites.found);
    return { version: "TLSv1.3", answer, suites, complete, preference, chachaForMobile };
  }

  #groupFacts(preference: Preference): GroupFacts {
    const complete =
      this.#answer?.kind === "refused" || (this.#answer?.kind === "offered" && this.#groups.complete);
    return { codes: this.#groups.found, complete, preference };
  }

  async #prefersChacha(suites: readonly number[]): Promise<boolean | undefined> {
    const chacha = suites.filter(isChacha);
    if (chacha.length === 0 || isChacha(suites[0]!)) return undefined;
    const others = suites.filter((code) => !isChacha(code));
    const pick = await this.#pick("ChaCha20 first", [...chacha, ...others], this.#groups.found);
    return pick === undefined ? undefined : isChacha(pick.suite);
  }

  async #pickInSpite(
    suites: readonly number[],
    groups: readonly number[],
  ): Promise<{ readonly pick: Pick | undefined; readonly tolerances: Tolerances }> {
    const pick = await this.#pick("order and tolerances", suites, groups, ODDITIES);
    if (pick !== undefined) {
      const offered: Answer = { kind: "offered" };
      const tolerances = { greaseTolerant: offered, longHelloTolerant: offered, versionTolerant: offered };
      return { pick, tolerances };
    }
    const tolerates = async (oddity: Oddity): Promise<Answer> =>
      await probeTolerance(
        (asked) =>
          this.#hello(`TLSv1.3 tolerance of ${oddity}`, suites, groups, asked === undefined ? [] : [asked]),
        oddity,
        "TLSv1.3",
      );
    const [plain, greaseTolerant, longHelloTolerant, versionTolerant] = await Promise.all([
      this.#pick("order", suites, groups),
      tolerates("grease"),
      tolerates("long"),
      tolerates("version"),
    ]);
    return { pick: plain, tolerances: { greaseTolerant, longHelloTolerant, versionTolerant } };
  }

  async #pick(
    what: string,
    suites: readonly number[],
    groups: readonly number[],
    oddities?: readonly Oddity[],
  ): Promise<Pick | undefined> {
    const outcome = await this.#hello(`TLSv1.3 ${what}`, suites, groups, oddities);
    if (judge(outcome, WIRE).kind !== "offered" || outcome.kind !== "done") return undefined;
    return outcome.value.kind === "server-hello" ? pickOf(outcome.value.hello) : undefined;
  }

  #hello(
    name: string,
    suites: readonly number[],
    groups: readonly number[],
    oddities: readonly Oddity[] = [],
  ): Promise<Outcome<HelloAnswer>> {
    return hello(this.#prober, name, oddities.reduce(addOddity, this.#spec(suites, groups)));
  }

  #spec(suites: readonly number[], groups: readonly number[]): HelloSpec {
    const shares =
      this.#mode === "empty" ? [] : [this.#mode === "real" ? realShare(groups) : MEANINGLESS_SHARE];
    const offered = shares.includes(MEANINGLESS_SHARE) ? [MEANINGLESS_GROUP, ...groups] : groups;
    return makeHello(this.#prober, { version: "TLSv1.3", suites, groups: offered, keyShares: shares });
  }
}

const MEANINGLESS_SHARE = { group: MEANINGLESS_GROUP, key: Buffer.from([0]) };

function addOddity(spec: HelloSpec, oddity: Oddity): HelloSpec {
  return withOddity(spec, oddity, "TLSv1.3");
}

/** A key of a group that is offered; where none of them can be computed, one that means nothing. */
function realShare(groups: readonly number[]): { readonly group: number; readonly key: Buffer } {
  const group = COMPUTABLE_GROUPS.find((code) => groups.includes(code));
  const share = group === undefined ? undefined : makeKeyShare(group);
  return share === undefined ? MEANINGLESS_SHARE : { group: share.group, key: share.publicKey };
}

function pickOf(answer: ServerHello): Pick {
  return { suite: answer.suite, group: answer.isRetry ? answer.retryGroup : answer.keyShare?.group };
}
