/** A name that the server does not know is refused. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const sniUnknownName = defineRule(
  {
    id: "sni-unknown-name",
    title: "Unknown server names are refused",
    severity: "info",
    about: "feature",
    probes: ["features"],
    why:
      "A client with a name that is not configured gets an alert instead of a certificate for another name. That is the " +
      "safer of the two; it is noted because a forgotten alias shows up as a handshake failure.",
    fix: "Nothing, if it is meant. Else add the name to the configuration and to the certificate.",
    references: ["RFC 6066 section 3", "RFC 9325 section 3.7"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.unknownSni,
      question: "unknown server names are served",
      refused: (_, how) => ({ status: "note", message: "unknown server names are refused", evidence: [how] }),
    }),
);
