/** An RSA exponent that is wrong or asks for trouble. */

import type { Severity } from "../rule.ts";
import { leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

function fault(exponent: bigint): { severity: Severity; what: string } | undefined {
  if (exponent <= 1n)
    return { severity: "critical", what: `the RSA exponent is ${exponent}: nothing is encrypted` };
  if (exponent % 2n === 0n)
    return { severity: "critical", what: "the RSA exponent is even, which no key can have" };
  if (exponent < 65_537n) return { severity: "medium", what: `the RSA exponent is ${exponent}, below 65537` };
  if (exponent >= 1n << 256n) return { severity: "low", what: "the RSA exponent is longer than 256 bits" };
  return undefined;
}

export const certKeyExponent = defineRule(
  {
    id: "cert-key-exponent",
    title: "The RSA exponent is unsound",
    severity: "critical",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Small exponents make mistakes in padding fatal: several forgeries of signatures worked for 3 only. Authorities may " +
      "certify odd exponents from 65537 to 256 bits.",
    fix: "Make a new key with the usual exponent: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    references: ["CA/Browser Forum Baseline Requirements section 6.1.6", "NIST SP 800-89", "CVE-2006-4339"],
  },
  function* (subject) {
    for (const { certificate, where } of leaves(subject)) {
      const { exponent } = certificate.publicKey;
      const found = exponent === undefined ? undefined : fault(exponent);
      if (found !== undefined) yield { severity: found.severity, message: found.what, where };
    }
  },
);
