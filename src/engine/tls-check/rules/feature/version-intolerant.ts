/** The server fails on a version it does not know. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const versionIntolerant = defineRule(
  {
    id: "version-intolerant",
    title: "Unknown versions are not tolerated",
    severity: "medium",
    about: "feature",
    probes: ["features"],
    why:
      "A server has to answer an offer of a higher version with the highest it has itself. One that fails instead forces " +
      "clients to try again with less, which is how downgrade attacks begin.",
    fix: "Update the TLS library or the firmware of the box in the middle.",
    references: ["RFC 5246 appendix E.1", "RFC 8446 section 4.2.1"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.versionTolerant,
      question: "an unknown version is tolerated",
      refused: (_, how) => ({
        message: "a hello that offers a version of the future is refused",
        evidence: [how],
      }),
    }),
);
