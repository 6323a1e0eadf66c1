/** An authority demands a policy of what is below it, and the chain has none that holds. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const chainPolicy = defineRule(
  {
    id: "chain-policy",
    title: "The chain has no policy that an authority demands",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "With policyConstraints an authority demands that every certificate below it is issued under a policy that the ones " +
      "above allow. Chrome, Go, Java and OpenSSL with policy checks refuse a chain in which none holds; others do not look.",
    fix: "Have the certificate issued with a policy that all authorities above it name, or map.",
    references: ["RFC 5280 section 4.2.1.11", "RFC 5280 section 4.2.1.14", "RFC 5280 section 6.1"],
  },
  (subject) =>
    pathProblems(subject, ["policy"], ({ detail }) => ({
      message: "the policies of the chain do not hold",
      evidence: [detail],
    })),
);
