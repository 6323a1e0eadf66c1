/** The server fails on values it does not know. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const greaseIntolerant = defineRule(
  {
    id: "grease-intolerant",
    title: "Unknown values in the hello are not tolerated",
    severity: "medium",
    about: "feature",
    probes: ["features"],
    why:
      "Clients put made-up suites, groups and extensions into their hello so that servers stay able to ignore what they do " +
      "not know. A server that fails on them shuts out Chrome and its kin, and everything new.",
    fix: "Update the TLS library or the firmware of the box in the middle.",
    references: ["RFC 8701", "RFC 8446 section 9.3"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.greaseTolerant,
      question: "unknown values in the hello are tolerated",
      refused: (_, how) => ({ message: "a hello with unknown values (GREASE) is refused", evidence: [how] }),
    }),
);
