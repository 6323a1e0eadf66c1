// Two accounts of one server, ours and another checker's, and what the one says and the other does not.
import type { AddressFacts, ProtocolFacts } from "../../src/engine/tls-check/facts.ts";
import { group } from "../../src/engine/tls-check/registry/groups.ts";
import { suite } from "../../src/engine/tls-check/registry/suites.ts";

/** A list under each heading (`suites of TLSv1.2`); sorted, where it is not the order that was found out. */
export type Account = ReadonlyMap<string, readonly string[]>;

export interface Difference {
  readonly what: string;
  /** What only netkit says; of lists that differ in nothing but their order, all of it. */
  readonly netkit: readonly string[];
  readonly peer: readonly string[];
}

/** A heading that is in one account only stands for an empty list in the other. */
export function differences(netkit: Account, peer: Account): readonly Difference[] {
  return [...new Set([...netkit.keys(), ...peer.keys()])].flatMap((what) => {
    const [ours, theirs] = [netkit.get(what) ?? [], peer.get(what) ?? []];
    if (ours.length === theirs.length && ours.every((one, index) => one === theirs[index])) return [];
    const onlyOurs = ours.filter((one) => !theirs.includes(one));
    const onlyTheirs = theirs.filter((one) => !ours.includes(one));
    if (onlyOurs.length + onlyTheirs.length === 0) return [{ what, netkit: ours, peer: theirs }];
    return [{ what, netkit: onlyOurs, peer: onlyTheirs }];
  });
}

/** Differences that are as they should be, for one reason. */
export interface Explained {
  readonly why: string;
  readonly differences: readonly Difference[];
}

/** What was compared and how it differed, for people. */
export class DifferenceTable {
  readonly #peer: string;
  readonly #rows: string[] = [];
  #configurations = 0;
  #lists = 0;

  constructor(peer: string) {
    this.#peer = peer;
  }

  add(title: string, lists: number, found: readonly Difference[], explained: readonly Explained[]): void {
    this.#configurations++;
    this.#lists += lists;
    for (const { what, netkit, peer } of found) {
      const reason = explained.find((one) => one.differences.some((other) => other.what === what))?.why;
      this.#rows.push(
        `  ${title} | ${what} | only netkit: ${shown(netkit)} | only ${this.#peer}: ${shown(peer)} | ${reason ?? "NOT EXPLAINED"}`,
      );
    }
  }

  /** The configurations that were compared, then a row for each difference. */
  toString(): string {
    const rows = this.#rows.length === 0 ? "" : `\n${this.#rows.join("\n")}`;
    return `netkit and ${this.#peer}: ${this.#lists} lists of ${this.#configurations} configurations compared, ${this.#rows.length} differences${rows}`;
  }
}

const SHOWN = 6;

function shown(names: readonly string[]): string {
  if (names.length === 0) return "-";
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return names.slice(0, SHOWN).join(" ") + more;
}

/** The versions that a server speaks. */
export function spoken(facts: AddressFacts): readonly ProtocolFacts[] {
  return facts.protocols.filter(({ answer }) => answer.kind === "offered");
}

/** IANA's names. */
export function suiteNames(codes: readonly number[]): readonly string[] {
  return codes.map((code) => suite(code)?.name ?? code.toString(16));
}

/** IANA's names, sorted. */
export function groupNames(codes: readonly number[]): readonly string[] {
  return codes.map((code) => group(code)?.name ?? code.toString(16)).sort();
}

/** What netkit says about versions and suites. */
export function versionsAndSuites(facts: AddressFacts): Map<string, readonly string[]> {
  const account = new Map<string, readonly string[]>();
  account.set(
    "versions",
    spoken(facts).map(({ version }) => version),
  );
  for (const { version, suites } of spoken(facts)) {
    account.set(`suites of ${version}`, [...suiteNames(suites)].sort());
  }
  return account;
}
