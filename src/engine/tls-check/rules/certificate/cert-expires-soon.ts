/** Fewer days are left than were asked for. */
import { leaves, sentIssuers } from "../shared/certificates.ts";
import { DAY_MS, day, daysBetween } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const certExpiresSoon = defineRule(
  {
    id: "cert-expires-soon",
    title: "The certificate expires soon",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why: "A certificate that is renewed by itself never comes this near to its end: the renewal is probably broken.",
    fix:
      "Renew the certificate and look at the log of the renewal. For certificates of a few days, ask for a share of the " +
      "lifetime instead of days.",
    references: ["RFC 5280 section 4.1.2.5"],
  },
  function* (subject) {
    const { atMs, daysLeft } = subject.plan;
    for (const { certificate, where } of [...leaves(subject), ...sentIssuers(subject)]) {
      const { notAfterMs } = certificate;
      if (notAfterMs < atMs || notAfterMs - atMs >= daysLeft * DAY_MS) continue;
      yield {
        message: `the certificate expires on ${day(notAfterMs)}`,
        where,
        evidence: [`in ${daysBetween(atMs, notAfterMs)}, asked for: ${daysLeft}`],
      };
    }
  },
);
