/** A critical extension that clients do not know. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certCriticalUnknown = defineRule(
  {
    id: "cert-critical-unknown",
    title: "An unknown extension is marked critical",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why: "A client has to refuse a certificate with a critical extension that it does not know, and most do.",
    fix: "Have it issued anew with that extension left out or not critical.",
    references: ["RFC 5280 section 4.2"],
  },
  (subject) =>
    pathProblems(subject, ["critical-unknown"], ({ detail }) => ({
      message: "the certificate has a critical extension that clients do not know",
      evidence: [detail],
    })),
);
