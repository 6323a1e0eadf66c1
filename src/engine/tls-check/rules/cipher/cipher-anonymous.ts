/** Suites without authentication. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isAnonymous } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherAnonymous = defineRule(
  {
    id: "cipher-anonymous",
    title: "Suites without authentication are accepted",
    severity: "critical",
    about: "cipher",
    probes: ["protocols"],
    why:
      "In an anonymous suite the server shows no certificate and signs nothing, so anyone on the path can take " +
      "its place. Mail servers that encrypt opportunistically are the one place where this is sometimes meant.",
    fix: `Take anonymous suites out (aNULL in OpenSSL's words).\n${CIPHER_LINES}`,
    references: ["RFC 5246 appendix A.5", "RFC 9325 section 4.1"],
  },
  (subject) =>
    judgeSuites(subject, {
      matches: ({ facts }) => isAnonymous(facts),
      what: "suites without authentication",
    }),
);
