/** RC4 suites. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isExport, isRc4 } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherRc4 = defineRule(
  {
    id: "cipher-rc4",
    title: "RC4 suites are accepted",
    severity: "high",
    about: "cipher",
    probes: ["protocols"],
    why:
      "RC4's key stream is biased; cookies and passwords that are sent often enough can be recovered from the " +
      "biases. RFC 7465 forbids it in every version of TLS.",
    fix: `Take RC4 out.\n${CIPHER_LINES}`,
    references: ["RFC 7465", "CVE-2013-2566", "CVE-2015-2808"],
  },
  (subject) =>
    judgeSuites(subject, {
      matches: ({ facts }) => isRc4(facts) && !isExport(facts),
      what: "RC4 suites",
    }),
);
