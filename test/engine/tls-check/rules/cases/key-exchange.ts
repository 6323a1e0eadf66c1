import { createDiffieHellmanGroup } from "node:crypto";
import type {
  AddressFacts,
  DhParameters,
  GroupFacts,
  ListGaps,
} from "../../../../../src/engine/tls-check/facts.ts";
import type { Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import {
  address,
  endpoint,
  protocol,
  protocols,
  REFUSED,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../../../support/tls-facts.ts";
import type { Cases } from "../contract.ts";

const PRIME_1024 = createDiffieHellmanGroup("modp2").getPrime("hex");
const PRIME_2048 = createDiffieHellmanGroup("modp14").getPrime("hex");

function dh(overrides: Partial<DhParameters>): Subject {
  const parameters = { bits: 2048, known: undefined, primeHex: PRIME_2048, generatorHex: "02", ...overrides };
  return endpoint([{ dh: [parameters] }]);
}

const groups = (codes: readonly number[], complete = true): GroupFacts => ({
  codes,
  complete,
  preference: "server",
});

const with13 = (codes: readonly number[], complete = true, more: Partial<AddressFacts> = {}): Subject =>
  endpoint([{ groups13: groups(codes, complete), ...more }]);

const gaps = (more: Partial<ListGaps>): Partial<AddressFacts> => ({
  gaps: { signatures13: undefined, signatures12: undefined, dh: undefined, ...more },
});
const CUT_DH = endpoint([gaps({ dh: "TLSv1.2: reset" })]);
const CUT_SCHEMES = endpoint([{ signatures12: [0x0401], ...gaps({ signatures12: "reset" }) }]);

const signing = (...codes: readonly number[]): Subject => endpoint([{ signatures12: codes }]);

export const KEY_EXCHANGE_CASES: Cases = {
  "dh-small": {
    finds: {
      "512 bits": { subject: dh({ bits: 512 }), severity: "critical", says: "512 bits" },
      "1024 bits": { subject: dh({ bits: 1024 }), severity: "high" },
      "1536 bits": { subject: dh({ bits: 1536 }), severity: "medium" },
    },
    silent: { "2048 bits": dh({}), "no DHE": endpoint() },
    open: { "parameters that may not be all": CUT_DH },
  },
  "dh-common-prime": {
    finds: {
      "a shared prime of 1024 bits": {
        subject: dh({ bits: 1024, known: "RFC 2409 group 2", primeHex: PRIME_1024 }),
        severity: "medium",
        says: "RFC 2409 group 2",
      },
      "a shared prime of 1536 bits": {
        subject: dh({ bits: 1536, known: "RFC 3526 group 5" }),
        severity: "low",
      },
    },
    silent: {
      "a well-known prime of 2048 bits": dh({ known: "RFC 3526 group 14" }),
      "a prime of its own": dh({ bits: 1024 }),
    },
    open: { "parameters that may not be all": CUT_DH },
  },
  "dh-composite": {
    finds: {
      "the product of two primes": {
        subject: dh({ primeHex: (BigInt(`0x${PRIME_1024}`) * 3n).toString(16), bits: 1026 }),
        status: "vulnerable",
      },
      "an even number": { subject: dh({ primeHex: `${"f".repeat(511)}e` }) },
    },
    silent: {
      "a prime": dh({}),
      "a prime that is known by name": dh({ known: "ffdhe2048", primeHex: "0f" }),
      "text that is no number": dh({ primeHex: "not hex" }),
      "a number too long to test": dh({ bits: 20_000, primeHex: "f".repeat(5000) }),
    },
    open: { "parameters that may not be all": CUT_DH },
  },
  "group-weak": {
    finds: {
      "a binary curve of 163 bits in TLS 1.2": {
        subject: endpoint([{ groups12: groups([0x001d, 0x0001]) }]),
        severity: "medium",
      },
      "P-192": { subject: with13([0x0013]) },
    },
    silent: {
      "X25519, P-256, hybrids": endpoint(),
      ffdhe2048: with13([0x0100]),
      "a code that nobody knows": with13([0xfafa]),
    },
    open: { "strong groups before the list was cut short": with13([0x001d], false) },
  },
  "group-no-modern": {
    finds: {
      "nothing but ffdhe2048 in TLS 1.3": { subject: with13([0x0100]), says: "TLS 1.3" },
      "nothing but brainpool in TLS 1.2": {
        subject: endpoint([{ groups12: groups([0x001a]) }]),
        says: "TLS 1.2",
      },
    },
    silent: { "P-256": with13([0x0017]), "no ECDHE at all": endpoint([{ groups12: groups([]) }]) },
    open: { "an unusual group before the list was cut short": with13([0x0100], false) },
  },
  "group-no-post-quantum": {
    finds: { "X25519 and P-256": { subject: with13([0x001d, 0x0017]), severity: "info", status: "note" } },
    silent: {
      X25519MLKEM768: endpoint(),
      "the same, though the list was cut short": with13([0x11ec], false),
      "a server without TLS 1.3": with13([], true, {
        protocols: protocols(TLS12, protocol("TLSv1.3", REFUSED)),
      }),
    },
    open: {
      "a list that was cut short": with13([0x001d], false),
      "a list that is empty": with13([]),
      "a version that is unknown": with13([], true, {
        protocols: protocols(TLS12, protocol("TLSv1.3", UNKNOWN)),
      }),
    },
  },
  "sig-md5": {
    finds: { rsa_pkcs1_md5: { subject: signing(0x0401, 0x0101), severity: "high" } },
    silent: { "SHA-256": signing(0x0401), nothing: signing(), PSS: signing(0x0804) },
    open: { "SHA-256 before the list was cut short": CUT_SCHEMES },
  },
  "sig-sha1": {
    finds: {
      "SHA-1 beside SHA-256": { subject: signing(0x0401, 0x0201), says: "when asked" },
      "SHA-1 alone": { subject: signing(0x0201), says: "nothing but" },
      "SHA-1 before the list was cut short": {
        subject: endpoint([{ signatures12: [0x0201], ...gaps({ signatures12: "reset" }) }]),
        says: "when asked",
      },
    },
    silent: {
      "SHA-256": signing(0x0403, 0x0804),
      "an address that was not reached": endpoint([
        address({
          signatures12: [0x0201],
          unreachable: { code: "X", message: "x", next: undefined },
          protocols: [TLS13],
        }),
      ]),
    },
    open: { "SHA-256 before the list was cut short": CUT_SCHEMES },
  },
};
