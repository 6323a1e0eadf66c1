/** TLS 1.3 is not spoken, though TLS 1.2 is. */
import { answerFor, maySpeak } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const protoNoTls13 = defineRule(
  {
    id: "proto-no-tls13",
    title: "TLS 1.3 is not spoken",
    severity: "low",
    about: "protocol",
    probes: ["protocols"],
    why:
      "TLS 1.3 saves a round trip, hides the certificate, leaves no weak suite to choose and is the only version " +
      "in which post-quantum key exchange is defined.",
    fix: `Use a TLS library of 2018 or later (OpenSSL 1.1.1) and offer TLS 1.3.\n${PROTOCOL_LINES}`,
    references: ["RFC 8446", "RFC 9325 section 3.1.1"],
  },
  (subject) =>
    judgeAnswers(subject, {
      // Without TLS 1.2 there is a worse finding, `proto-no-tls12-or-13`.
      ask: (address) => (maySpeak(address, ["TLSv1.2"]) ? answerFor(address, "TLSv1.3") : undefined),
      question: "TLS 1.3 is spoken",
      refused: (_, how) => ({ message: "TLS 1.3 is not spoken", evidence: [how] }),
    }),
);
