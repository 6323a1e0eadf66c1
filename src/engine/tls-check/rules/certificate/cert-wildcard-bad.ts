/** Wildcards that fit nothing, or too much. */
import { serverLeaves } from "../shared/certificates.ts";
import { defineRule, firstOf } from "../shared/define.ts";
import { wildcardFault } from "../shared/names.ts";

export const certWildcardBad = defineRule(
  {
    id: "cert-wildcard-bad",
    title: "A wildcard name is malformed",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A wildcard has to be the whole left-most label and stands for exactly one label. Anything else is refused by most " +
      "clients, and a wildcard over a top-level domain would stand for other people's hosts.",
    fix: "Name the hosts, or use one wildcard a level: *.example.org, *.eu.example.org.",
    references: ["RFC 9525 section 6.3", "CA/Browser Forum Baseline Requirements section 3.2.2.6"],
  },
  function* (subject) {
    for (const { certificate, where } of serverLeaves(subject)) {
      const faults = (certificate.subjectAltNames ?? []).flatMap(({ kind, value }) => {
        const fault = kind === "dns" ? wildcardFault(value) : undefined;
        return fault === undefined ? [] : [`${value}: ${fault}`];
      });
      const [first, ...others] = faults;
      if (first === undefined) continue;
      yield { message: first, where, evidence: others.length > 0 ? [firstOf(others)] : [] };
    }
  },
);
