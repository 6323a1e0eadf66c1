/**
 * Names in policies to codes: suites by their registered or OpenSSL name, groups by any of the names that are
 * in use for them. Letters of either case.
 */
import { GROUPS } from "../registry/groups.ts";
import { SIGNATURE_SCHEMES } from "../registry/signature-schemes.ts";
import { SSLV2_KINDS, SUITES, type SuiteFacts } from "../registry/suites.ts";

const fold = (name: string): string => name.toLowerCase().replaceAll("-", "_");

const SUITE_BY_NAME = new Map<string, SuiteFacts>();
// SSLv2's kinds first: where OpenSSL gave both the same name, the later ones are meant.
for (const facts of [...SSLV2_KINDS, ...SUITES]) {
  if (facts.openssl !== undefined) SUITE_BY_NAME.set(facts.openssl.toLowerCase(), facts);
  SUITE_BY_NAME.set(facts.name.toLowerCase(), facts);
}

export function suiteByName(name: string): SuiteFacts | undefined {
  return SUITE_BY_NAME.get(name.trim().toLowerCase());
}

/** Curves that go by several names; the registered one first. */
const GROUP_ALIASES: readonly (readonly string[])[] = [
  ["secp256r1", "prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
  ["x25519", "curve25519"],
  ["x448", "curve448"],
  ["secp224r1", "P-224"],
  ["secp192r1", "prime192v1", "P-192"],
];

function registeredGroup(name: string): string {
  const folded = fold(name.trim());
  const aliases = GROUP_ALIASES.find((names) => names.some((alias) => fold(alias) === folded));
  return fold(aliases?.[0] ?? folded);
}

const GROUP_CODES = new Map(GROUPS.map(({ name, code }) => [registeredGroup(name), code]));

export function groupByName(name: string): number | undefined {
  return GROUP_CODES.get(registeredGroup(name));
}

/** The same curve by whatever name: `P-256` and `prime256v1`. */
export function sameCurve(a: string, b: string): boolean {
  return registeredGroup(a) === registeredGroup(b);
}

const OPENSSL_GROUPS: Readonly<Record<string, string>> = {
  secp256r1: "prime256v1",
  x25519: "X25519",
  x448: "X448",
};

/** As OpenSSL and the servers built on it write it. */
export function opensslGroup(code: number): string | undefined {
  const name = GROUPS.find((group) => group.code === code)?.name;
  return name === undefined ? undefined : (OPENSSL_GROUPS[name.toLowerCase()] ?? name);
}

const SCHEME_CODES = new Map(SIGNATURE_SCHEMES.map(({ name, code }) => [fold(name), code]));

export function schemeByName(name: string): number | undefined {
  return SCHEME_CODES.get(fold(name.trim()));
}
