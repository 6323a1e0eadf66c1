/** Versions and suites of one address against a policy. */
import type { AddressFacts, Answer, ProtocolVersion } from "../facts.ts";
import type { SuiteFacts } from "../registry/suites.ts";
import { isAead, isForwardSecret, isNull } from "../rules/shared/suite-kinds.ts";
import { suiteFacts } from "../rules/shared/suites.ts";
import { suiteByName } from "./names.ts";
import type { Policy } from "./policy.ts";
import type { VerdictBuilder } from "./verdict.ts";

export function checkVersions(address: AddressFacts, { versions }: Policy, verdict: VerdictBuilder): void {
  const answers = new Map<ProtocolVersion, Answer>(
    address.protocols.map(({ version, answer }) => [version, answer]),
  );
  for (const [version, answer] of answers) {
    if (versions?.allow === undefined || versions.allow.includes(version)) continue;
    if (answer.kind === "offered") verdict.remove(version, `only ${versions.allow.join(", ")} may be spoken`);
    if (answer.kind === "inconclusive") verdict.open(`${version} is spoken`);
  }
  for (const version of versions?.require ?? []) {
    const answer = answers.get(version);
    if (answer?.kind === "refused") verdict.add(version, "it has to be spoken");
    else if (answer?.kind !== "offered") verdict.open(`${version} is spoken`);
  }
}

/** Why a suite may not be offered; undefined when it may. */
function objection(facts: SuiteFacts, { suites }: Policy): string | undefined {
  const listed = (list: readonly string[]): boolean =>
    list.some((name) => suiteByName(name)?.name === facts.name);
  if (suites?.allow !== undefined && !listed(suites.allow)) return "it is not among the suites allowed";
  if (suites?.forbid !== undefined && listed(suites.forbid)) return "it is forbidden";
  if (suites?.forwardSecrecy && !isForwardSecret(facts)) return "it has no forward secrecy";
  if (suites?.aead && !isAead(facts)) return "it has no authenticated encryption";
  if (suites?.minBits !== undefined && (isNull(facts) ? 0 : facts.bits) < suites.minBits) {
    return `its key is shorter than ${suites.minBits} bits`;
  }
  return undefined;
}

/** Whether the policy lets this suite be offered. */
export function isSuiteAllowed(facts: SuiteFacts, policy: Policy): boolean {
  return objection(facts, policy) === undefined;
}

function label({ name, openssl }: SuiteFacts): string {
  return openssl === undefined || openssl === name ? name : `${name} (${openssl})`;
}

export function checkSuites(address: AddressFacts, policy: Policy, verdict: VerdictBuilder): void {
  const { suites, versions } = policy;
  if (suites === undefined) return;
  const offered = new Set<string>();
  let whole = true;
  for (const { version, answer, complete, suites: codes } of address.protocols) {
    if (answer.kind === "inconclusive" || (answer.kind === "offered" && !complete)) whole = false;
    // A version that has to go takes its suites along.
    if (versions?.allow !== undefined && !versions.allow.includes(version)) continue;
    for (const code of codes) {
      const facts = suiteFacts(version, code);
      const name = facts?.name ?? `0x${code.toString(16).padStart(4, "0")}`;
      if (offered.has(name)) continue;
      offered.add(name);
      const why = facts === undefined ? unknownSuite(policy) : objection(facts, policy);
      if (why !== undefined) verdict.remove(facts === undefined ? name : label(facts), why);
    }
  }
  if (!whole) verdict.open("other suites are offered");
  for (const name of suites.require ?? []) {
    const facts = suiteByName(name);
    if (facts !== undefined && whole && !offered.has(facts.name))
      verdict.add(label(facts), "it has to be offered");
  }
  checkOrder(address, policy, verdict);
}

function unknownSuite({ suites }: Policy): string | undefined {
  return suites?.allow === undefined ? undefined : "it is not among the suites allowed";
}

function checkOrder(address: AddressFacts, { suites, versions }: Policy, verdict: VerdictBuilder): void {
  const wanted = suites?.order;
  if (wanted === undefined) return;
  for (const { version, answer, preference, suites: codes } of address.protocols) {
    if (answer.kind !== "offered" || version === "TLSv1.3" || version === "SSLv2" || codes.length < 2)
      continue;
    if (versions?.allow !== undefined && !versions.allow.includes(version)) continue;
    if (preference === "unknown") verdict.open(`the ${wanted} decides among the suites of ${version}`);
    else if (preference !== wanted && preference !== "one-choice") {
      verdict.change(`suite order of ${version}`, `the ${wanted} has to decide`);
    }
  }
}
