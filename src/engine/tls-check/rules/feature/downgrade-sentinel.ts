/** A TLS 1.3 server does not mark a handshake at a lower version. */
import { BEFORE_TLS13, offeredAmong, offers } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const downgradeSentinel = defineRule(
  {
    id: "downgrade-sentinel",
    title: "TLS 1.3 downgrades are not marked",
    severity: "medium",
    about: "feature",
    probes: ["protocols", "features"],
    why:
      "A TLS 1.3 server that agrees to a lower version must write `DOWNGRD` into its random, so that a client that could " +
      "do 1.3 notices that somebody changed its offer. Boxes that end TLS in the middle often forget it.",
    fix: "Update the TLS library or the firmware of the box in the middle.",
    references: ["RFC 8446 section 4.1.3"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) =>
        offers(address, "TLSv1.3") && offeredAmong(address, BEFORE_TLS13).length > 0
          ? address.features?.downgradeSentinel
          : undefined,
      question: "downgrades from TLS 1.3 are marked",
      refused: (_, how) => ({
        message: "the server speaks TLS 1.3 but does not mark a downgrade in its random",
        evidence: [how],
      }),
    }),
);
