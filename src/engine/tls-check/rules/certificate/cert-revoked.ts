/** The authority has withdrawn the certificate. */
import { defineRule } from "../shared/define.ts";

export const certRevoked = defineRule(
  {
    id: "cert-revoked",
    title: "The certificate is revoked",
    severity: "critical",
    about: "certificate",
    why:
      "The authority says that the certificate must not be trusted any more: its key was lost, its content was wrong, or it " +
      "was replaced. Clients that look refuse it.",
    fix: "Find out why it was revoked. Make a new key and have a new certificate issued.",
    references: ["RFC 6960", "RFC 5280 section 5"],
  },
  function* (subject) {
    for (const chain of subject.chains) {
      for (const { status, source, detail } of chain.ocsp) {
        if (status !== "revoked") continue;
        const from = {
          stapled: "the stapled OCSP response",
          asked: "the OCSP responder",
          crl: "the revocation list",
        };
        yield {
          message: `the certificate is revoked, says ${from[source]}`,
          where: chain.where,
          evidence: detail === undefined ? [] : [detail],
        };
      }
    }
  },
);
