/**
 * Cipher suites as rules speak of them: which ones an address accepts, what each is made of, and whether the
 * list is known to be whole.
 */
import type { AddressFacts, ProtocolVersion } from "../../facts.ts";
import { SSLV2_KINDS, type SuiteFacts, suite } from "../../registry/suites.ts";
import type { Subject } from "../rule.ts";
import { reached, type Spot } from "./addresses.ts";
import { type Draft, unanswered } from "./define.ts";

export interface OfferedSuite {
  readonly version: ProtocolVersion;
  readonly code: number;
  readonly facts: SuiteFacts;
}

export const UP_TO_TLS12: readonly ProtocolVersion[] = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"];

/** Facts of a suite under a version; SSLv2 has codes of its own. */
export function suiteFacts(version: ProtocolVersion, code: number): SuiteFacts | undefined {
  return version === "SSLv2" ? SSLV2_KINDS.find((kind) => kind.code === code) : suite(code);
}

/** Every known suite accepted, in the order found. A code that no registry knows is left out. */
export function offeredSuites(
  address: AddressFacts,
  versions: readonly ProtocolVersion[] = UP_TO_TLS12,
): readonly OfferedSuite[] {
  return address.protocols.flatMap(({ version, suites }) =>
    versions.includes(version)
      ? suites.flatMap((code) => {
          const facts = suiteFacts(version, code);
          return facts === undefined ? [] : [{ version, code, facts }];
        })
      : [],
  );
}

/** Why the suites of these versions may not all be known; empty when they are. */
export function unknownSuites(
  address: AddressFacts,
  versions: readonly ProtocolVersion[] = UP_TO_TLS12,
): readonly string[] {
  return address.protocols.flatMap(({ version, answer, complete }) => {
    if (!versions.includes(version)) return [];
    if (answer.kind === "inconclusive") return [`${version}: ${answer.why}`];
    return answer.kind === "offered" && !complete ? [`${version}: the list of suites was cut short`] : [];
  });
}

/** `TLSv1.2: A, B`, one line a version. */
export function listSuites(suites: readonly OfferedSuite[]): readonly string[] {
  return versionsOf(suites).map((version) => {
    const names = suites.filter((one) => one.version === version).map((one) => one.facts.name);
    return `${version}: ${names.join(", ")}`;
  });
}

export function versionsOf(suites: readonly OfferedSuite[]): readonly ProtocolVersion[] {
  return [...new Set(suites.map((one) => one.version))];
}

export interface SuiteJudgement {
  readonly matches: (suite: OfferedSuite) => boolean;
  /** What such suites are: completes "… are accepted in TLSv1.2". */
  readonly what: string;
  /** Completes the sentence with the consequence; optional. */
  readonly so?: string;
  readonly versions?: readonly ProtocolVersion[];
  readonly draft?: (suites: readonly OfferedSuite[], spot: Spot) => Partial<Draft>;
}

/** Finds suites that should not be there; where the list is not whole and none was seen, says so. */
export function* judgeSuites(subject: Subject, judgement: SuiteJudgement): Generator<Draft> {
  for (const spot of reached(subject)) {
    const { address, where } = spot;
    const found = offeredSuites(address, judgement.versions).filter(judgement.matches);
    if (found.length > 0) {
      const so = judgement.so === undefined ? "" : `: ${judgement.so}`;
      yield {
        message: `${judgement.what} are accepted in ${versionsOf(found).join(", ")}${so}`,
        where,
        evidence: listSuites(found),
        ...judgement.draft?.(found, spot),
      };
      continue;
    }
    const unknown = unknownSuites(address, judgement.versions);
    if (unknown.length > 0) yield unanswered(where, `${judgement.what} are accepted`, unknown.join("; "));
  }
}
