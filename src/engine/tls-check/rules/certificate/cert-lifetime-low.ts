/** A smaller share of the lifetime is left than was asked for. */
import { leaves } from "../shared/certificates.ts";
import { day } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const certLifetimeLow = defineRule(
  {
    id: "cert-lifetime-low",
    title: "Little of the certificate's lifetime is left",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Renewal at two thirds of the lifetime is the custom, for a year as for six days. A share says for every lifetime " +
      "whether the renewal is late; a number of days does not.",
    fix: "Renew the certificate and look at the log of the renewal.",
    references: ["RFC 8555", "RFC 9773"],
  },
  function* (subject) {
    const { atMs, lifetimeLeftPercent } = subject.plan;
    if (lifetimeLeftPercent === undefined) return;
    for (const { certificate, where } of leaves(subject)) {
      const { notBeforeMs, notAfterMs } = certificate;
      const share = ((notAfterMs - atMs) / (notAfterMs - notBeforeMs)) * 100;
      if (notAfterMs < atMs || !(share < lifetimeLeftPercent)) continue;
      yield {
        message: `less than ${lifetimeLeftPercent}% is left of the certificate that expires on ${day(notAfterMs)}`,
        where,
        evidence: [`${share.toFixed(1)}% left`],
      };
    }
  },
);
