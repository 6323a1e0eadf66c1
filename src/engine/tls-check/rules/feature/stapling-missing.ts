/** No stapled OCSP response although the certificate names a responder. */
import type { Subject } from "../rule.ts";
import { reached } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { STAPLING_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

/** Authorities that have given OCSP up name no responder; then there is nothing to staple. */
function hasResponder(subject: Subject): boolean {
  return subject.chains.some(({ leaf }) => leaf.ocspUrls.length > 0 && !leaf.mustStaple);
}

export const staplingMissing = defineRule(
  {
    id: "stapling-missing",
    title: "No OCSP response is stapled",
    severity: "info",
    about: "feature",
    probes: ["features", "certificates"],
    why:
      "Without stapling a client that wants to know whether the certificate was revoked asks the authority, which then " +
      "learns who visits the server, and waits for it; most clients do not ask at all.",
    fix: `Staple the response, or use an authority that has moved to short lifetimes and CRLs.\n${STAPLING_LINES}`,
    references: ["RFC 6066 section 8", "RFC 6961", "RFC 9325 section 3.6"],
  },
  (subject) =>
    reached(subject).length === 0 || !hasResponder(subject)
      ? []
      : judgeAnswers(subject, {
          ask: (address) => address.features?.stapling,
          question: "an OCSP response is stapled",
          refused: (_, how) => ({
            status: "note",
            message: "the certificate names an OCSP responder, but no response is stapled",
            evidence: [how],
          }),
        }),
);
