/** Suites whose sessions open with the server's long-term key. */
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isForwardSecret, isNull } from "../shared/suite-kinds.ts";
import { judgeSuites, offeredSuites } from "../shared/suites.ts";

export const cipherNoForwardSecrecy = defineRule(
  {
    id: "cipher-no-forward-secrecy",
    title: "Suites without forward secrecy are accepted",
    severity: "medium",
    about: "cipher",
    probes: ["protocols"],
    why:
      "With RSA or static Diffie-Hellman key exchange, whoever gets the server's key later reads everything that " +
      "was ever recorded. RSA key exchange is also what ROBOT needs. draft-ietf-tls-deprecate-obsolete-kex forbids both in TLS 1.2.",
    fix: `Offer ECDHE suites only.\n${CIPHER_LINES}`,
    references: ["draft-ietf-tls-deprecate-obsolete-kex", "RFC 9325 section 4.1"],
  },
  (subject) =>
    judgeSuites(subject, {
      matches: ({ facts }) => !isForwardSecret(facts) && !isNull(facts),
      what: "suites without forward secrecy",
      // Where others are offered too, today's clients choose those.
      draft: (_, { address }) => ({
        severity: offeredSuites(address, ["TLSv1.2", "TLSv1.3"]).some(({ facts }) => isForwardSecret(facts))
          ? "low"
          : "medium",
      }),
    }),
);
