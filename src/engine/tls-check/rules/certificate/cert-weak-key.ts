/** The certificate's key is too short, or of a kind that nobody takes. */
import { leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";
import { describeKey, keyWeakness } from "../shared/keys.ts";

export const certWeakKey = defineRule(
  {
    id: "cert-weak-key",
    title: "The certificate's key is weak",
    severity: "critical",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Who computes the private key from the public one can stand in for the server. RSA of 829 bits was factored in public; " +
      "1024 bits are within reach of a state; 2048 bits are the least that clients and authorities take.",
    fix: "Make a new key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    references: ["NIST SP 800-131A", "CA/Browser Forum Baseline Requirements section 6.1.5"],
  },
  function* (subject) {
    for (const { certificate, where } of leaves(subject)) {
      const weakness = keyWeakness(certificate.publicKey);
      if (weakness === undefined) continue;
      yield {
        severity: weakness.severity,
        message: `the certificate is for ${weakness.what}`,
        where,
        evidence: [describeKey(certificate.publicKey)],
      };
    }
  },
);
