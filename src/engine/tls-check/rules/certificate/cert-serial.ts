/** A serial number that is malformed or could be guessed. */
import type { ChainAnalysis } from "../../certificates/chain.ts";
import type { Certificate } from "../../certificates/model.ts";
import type { Severity } from "../rule.ts";
import { leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

/** 20 octets with the sign bit free. */
const LONGEST_BITS = 159;
/** Of 64 random bits, the first 16 are all zero once in 65,536 certificates: shorter is no accident. */
const SHORTEST_PUBLIC_BITS = 48;

function fault(
  certificate: Certificate,
  chain: ChainAnalysis,
): { severity: Severity; what: string } | undefined {
  const { serialBits, serialPositive } = certificate;
  if (!serialPositive) return { severity: "low", what: "the serial number is zero or negative" };
  if (serialBits > LONGEST_BITS)
    return { severity: "low", what: "the serial number is longer than 20 octets" };
  if (chain.publiclyTrusted && serialBits < SHORTEST_PUBLIC_BITS) {
    return { severity: "medium", what: "the serial number is too short to hold 64 random bits" };
  }
  return undefined;
}

export const certSerial = defineRule(
  {
    id: "cert-serial",
    title: "The serial number is unsound",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A serial number has to be positive, at most 20 octets long and unique, and from a public authority hold 64 random " +
      "bits, which is what keeps chosen-prefix collisions away. Some clients refuse malformed ones.",
    fix: "Have the certificate issued anew; for a private authority let openssl choose: openssl ca -rand_serial",
    references: ["RFC 5280 section 4.1.2.2", "CA/Browser Forum Baseline Requirements section 7.1.2.7"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of leaves(subject)) {
      const found = fault(certificate, chain);
      if (found === undefined) continue;
      yield { severity: found.severity, message: found.what, where, evidence: [certificate.serial] };
    }
  },
);
