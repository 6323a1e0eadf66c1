/**
 * What kind of suite one is, by its registered facts: the words that rules, policies and the grade share.
 */
import type { KeyExchange, SuiteFacts } from "../../registry/suites.ts";

/** Each makes a key for this connection only. */
const EPHEMERAL: ReadonlySet<KeyExchange> = new Set([
  "DHE",
  "ECDHE",
  "DHE_PSK",
  "ECDHE_PSK",
  "SRP",
  "ECCPWD",
  "TLS13",
] as const);

export const isNull = (facts: SuiteFacts): boolean => facts.mode === "null";
export const isExport = (facts: SuiteFacts): boolean => facts.export;
export const isAnonymous = (facts: SuiteFacts): boolean => facts.authentication === "anon";
export const isAead = (facts: SuiteFacts): boolean => facts.mode === "aead";
export const isCbc = (facts: SuiteFacts): boolean => facts.mode === "cbc";
export const isRc4 = (facts: SuiteFacts): boolean => facts.cipher.startsWith("RC4");
export const isTripleDes = (facts: SuiteFacts): boolean => facts.cipher.startsWith("3DES");

/** Single DES, 56 bits; the 40-bit form is an export suite. */
export const isDes = (facts: SuiteFacts): boolean => facts.cipher.startsWith("DES") && !facts.export;

/** Blocks of 64 bits under CBC. */
export const hasSmallBlock = (facts: SuiteFacts): boolean =>
  isCbc(facts) && /^(?:3DES|DES|IDEA|RC2)/.test(facts.cipher);

/** What is recorded today stays closed when the server's key is lost. */
export const isForwardSecret = (facts: SuiteFacts): boolean =>
  EPHEMERAL.has(facts.keyExchange) || isAnonymous(facts);

/** Finite-field Diffie-Hellman with the server's choice of a prime. */
export const isFiniteFieldDhe = (facts: SuiteFacts): boolean =>
  facts.keyExchange === "DHE" || facts.keyExchange === "DHE_PSK";

/** Nothing to complain of by today's recommendations (RFC 9325, draft-ietf-tls-deprecate-obsolete-kex). */
export const isStrong = (facts: SuiteFacts): boolean =>
  isAead(facts) &&
  isForwardSecret(facts) &&
  !isFiniteFieldDhe(facts) &&
  !isAnonymous(facts) &&
  facts.bits >= 128;
