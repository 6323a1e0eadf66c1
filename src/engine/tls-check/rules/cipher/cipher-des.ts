/** Suites with single DES. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isDes } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherDes = defineRule(
  {
    id: "cipher-des",
    title: "DES suites are accepted",
    severity: "high",
    about: "cipher",
    probes: ["protocols"],
    why: "DES has a key of 56 bits, which rented hardware searches within a day.",
    fix: `Take DES out.\n${CIPHER_LINES}`,
    references: ["RFC 5469", "RFC 8996", "RFC 9325 section 4.1"],
  },
  (subject) => judgeSuites(subject, { matches: ({ facts }) => isDes(facts), what: "DES suites" }),
);
