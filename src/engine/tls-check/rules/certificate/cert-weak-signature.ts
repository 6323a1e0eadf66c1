/** The authority signed over a broken hash. */
import { isSelfIssued, leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";
import { hashWeakness } from "../shared/keys.ts";

export const certWeakSignature = defineRule(
  {
    id: "cert-weak-signature",
    title: "The certificate is signed over a weak hash",
    severity: "critical",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Whoever can make two certificates with the same hash has one signed and uses the other, for any name. That was done " +
      "with MD5 in 2008 and is affordable for SHA-1. Clients refuse both.",
    fix: "Have the certificate issued anew with SHA-256 or better.",
    references: ["RFC 6151", "RFC 9155", "CA/Browser Forum Baseline Requirements section 7.1.3.2"],
  },
  function* (subject) {
    for (const { certificate, where } of leaves(subject)) {
      const weakness = hashWeakness(certificate.signatureHash);
      // An authority's signature over itself proves nothing, and nobody checks it.
      const isRoot = certificate.basicConstraints?.ca === true && isSelfIssued(certificate);
      if (weakness === undefined || isRoot) continue;
      yield {
        severity: weakness.severity,
        message: `the certificate is signed over ${weakness.what}`,
        where,
        evidence: [certificate.signatureAlgorithm],
      };
    }
  },
);
