/** Groups, Diffie-Hellman parameters, signature schemes and features of one address against a policy. */
import type { AddressFacts, Answer, ProtocolVersion } from "../facts.ts";
import { groupName, isPostQuantum, schemeName } from "../rules/shared/groups.ts";
import { groupByName, schemeByName } from "./names.ts";
import type { AllowedNames, Policy } from "./policy.ts";
import type { VerdictBuilder } from "./verdict.ts";

/** Why a code may not be offered by lists of names; undefined when it may. */
function listed(
  code: number,
  { allow, forbid }: AllowedNames,
  find: (name: string) => number | undefined,
): string | undefined {
  if (allow !== undefined && !allow.some((name) => find(name) === code))
    return "it is not among those allowed";
  if (forbid?.some((name) => find(name) === code)) return "it is forbidden";
  return undefined;
}

function spoken(address: AddressFacts, policy: Policy, version: ProtocolVersion): boolean {
  if (policy.versions?.allow !== undefined && !policy.versions.allow.includes(version)) return false;
  return address.protocols.some((one) => one.version === version && one.answer.kind === "offered");
}

export function checkGroups(address: AddressFacts, policy: Policy, verdict: VerdictBuilder): void {
  const { groups } = policy;
  if (groups === undefined) return;
  const looked = [
    ...(spoken(address, policy, "TLSv1.3") ? [address.groups13] : []),
    // Groups are one list for all versions before TLS 1.3.
    ...(["TLSv1.0", "TLSv1.1", "TLSv1.2"] as const).flatMap((version) =>
      spoken(address, policy, version) ? [address.groups12] : [],
    ),
  ];
  const offered = new Set(looked.flatMap(({ codes }) => codes));
  const whole = looked.every(({ complete }) => complete);
  for (const code of offered) {
    const why = listed(code, groups, groupByName);
    if (why !== undefined) verdict.remove(groupName(code), why);
  }
  if (!whole) verdict.open("other groups are offered");
  if (!whole || looked.length === 0) return;
  for (const name of groups.require ?? []) {
    const code = groupByName(name);
    if (code !== undefined && !offered.has(code)) verdict.add(groupName(code), "it has to be offered");
  }
  if (groups.postQuantum && ![...offered].some(isPostQuantum)) {
    verdict.add("X25519MLKEM768", "a post-quantum group has to be offered");
  }
}

export function checkDh(address: AddressFacts, { dh }: Policy, verdict: VerdictBuilder): void {
  if (dh === undefined) return;
  for (const { bits } of address.dh) {
    if (bits < dh.minBits) {
      verdict.change(`Diffie-Hellman parameters of ${bits} bits`, `they need ${dh.minBits} bits`);
    }
  }
  if (address.gaps.dh !== undefined) verdict.open("other Diffie-Hellman parameters are used");
}

export function checkSignatures(
  address: AddressFacts,
  { signatures }: Policy,
  verdict: VerdictBuilder,
): void {
  if (signatures === undefined) return;
  for (const code of new Set([...address.signatures13, ...address.signatures12])) {
    const why = listed(code, signatures, schemeByName);
    if (why !== undefined) verdict.remove(`signature scheme ${schemeName(code)}`, why);
  }
  const { signatures13, signatures12 } = address.gaps;
  if (signatures13 !== undefined || signatures12 !== undefined)
    verdict.open("other signature schemes are used");
}

export function checkFeatures(
  address: AddressFacts,
  { features }: Policy,
  /** Some certificate names an OCSP responder: else there is nothing to staple. */
  canStaple: boolean,
  verdict: VerdictBuilder,
): void {
  if (features === undefined) return;
  if (address.features === undefined) {
    verdict.open("the features demanded are supported");
    return;
  }
  const judge = (what: string, answer: Answer | undefined, wanted: boolean): void => {
    if (answer === undefined) return;
    if (answer.kind === "inconclusive") verdict.open(`${what} is supported`);
    else if (wanted && answer.kind === "refused") verdict.add(what, "it has to be supported");
    else if (!wanted && answer.kind === "offered") verdict.remove(what, "it is forbidden");
  };
  for (const name of features.require ?? []) {
    if (name !== "stapling" || canStaple) judge(name, address.features[name], true);
  }
  for (const name of features.forbid ?? []) judge(name, address.features[name], false);
  if (features.earlyData !== undefined) judge("earlyData", address.sessions?.earlyData, features.earlyData);
}
