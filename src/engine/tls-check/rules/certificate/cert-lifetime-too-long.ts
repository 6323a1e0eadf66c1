/** A public certificate that is valid for longer than its authority may make it. */
import { serverLeaves } from "../shared/certificates.ts";
import { day, validityDays } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";
import { latestEnd, lifetimeLimit, showLimit } from "../shared/lifetimes.ts";

export const certLifetimeTooLong = defineRule(
  {
    id: "cert-lifetime-too-long",
    title: "The certificate is valid for too long",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Browsers refuse public certificates beyond the limit of the day on which they begin: 398 days since September 2020, " +
      "200 since 15 March 2026, 100 from 15 March 2027, 47 from 15 March 2029. Private authorities are not bound.",
    fix: "Have it issued anew with a shorter lifetime, and let the renewal run by itself (ACME).",
    references: ["CA/Browser Forum Baseline Requirements section 6.3.2", "CA/Browser Forum ballot SC-081v3"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      const { notBeforeMs, notAfterMs } = certificate;
      const limit = lifetimeLimit(notBeforeMs);
      if (!chain.publiclyTrusted || limit === undefined || notAfterMs <= latestEnd(notBeforeMs, limit))
        continue;
      yield {
        message: `the certificate is valid for longer than the ${showLimit(limit)} that hold since ${limit.from}`,
        where,
        evidence: [
          `from ${day(notBeforeMs)} to ${day(notAfterMs)}: ${validityDays(notBeforeMs, notAfterMs).toFixed(2)} days`,
          limit.source,
        ],
      };
    }
  },
);
