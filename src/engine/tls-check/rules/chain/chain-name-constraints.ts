/** A name lies outside of what an authority may issue for. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const chainNameConstraints = defineRule(
  {
    id: "chain-name-constraints",
    title: "A name is outside of what an authority may issue for",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "An authority can be limited to some domains and addresses (nameConstraints). Clients refuse a certificate with a " +
      "single name outside, whichever name they asked for.",
    fix: "Leave that name out, or have the certificate issued by an authority that may name it.",
    references: ["RFC 5280 section 4.2.1.10"],
  },
  (subject) =>
    pathProblems(subject, ["name-constraints"], ({ detail }) => ({
      message: "a name of the certificate is outside of what an authority of the chain may issue for",
      evidence: [detail],
    })),
);
