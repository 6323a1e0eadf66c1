/** The stapled OCSP response is of no use. */
import type { OcspFacts } from "../../certificates/chain.ts";
import { answerFault } from "../../certificates/revocation-answer.ts";
import { STAPLING_LINES } from "../shared/configuration.ts";
import { day } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

function fault(ocsp: OcspFacts, atMs: number): string | undefined {
  switch (answerFault(ocsp, atMs)) {
    case "unreadable":
      return "the stapled OCSP response cannot be read";
    case "signature":
      return "the signature of the stapled OCSP response does not hold";
    case "over":
      return `the stapled OCSP response was good until ${day(ocsp.nextUpdateMs!)} only`;
    case "future":
      return "the stapled OCSP response is dated in the future";
    // Without the issuer nothing can be said of the signature; that the issuer is missing has a rule of its own.
    case "unverified":
    case undefined:
      return ocsp.status === "unknown"
        ? "the stapled OCSP response does not know the certificate"
        : undefined;
  }
}

export const certStapleBad = defineRule(
  {
    id: "cert-staple-bad",
    title: "The stapled OCSP response is of no use",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A stapled response that is out of date, for another certificate or wrongly signed is worse than none: Firefox refuses " +
      "the handshake because of it.",
    fix: `Let the server fetch a new response, and see why it did not: often the resolver or a firewall.\n${STAPLING_LINES}`,
    references: ["RFC 6960 section 3.2", "RFC 6066 section 8"],
  },
  function* (subject) {
    for (const chain of subject.chains) {
      for (const ocsp of chain.ocsp) {
        const found = ocsp.source === "stapled" ? fault(ocsp, subject.plan.atMs) : undefined;
        if (found === undefined) continue;
        yield {
          severity: chain.leaf.mustStaple ? "high" : "medium",
          message: found,
          where: chain.where,
          evidence: ocsp.detail === undefined ? [] : [ocsp.detail],
        };
      }
    }
  },
);
