/** Neither TLS 1.2 nor TLS 1.3 is spoken. */
import { answerFor, reached } from "../shared/addresses.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";

export const protoNoTls12Or13 = defineRule(
  {
    id: "proto-no-tls12-or-13",
    title: "Neither TLS 1.2 nor TLS 1.3 is spoken",
    severity: "high",
    about: "protocol",
    probes: ["protocols"],
    why:
      "Browsers and most libraries no longer speak anything older than TLS 1.2, so they cannot connect at all; " +
      "those that can are left with withdrawn versions of the protocol.",
    fix: `Update the TLS library and offer TLS 1.2 and 1.3.\n${PROTOCOL_LINES}`,
    references: ["RFC 8996", "RFC 9325 section 3.1.1"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const answers = [answerFor(address, "TLSv1.2"), answerFor(address, "TLSv1.3")];
      // A version that was not asked for may well be there.
      if (answers.some((answer) => answer === undefined || answer.kind === "offered")) continue;
      const unknown = answers.flatMap((answer) => (answer?.kind === "inconclusive" ? [answer.why] : []));
      yield unknown.length > 0
        ? unanswered(where, "TLS 1.2 or 1.3 is spoken", unknown.join("; "))
        : { message: "neither TLS 1.2 nor TLS 1.3 is spoken", where };
    }
  },
);
