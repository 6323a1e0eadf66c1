/** The key identifiers of certificate and issuer do not fit. */
import { pathProblems } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certAkiSki = defineRule(
  {
    id: "cert-aki-ski",
    title: "The key identifiers do not fit",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Clients find the issuer by the identifier of its key. Where authority key identifier and subject key identifier " +
      "differ, some build another chain, and some none at all.",
    fix: "Have it issued anew; openssl: authorityKeyIdentifier = keyid and subjectKeyIdentifier = hash.",
    references: ["RFC 5280 section 4.2.1.1", "RFC 5280 section 4.2.1.2"],
  },
  (subject) =>
    pathProblems(subject, ["key-identifier"], ({ detail }) => ({
      message: "the authority key identifier does not fit the issuer's key",
      evidence: [detail],
    })),
);
