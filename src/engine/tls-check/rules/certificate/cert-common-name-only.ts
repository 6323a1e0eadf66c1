/** A host name that stands in the common name only. */
import { hostNames, serverLeaves } from "../shared/certificates.ts";
import { defineRule, firstOf } from "../shared/define.ts";
import { isHostName } from "../shared/names.ts";

export const certCommonNameOnly = defineRule(
  {
    id: "cert-common-name-only",
    title: "A name stands in the common name only",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Clients no longer read the common name (RFC 9525), so a host that is named there and not among the subject " +
      "alternative names cannot be reached under that name, although the certificate seems to be for it.",
    fix: "Put every name into the subject alternative names as well.",
    references: ["RFC 9525 section 2", "CA/Browser Forum Baseline Requirements section 7.1.4.3"],
  },
  function* (subject) {
    for (const { certificate, where } of serverLeaves(subject)) {
      const names = new Set(hostNames(certificate).map((name) => name.toLowerCase()));
      // Without any name at all, `cert-no-san` says what there is to say.
      if (names.size === 0) continue;
      for (const commonName of certificate.subject.commonNames) {
        if (!isHostName(commonName) || names.has(commonName.toLowerCase())) continue;
        yield {
          message: `${commonName} stands in the common name only`,
          where,
          evidence: [firstOf([...names])],
        };
      }
    }
  },
);
