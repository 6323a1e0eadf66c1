/** More authorities in a row than one of them allows. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const chainPathLength = defineRule(
  {
    id: "chain-path-length",
    title: "The chain is longer than an authority allows",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "An authority may be limited in how many others may stand below it (pathLenConstraint). Clients refuse a chain that " +
      "goes deeper.",
    fix: "Issue from an authority that is allowed to, or raise pathlen in the certificate of the authority above.",
    references: ["RFC 5280 section 4.2.1.9"],
  },
  (subject) =>
    pathProblems(subject, ["path-length"], ({ detail }) => ({
      message: "more authorities follow than the certificate allows",
      evidence: [detail],
    })),
);
