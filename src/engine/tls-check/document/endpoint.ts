/** What was observed at an address, with the registry's names beside the codes. */
import type {
  AddressFacts,
  GroupFacts,
  ProtocolFacts,
  ProtocolVersion,
  VulnerabilityFacts,
} from "../facts.ts";
import { groupName, schemeName } from "../rules/shared/groups.ts";
import { suiteFacts } from "../rules/shared/suites.ts";
import { servedDocument } from "./chains.ts";
import type {
  AddressDocument,
  GroupsDocument,
  NamedCode,
  Nulled,
  ProtocolDocument,
  SuiteDocument,
} from "./model.ts";

/** A document names every probe, also those that were left out. */
const NOT_PROBED: { readonly [K in keyof VulnerabilityFacts]-?: undefined } = {
  heartbleed: undefined,
  ccsInjection: undefined,
  robot: undefined,
  ticketbleed: undefined,
  poodleTls: undefined,
  robotOracle: undefined,
  cbcPaddingOracle: undefined,
  starttlsInjection: undefined,
};

export function addressDocument(facts: AddressFacts): AddressDocument {
  const { unreachable, sessions, features, vulnerabilities } = facts;
  return {
    address: facts.address,
    family: facts.family,
    unreachable: unreachable === undefined ? null : { ...unreachable, next: unreachable.next ?? null },
    protocols: facts.protocols.map(protocolDocument),
    groups13: groupsDocument(facts.groups13),
    groups12: groupsDocument(facts.groups12),
    dh: facts.dh.map(({ bits, known, primeHex, generatorHex }) => ({
      bits,
      known: known ?? null,
      prime: primeHex,
      generator: generatorHex,
    })),
    signatures13: named(facts.signatures13, schemeName),
    signatures12: named(facts.signatures12, schemeName),
    chains: facts.chains.map(servedDocument),
    sessions: sessions === undefined ? null : nulled(sessions),
    features: features ?? null,
    vulnerabilities: vulnerabilities === undefined ? null : nulled({ ...NOT_PROBED, ...vulnerabilities }),
    effort: { connections: facts.connections, retries: facts.retries, seconds: facts.seconds },
  };
}

function protocolDocument(protocol: ProtocolFacts): ProtocolDocument {
  const { version, answer, suites, complete, preference, chachaForMobile } = protocol;
  return {
    version,
    answer,
    suites: suites.map((code) => suiteDocument(version, code)),
    complete,
    preference,
    chachaForMobile: chachaForMobile ?? null,
  };
}

function suiteDocument(version: ProtocolVersion, code: number): SuiteDocument {
  const facts = suiteFacts(version, code);
  // SSLv2 kinds have three bytes.
  const hex = `0x${code.toString(16).padStart(version === "SSLv2" ? 6 : 4, "0")}`;
  return {
    code: hex,
    name: facts?.name ?? hex,
    openssl: facts?.openssl ?? null,
    bits: facts?.bits ?? null,
    keyExchange: facts?.keyExchange ?? null,
    authentication: facts?.authentication ?? null,
    cipher: facts?.cipher ?? null,
  };
}

function groupsDocument({ codes, complete, preference }: GroupFacts): GroupsDocument {
  return { groups: named(codes, groupName), complete, preference };
}

function named(codes: readonly number[], name: (code: number) => string): NamedCode[] {
  return codes.map((code) => ({ code: `0x${code.toString(16).padStart(4, "0")}`, name: name(code) }));
}

function nulled<T extends object>(facts: T): Nulled<T> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, value ?? null])) as Nulled<T>;
}
