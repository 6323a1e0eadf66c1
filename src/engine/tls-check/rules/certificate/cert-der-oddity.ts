/** Encoding that the standards do not allow. */
import { issuers, leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certDerOddity = defineRule(
  {
    id: "cert-der-oddity",
    title: "The encoding breaks the rules",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "DER has exactly one encoding for every value, so that a signature means the same to everybody. Clients differ in what " +
      "they let pass: one accepts such a certificate, the next does not.",
    fix: "Have the certificate issued anew by software that encodes as it should.",
    references: ["RFC 5280 section 4.1", "ITU-T X.690 section 11"],
  },
  function* (subject) {
    for (const { certificate, where } of [...leaves(subject), ...issuers(subject)]) {
      if (!certificate.signatureAlgorithmsAgree) {
        yield { message: "the two places that name the signature algorithm disagree", where };
      }
      if (certificate.oddities.length === 0) continue;
      yield {
        severity: "low",
        message: "the certificate is encoded in a way that the standards do not allow",
        where,
        evidence: certificate.oddities,
      };
    }
  },
);
