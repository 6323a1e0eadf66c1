/** TLS 1.2 suites with ephemeral finite-field Diffie-Hellman. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isExport, isFiniteFieldDhe } from "../shared/suite-kinds.ts";
import { judgeSuites } from "../shared/suites.ts";

export const cipherDhe = defineRule(
  {
    id: "cipher-dhe",
    title: "DHE suites are accepted",
    severity: "low",
    about: "cipher",
    probes: ["protocols"],
    why:
      "In TLS 1.2 the server alone chooses the finite-field group, a client cannot tell a good one from a bad one, " +
      "and long ones cost the server enough processor time to be a way to exhaust it. draft-ietf-tls-deprecate-obsolete-kex forbids them since 2026.",
    fix: `Offer ECDHE suites only.\n${CIPHER_LINES}`,
    references: ["draft-ietf-tls-deprecate-obsolete-kex", "CVE-2002-20001"],
  },
  (subject) =>
    judgeSuites(subject, {
      matches: ({ facts }) => isFiniteFieldDhe(facts) && !isExport(facts),
      what: "DHE suites",
    }),
);
