/**
 * Mozilla's Server Side TLS guidelines as policies. Version 6.0 of 3 May 2026 has Modern and Intermediate; Old
 * was taken out in it, so `old` is that of 5.8, of the same day. Since then the guidelines are kept by TLSRef,
 * without a change to these. What a guideline says beyond TLS (HSTS) is left out, and its groups are the ones
 * allowed, none of them demanded: the post-quantum hybrid needs a TLS library that not every server has.
 */
import type { Policy } from "./policy.ts";

const TLS13_SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

const INTERMEDIATE_SUITES = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

const OLD_SUITES = [
  ...INTERMEDIATE_SUITES,
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_RSA_WITH_AES_128_CBC_SHA256",
  "TLS_RSA_WITH_AES_256_CBC_SHA256",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
];

const GROUPS = ["X25519MLKEM768", "x25519", "secp256r1", "secp384r1"];
const ECDSA_SIGNATURES = ["ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512"];
const EC_KEY = { type: "ec", curves: ["P-256", "P-384"] } as const;
const RSA_KEY = { type: "rsa", minBits: 2048 } as const;

export const MODERN: Policy = {
  name: "mozilla-modern",
  version: "6.0",
  date: "2026-05-03",
  source: "https://ssl-config.mozilla.org/guidelines/6.0.json",
  versions: { allow: ["TLSv1.3"], require: ["TLSv1.3"] },
  suites: { allow: TLS13_SUITES },
  groups: { allow: GROUPS },
  certificate: { keys: [EC_KEY], signatures: ECDSA_SIGNATURES, maxDays: 90 },
  features: { require: ["stapling"] },
};

export const INTERMEDIATE: Policy = {
  name: "mozilla-intermediate",
  version: "6.0",
  date: "2026-05-03",
  source: "https://ssl-config.mozilla.org/guidelines/6.0.json",
  versions: { allow: ["TLSv1.2", "TLSv1.3"], require: ["TLSv1.3"] },
  suites: { allow: [...TLS13_SUITES, ...INTERMEDIATE_SUITES] },
  groups: { allow: GROUPS },
  dh: { minBits: 2048 },
  certificate: {
    keys: [EC_KEY, RSA_KEY],
    signatures: ["sha256WithRSAEncryption", ...ECDSA_SIGNATURES],
    maxDays: 366,
  },
  features: { require: ["stapling"] },
};

export const OLD: Policy = {
  name: "mozilla-old",
  version: "5.8",
  date: "2026-05-03",
  source: "https://ssl-config.mozilla.org/guidelines/5.8.json",
  versions: { allow: ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"], require: ["TLSv1.3"] },
  suites: { allow: [...TLS13_SUITES, ...OLD_SUITES], order: "server" },
  groups: { allow: GROUPS },
  dh: { minBits: 2048 },
  certificate: { keys: [RSA_KEY], signatures: ["sha256WithRSAEncryption"], maxDays: 366 },
  features: { require: ["stapling"] },
};

/** By the names a user may write. */
export const BUILT_IN_POLICIES: Readonly<Record<string, Policy>> = {
  modern: MODERN,
  intermediate: INTERMEDIATE,
  old: OLD,
  "mozilla-modern": MODERN,
  "mozilla-intermediate": INTERMEDIATE,
  "mozilla-old": OLD,
};
