/** No extended master secret up to TLS 1.2. */
import { BEFORE_TLS13, maySpeak } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const extendedMasterSecretMissing = defineRule(
  {
    id: "extended-master-secret-missing",
    title: "The extended master secret is not supported",
    severity: "low",
    about: "feature",
    probes: ["protocols", "features"],
    why:
      "Without it the keys of a TLS 1.2 session do not depend on the certificate, so that two sessions can be made to share " +
      "keys and a client certificate is taken from one to the other (triple handshake). FIPS 140-3 demands it.",
    fix: "Update the TLS library (OpenSSL 1.1.0, GnuTLS 3.3.20 and later have it).",
    references: ["RFC 7627", "RFC 9325 section 3.5"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) =>
        maySpeak(address, BEFORE_TLS13) ? address.features?.extendedMasterSecret : undefined,
      question: "the extended master secret is supported",
      refused: (_, how) => ({ message: "the extended master secret is not supported", evidence: [how] }),
    }),
);
