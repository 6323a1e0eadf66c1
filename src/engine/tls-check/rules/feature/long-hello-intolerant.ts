/** The server fails on a long hello. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const longHelloIntolerant = defineRule(
  {
    id: "long-hello-intolerant",
    title: "Long hellos are not tolerated",
    severity: "medium",
    about: "feature",
    probes: ["features"],
    why:
      "A hello with a post-quantum key share is longer than one packet. Servers and boxes in the middle that expect it in " +
      "one read, or dislike lengths between 256 and 511 bytes, lose such clients without a trace.",
    fix: "Update the TLS library or the firmware of the box in the middle.",
    references: ["RFC 7685", "draft-ietf-tls-ecdhe-mlkem", "https://tldr.fail/"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.longHelloTolerant,
      question: "a long hello is tolerated",
      refused: (_, how) => ({ message: "a long hello is refused", evidence: [how] }),
    }),
);
