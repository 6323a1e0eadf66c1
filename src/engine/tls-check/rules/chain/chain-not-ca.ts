/** A certificate issues others without being an authority. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const chainNotCa = defineRule(
  {
    id: "chain-not-ca",
    title: "An issuer in the chain is no authority",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "Only a certificate with CA:TRUE, and with keyCertSign where it has a keyUsage, may issue others. Without that check " +
      "anybody with a certificate could issue for any name; so clients refuse the chain.",
    fix: "Have the certificate issued by a real authority; a private one needs basicConstraints = critical, CA:TRUE.",
    references: ["RFC 5280 section 4.2.1.9", "RFC 5280 section 6.1.4"],
  },
  (subject) =>
    pathProblems(subject, ["not-ca", "no-cert-sign"], ({ kind, detail }) => ({
      message:
        kind === "not-ca"
          ? "the certificate issued another one without being an authority"
          : "the certificate issued another one although its key may not sign certificates",
      evidence: [detail],
    })),
);
