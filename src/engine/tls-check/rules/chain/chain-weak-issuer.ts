/** An authority of the chain has a weak key or signature. */
import { isSelfIssued, issuers } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";
import { describeKey, hashWeakness, keyWeakness } from "../shared/keys.ts";

export const chainWeakIssuer = defineRule(
  {
    id: "chain-weak-issuer",
    title: "An authority of the chain is weak",
    severity: "critical",
    about: "chain",
    probes: ["certificates"],
    why:
      "Who breaks an authority's key, or makes a second certificate with the same hash, issues for any name. Clients refuse " +
      "SHA-1 and short keys in authorities as they do in servers.",
    fix: "Use a newer chain of the same authority, or another authority.",
    references: ["NIST SP 800-131A", "RFC 9155", "CA/Browser Forum Baseline Requirements section 6.1.5"],
  },
  function* (subject) {
    for (const { certificate, where } of issuers(subject)) {
      const key = keyWeakness(certificate.publicKey);
      if (key !== undefined) {
        yield {
          severity: key.severity,
          message: `an authority of the chain has ${key.what}`,
          where,
          evidence: [describeKey(certificate.publicKey)],
        };
      }
      const hash = hashWeakness(certificate.signatureHash);
      // A root's signature over itself proves nothing.
      if (hash !== undefined && !isSelfIssued(certificate)) {
        yield {
          severity: hash.severity,
          message: `an authority of the chain is signed over ${hash.what}`,
          where,
          evidence: [certificate.signatureAlgorithm],
        };
      }
    }
  },
);
