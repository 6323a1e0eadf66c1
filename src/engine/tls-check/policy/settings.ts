/** What a server has to be set to for a policy, in the terms that servers built on OpenSSL share. */
import type { ProtocolVersion } from "../facts.ts";
import { SUITES, type SuiteFacts } from "../registry/suites.ts";
import { schemeName } from "../rules/shared/groups.ts";
import { isStrong } from "../rules/shared/suite-kinds.ts";
import { isSuiteAllowed } from "./check-protocol.ts";
import { groupByName, opensslGroup, schemeByName, suiteByName } from "./names.ts";
import type { Policy } from "./policy.ts";

export type TlsVersion = Extract<ProtocolVersion, `TLS${string}`>;

export interface Settings {
  /** Ascending, without gaps that the policy did not make. */
  readonly versions: readonly TlsVersion[];
  /** OpenSSL names, best first; empty when only TLS 1.3 is spoken. */
  readonly ciphers: readonly string[];
  readonly ciphersuites13: readonly string[];
  readonly groups: readonly string[];
  /** Registered names; empty = the library's own choice. */
  readonly signatures: readonly string[];
  readonly serverOrder: boolean;
  /** TLS 1.0 and 1.1 need OpenSSL's lowest security level. */
  readonly lowSecurityLevel: boolean;
}

const TLS_VERSIONS: readonly TlsVersion[] = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
const DEFAULT_GROUPS = ["x25519", "secp256r1", "secp384r1"];

export function settingsFor(policy: Policy): Settings {
  const allowed = policy.versions?.allow ?? ["TLSv1.2", "TLSv1.3"];
  const versions = TLS_VERSIONS.filter((version) => allowed.includes(version));
  const suites = suitesFor(policy);
  const old = versions.some((version) => version === "TLSv1.0" || version === "TLSv1.1");
  const only13 = versions.length > 0 && versions.every((version) => version === "TLSv1.3");
  const ciphers = suites.flatMap(({ openssl, minVersion }) =>
    openssl === undefined || minVersion === "TLSv1.3" || only13 ? [] : [openssl],
  );
  return {
    versions,
    ciphers: old && ciphers.length > 0 ? [...ciphers, "@SECLEVEL=0"] : ciphers,
    ciphersuites13: versions.includes("TLSv1.3")
      ? suites.flatMap(({ name, minVersion }) => (minVersion === "TLSv1.3" ? [name] : []))
      : [],
    groups: groupsFor(policy),
    signatures: (policy.signatures?.allow ?? []).flatMap((name) => {
      const code = schemeByName(name);
      return code === undefined ? [] : [schemeName(code)];
    }),
    // Where nothing is demanded the client decides: it knows whether it has AES in hardware (as Mozilla recommends).
    serverOrder: policy.suites?.order === "server",
    lowSecurityLevel: old,
  };
}

/** Strong, and for servers that show a certificate. */
function isUsual(facts: SuiteFacts): boolean {
  return facts.recommended && isStrong(facts) && facts.authentication !== "PSK";
}

/** The list of the policy in its own order; without one, everything strong that it does not exclude. */
function suitesFor(policy: Policy): readonly SuiteFacts[] {
  const listed = policy.suites?.allow?.flatMap((name) => suiteByName(name) ?? []);
  const candidates = listed ?? SUITES.filter(isUsual);
  return candidates.filter((facts) => isSuiteAllowed(facts, policy));
}

function groupsFor({ groups }: Policy): readonly string[] {
  const named = [...(groups?.allow ?? [...(groups?.require ?? []), ...DEFAULT_GROUPS])];
  if (groups?.postQuantum && groups.allow === undefined) named.unshift("X25519MLKEM768");
  const forbidden = new Set((groups?.forbid ?? []).map(groupByName));
  const codes = named.map(groupByName).filter((code) => code !== undefined && !forbidden.has(code));
  return [...new Set(codes)].flatMap((code) => opensslGroup(code!) ?? []);
}
