/** The certificate is past its end. */
import { leaves } from "../shared/certificates.ts";
import { day, daysBetween } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const certExpired = defineRule(
  {
    id: "cert-expired",
    title: "The certificate has expired",
    severity: "critical",
    about: "certificate",
    probes: ["certificates"],
    why: "Every client that checks at all refuses an expired certificate; people are taught to click warnings away.",
    fix: "Renew the certificate, reload the server, and find out why the renewal did not happen by itself.",
    references: ["RFC 5280 section 4.1.2.5"],
  },
  function* (subject) {
    const { atMs } = subject.plan;
    for (const { certificate, where } of leaves(subject)) {
      const { notAfterMs } = certificate;
      if (!(notAfterMs < atMs)) continue;
      yield {
        message: `the certificate expired on ${day(notAfterMs)}`,
        where,
        evidence: [`${daysBetween(notAfterMs, atMs)} ago`],
      };
    }
  },
);
