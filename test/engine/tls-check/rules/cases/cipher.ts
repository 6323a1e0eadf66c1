import type { Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import { protocol, SUITE, speaking, TLS12, TLS13, UNKNOWN } from "../../../../support/tls-facts.ts";
import type { Cases, Finds } from "../contract.ts";

const strong = SUITE.ECDHE_RSA_AES128_GCM;

/** TLS 1.2 with a strong suite first and these behind it. */
const with12 = (...suites: readonly number[]): Subject =>
  speaking(protocol("TLSv1.2", [strong, ...suites]), TLS13);

/** The list was cut short after one strong suite. */
const CUT = speaking(protocol("TLSv1.2", [strong], { complete: false }), TLS13);
const SOUND = speaking(TLS12, TLS13);

function suiteRule(suite: number, severity: NonNullable<Finds["severity"]>) {
  return {
    finds: { "one such suite among others": { subject: with12(suite), severity } },
    silent: { "strong suites": SOUND },
    open: {
      "a list that was cut short": CUT,
      "a version that is unknown": speaking(protocol("TLSv1.2", UNKNOWN)),
    },
  };
}

export const CIPHER_CASES: Cases = {
  "cipher-null": {
    finds: {
      "a NULL suite": { subject: with12(SUITE.RSA_NULL_SHA), severity: "critical" },
      "NULL suites in two versions, listed by version": {
        subject: speaking(
          protocol("TLSv1.1", [SUITE.RSA_NULL_SHA]),
          protocol("TLSv1.2", [strong, SUITE.RSA_NULL_SHA, 0x0001]),
        ),
        says: "TLSv1.1, TLSv1.2",
        evidence: ["TLSv1.1: TLS_RSA_WITH_NULL_SHA", "TLSv1.2: TLS_RSA_WITH_NULL_SHA, TLS_RSA_WITH_NULL_MD5"],
      },
      "an integrity-only suite of TLS 1.3": {
        subject: speaking(protocol("TLSv1.3", [SUITE.SHA256_13])),
        says: "TLSv1.3",
      },
    },
    silent: { "strong suites": SOUND },
    open: { "a list that was cut short": CUT },
  },
  "cipher-anonymous": suiteRule(SUITE.DH_ANON_AES128, "critical"),
  "cipher-export": suiteRule(SUITE.RSA_EXPORT_RC4_40, "critical"),
  "cipher-rc4": {
    ...suiteRule(SUITE.RSA_RC4_128_SHA, "high"),
    silent: {
      "export RC4, of which another rule speaks": with12(SUITE.RSA_EXPORT_RC4_40),
      "strong suites": SOUND,
    },
  },
  "cipher-des": {
    ...suiteRule(SUITE.RSA_DES, "high"),
    silent: { "triple DES": with12(SUITE.RSA_3DES), "export DES": with12(SUITE.DHE_RSA_EXPORT_DES40) },
  },
  "cipher-3des": {
    ...suiteRule(SUITE.RSA_3DES, "medium"),
    silent: { DES: with12(SUITE.RSA_DES), "strong suites": SOUND },
  },
  "cipher-weak-bits": {
    finds: {
      "RC4 of 64 bits in SSLv2": {
        subject: speaking(protocol("SSLv2", [SUITE.SSL2_RC4_64])),
        severity: "high",
      },
    },
    silent: {
      "triple DES, whose strength is 112 bits": with12(SUITE.RSA_3DES),
      "DES, export and NULL, of which other rules speak": with12(
        SUITE.RSA_DES,
        SUITE.RSA_EXPORT_RC4_40,
        SUITE.RSA_NULL_SHA,
      ),
      "a code that nobody knows": with12(0xfafa),
    },
    open: { "a list that was cut short": CUT },
  },
  "cipher-cbc-only": {
    finds: {
      "CBC in all versions": {
        subject: speaking(
          protocol("TLSv1.0", [SUITE.RSA_AES128_CBC]),
          protocol("TLSv1.2", [SUITE.ECDHE_RSA_AES128_CBC]),
        ),
      },
    },
    silent: {
      "CBC beside GCM": with12(SUITE.RSA_AES128_CBC),
      "CBC in TLS 1.2 beside TLS 1.3": speaking(protocol("TLSv1.2", [SUITE.RSA_AES128_CBC]), TLS13),
      "CBC beside RC4": speaking(protocol("TLSv1.0", [SUITE.RSA_AES128_CBC, SUITE.RSA_RC4_128_SHA])),
    },
    open: {
      "CBC found before the list was cut short": speaking(
        protocol("TLSv1.2", [SUITE.RSA_AES128_CBC], { complete: false }),
      ),
    },
  },
  "cipher-no-aead": {
    finds: {
      "TLS 1.2 with CBC and RC4": {
        subject: speaking(protocol("TLSv1.2", [SUITE.RSA_AES128_CBC, SUITE.RSA_RC4_128_SHA])),
      },
    },
    silent: {
      "one GCM suite": with12(SUITE.RSA_AES128_CBC),
      "TLS 1.2 refused": speaking(TLS13),
      "suites that nobody knows": speaking(protocol("TLSv1.2", [0xfafa])),
    },
    open: {
      "CBC found before the list was cut short": speaking(
        protocol("TLSv1.2", [SUITE.RSA_AES128_CBC], { complete: false }),
      ),
      "TLS 1.2 unknown": speaking(protocol("TLSv1.2", UNKNOWN)),
    },
  },
  "cipher-no-forward-secrecy": {
    finds: {
      "RSA key exchange beside ECDHE": { subject: with12(SUITE.RSA_AES128_GCM), severity: "low" },
      "RSA key exchange alone": {
        subject: speaking(protocol("TLSv1.2", [SUITE.RSA_AES128_GCM])),
        severity: "medium",
      },
    },
    silent: {
      "ECDHE alone": SOUND,
      "anonymous Diffie-Hellman, which is another matter": with12(SUITE.DH_ANON_AES128),
      DHE: with12(SUITE.DHE_RSA_AES128_GCM),
    },
    open: { "a list that was cut short": CUT },
  },
  "cipher-dhe": {
    ...suiteRule(SUITE.DHE_RSA_AES128_GCM, "low"),
    silent: { "export DHE, of which other rules speak": with12(SUITE.DHE_RSA_EXPORT_DES40), ECDHE: SOUND },
  },
  "cipher-order": {
    finds: {
      "the client's choice among weak and strong": {
        subject: speaking(protocol("TLSv1.2", [strong, SUITE.RSA_AES128_CBC], { preference: "client" })),
        says: "to the client",
      },
      "a server that puts the weak one first": {
        subject: speaking(protocol("TLSv1.2", [SUITE.RSA_AES128_CBC, strong])),
        says: "before a strong one",
      },
    },
    silent: {
      "the client's choice among strong ones": speaking(
        protocol("TLSv1.2", [strong, SUITE.ECDHE_ECDSA_AES128_GCM], { preference: "client" }),
      ),
      "a server that puts the strong one first": with12(SUITE.RSA_AES128_CBC),
      "nothing but weak ones": speaking(
        protocol("TLSv1.0", [SUITE.RSA_3DES, SUITE.RSA_AES128_CBC], { preference: "client" }),
      ),
      "TLS 1.3": speaking(protocol("TLSv1.3", TLS13.suites, { preference: "client" })),
    },
    open: {
      "an order that was not seen": speaking(
        protocol("TLSv1.2", [strong, SUITE.RSA_AES128_CBC], { preference: "unknown" }),
      ),
    },
  },
};
