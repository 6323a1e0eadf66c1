/** Suites with triple DES. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isTripleDes } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipher3des = defineRule(
  {
    id: "cipher-3des",
    title: "Triple DES suites are accepted",
    severity: "medium",
    about: "cipher",
    probes: ["protocols"],
    why:
      "Triple DES has blocks of 64 bits, which collide after some gigabytes (SWEET32), and a strength of 112 bits " +
      "at best. NIST disallows it since the end of 2023.",
    fix: `Take 3DES out.\n${CIPHER_LINES}`,
    references: ["CVE-2016-2183", "NIST SP 800-131A", "RFC 9325 section 4.1"],
  },
  (subject) =>
    judgeSuites(subject, { matches: ({ facts }) => isTripleDes(facts), what: "triple DES suites" }),
);
