/** Suites of the export regulations of the 1990s. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isExport } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherExport = defineRule(
  {
    id: "cipher-export",
    title: "Export suites are accepted",
    severity: "critical",
    about: "cipher",
    probes: ["protocols"],
    why:
      "Export suites were weakened by law to 40 or 56 bits and 512-bit key exchange. They are broken in hours, " +
      "and a server that accepts them can be talked down to them (FREAK, LOGJAM).",
    fix: `Take export suites out.\n${CIPHER_LINES}`,
    references: ["RFC 4346 appendix A.5", "RFC 9325 section 4.1", "CVE-2015-0204", "CVE-2015-4000"],
  },
  (subject) => judgeSuites(subject, { matches: ({ facts }) => isExport(facts), what: "export suites" }),
);
