/** Suites whose key is shorter than 112 bits and that no rule of their own covers. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isDes, isExport, isNull } from "../shared/suite-kinds.ts";
import { judgeSuites, type OfferedSuite } from "../shared/suites.ts";

/** Not the export, DES and NULL suites, which other rules name. */
function isShort({ facts }: OfferedSuite): boolean {
  return facts.bits < 112 && !isNull(facts) && !isExport(facts) && !isDes(facts);
}

export const cipherWeakBits = defineRule(
  {
    id: "cipher-weak-bits",
    title: "Suites with keys shorter than 112 bits are accepted",
    severity: "high",
    about: "cipher",
    probes: ["protocols"],
    why: "A key of less than 112 bits is no longer counted as out of reach of a search.",
    fix: `Offer suites of 128 bits or more.\n${CIPHER_LINES}`,
    references: ["NIST SP 800-131A", "RFC 9325 section 4.1"],
  },
  (subject) => judgeSuites(subject, { matches: isShort, what: "suites with keys shorter than 112 bits" }),
);
