/**
 * Differences between the addresses of one name: an old certificate on one node, another set of suites on the
 * next. Pure. What is inconclusive at an address is left out there: not knowing is no difference.
 */
import type { AddressFacts, Answer, EndpointFacts, FeatureFacts, ServedChain } from "./facts.ts";
import type { Drift } from "./result.ts";
import { groupName } from "./rules/shared/groups.ts";
import { suiteFacts } from "./rules/shared/suites.ts";

/** One thing that may differ: its name and each address' own value; undefined = not known there. */
type Aspect = readonly [what: string, value: (address: AddressFacts) => string | undefined];

function versions({ protocols }: AddressFacts): string | undefined {
  if (protocols.length === 0 || protocols.some(({ answer }) => answer.kind === "inconclusive"))
    return undefined;
  const offered = protocols.filter(({ answer }) => answer.kind === "offered").map(({ version }) => version);
  return offered.join(", ") || "none";
}

function suites({ protocols }: AddressFacts): string | undefined {
  const offered = protocols.filter(({ answer }) => answer.kind === "offered");
  if (offered.length === 0 || offered.some(({ complete }) => !complete)) return undefined;
  return offered
    .map(({ version, suites: codes }) => {
      const names = codes.map((code) => suiteFacts(version, code)?.name ?? `0x${code.toString(16)}`);
      return `${version} ${names.join(" ")}`;
    })
    .join("; ");
}

function groups({ codes, complete }: AddressFacts["groups13"]): string | undefined {
  return complete && codes.length > 0 ? codes.map(groupName).join(" ") : undefined;
}

function word(answer: Answer | undefined): string | undefined {
  return answer === undefined || answer.kind === "inconclusive" ? undefined : answer.kind;
}

const feature = (what: string, name: keyof FeatureFacts): Aspect => [
  what,
  ({ features }) => word(features?.[name] as Answer | undefined),
];

/** Whatever the version, a server has one chain for a kind of key and a name. */
function circumstances({ keyType, serverName }: ServedChain): string {
  return `${keyType}${serverName === undefined ? ", without a server name" : ""}`;
}

/** Kinds of keys for the endpoint's own name, where nothing was cut short that could have shown another. */
function kindsOfKeys({ protocols, chains, gaps }: AddressFacts): string | undefined {
  const cut = protocols.some(({ answer, complete }) => answer.kind === "inconclusive" || !complete);
  if (cut || gaps.signatures13 !== undefined || chains.length === 0) return undefined;
  const names = new Set(chains.map(({ serverName }) => serverName));
  const own = names.size > 1 ? chains.filter(({ serverName }) => serverName !== undefined) : chains;
  return [...new Set(own.map(({ keyType }) => keyType))].sort().join(", ");
}

function chainAspects(addresses: readonly AddressFacts[]): readonly Aspect[] {
  const asked = new Set(addresses.flatMap(({ chains }) => chains.map(circumstances)));
  return [...asked].map(
    (key): Aspect => [
      `the chain (${key})`,
      ({ chains }) => {
        const alike = chains.filter((one) => circumstances(one) === key);
        const contents = alike.map(({ certificates }) => certificates.map(({ sha256 }) => sha256).join(" "));
        return contents.length === 0 ? undefined : [...new Set(contents)].sort().join("; ");
      },
    ],
  );
}

const ASPECTS: readonly Aspect[] = [
  ["versions", versions],
  ["suites", suites],
  ["groups of TLS 1.3", ({ groups13 }) => groups(groups13)],
  ["groups of TLS 1.2", ({ groups12 }) => groups(groups12)],
  ["ALPN", ({ features }) => (features?.alpnComplete ? features.alpn.join(" ") || "none" : undefined)],
  ["kinds of keys", kindsOfKeys],
  ["client certificates", ({ features }) => known(features?.clientCertificate)],
  feature("OCSP stapling", "stapling"),
  feature("the extended master secret", "extendedMasterSecret"),
  feature("secure renegotiation", "secureRenegotiation"),
  feature("compression", "compression"),
  ["early data", ({ sessions }) => word(sessions?.earlyData)],
];

function known(value: FeatureFacts["clientCertificate"] | undefined): string | undefined {
  return value === "unknown" ? undefined : value;
}

/** Empty for one address, and for several that agree. */
export function drift(endpoint: EndpointFacts): readonly Drift[] {
  const addresses = endpoint.addresses.filter(({ unreachable }) => unreachable === undefined);
  if (addresses.length < 2) return [];
  return [...ASPECTS, ...chainAspects(addresses)].flatMap(([what, read]) => {
    const byValue = new Map<string, string[]>();
    for (const address of addresses) {
      const value = read(address);
      if (value === undefined) continue;
      byValue.set(value, [...(byValue.get(value) ?? []), address.address]);
    }
    if (byValue.size < 2) return [];
    return [{ what, values: [...byValue].map(([value, at]) => ({ value, addresses: at })) }];
  });
}
