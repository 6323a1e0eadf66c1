/** The certificate begins in the future. */
import { leaves } from "../shared/certificates.ts";
import { day, daysBetween } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const certNotYetValid = defineRule(
  {
    id: "cert-not-yet-valid",
    title: "The certificate is not valid yet",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Clients refuse a certificate before its beginning. Either it was put in place too early, or a clock is wrong: the " +
      "authority's, the server's or this machine's.",
    fix: "Put the certificate in place after its beginning, and check the clocks.",
    references: ["RFC 5280 section 4.1.2.5"],
  },
  function* (subject) {
    const { atMs } = subject.plan;
    for (const { certificate, where } of leaves(subject)) {
      const { notBeforeMs } = certificate;
      if (!(notBeforeMs > atMs)) continue;
      yield {
        message: `the certificate is valid only from ${day(notBeforeMs)}`,
        where,
        evidence: [`in ${daysBetween(atMs, notBeforeMs)}`],
      };
    }
  },
);
