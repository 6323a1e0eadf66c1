/** Suites without encryption. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isNull } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherNull = defineRule(
  {
    id: "cipher-null",
    title: "Suites without encryption are accepted",
    severity: "critical",
    about: "cipher",
    probes: ["protocols"],
    why: "A NULL suite authenticates but does not encrypt: whatever is sent can be read on the path.",
    fix: `Take NULL suites out (eNULL in OpenSSL's words).\n${CIPHER_LINES}`,
    references: ["RFC 9325 section 4.1", "RFC 9150"],
  },
  (subject) =>
    judgeSuites(subject, {
      matches: ({ facts }) => isNull(facts),
      versions: ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
      what: "suites without encryption",
    }),
);
