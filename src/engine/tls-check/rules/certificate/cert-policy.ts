/** A public certificate does not say by which rules it was issued. */
import { serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

/** Extended, domain, organization and individual validation (Baseline Requirements section 7.1.6.1). */
const RESERVED = new Set(["2.23.140.1.1", "2.23.140.1.2.1", "2.23.140.1.2.2", "2.23.140.1.2.3"]);

export const certPolicy = defineRule(
  {
    id: "cert-policy",
    title: "The certificate does not name its policy",
    severity: "low",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Public certificates have to say by one of four identifiers how their subject was validated. One without was issued " +
      "outside of the rules, or for something else than TLS.",
    fix: "Have it issued anew; tell the authority.",
    references: ["CA/Browser Forum Baseline Requirements section 7.1.2.7.9", "RFC 5280 section 4.2.1.4"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      if (!chain.publiclyTrusted || certificate.policies.some((oid) => RESERVED.has(oid))) continue;
      yield {
        message: "the certificate names none of the policies of public authorities",
        where,
        evidence: certificate.policies,
      };
    }
  },
);
