/** TLS_FALLBACK_SCSV is ignored although there is something to fall back to. */
import type { AddressFacts } from "../../facts.ts";
import { BEFORE_TLS13, offeredAmong, offers } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

/** From TLS 1.3 downwards its own sentinel guards; below, two versions are needed for a fall. */
function canFall(address: AddressFacts): boolean {
  return offeredAmong(address, BEFORE_TLS13).length >= 2;
}

export const fallbackScsv = defineRule(
  {
    id: "fallback-scsv",
    title: "TLS_FALLBACK_SCSV is ignored",
    severity: "medium",
    about: "feature",
    probes: ["protocols", "features"],
    why:
      "A client that tries again with an older version says so with this value, and the server should stop it when both " +
      "could do better. Without that, somebody who breaks connections brings clients down to the oldest version.",
    fix: `Update the TLS library, or offer no old version to fall back to.\n${PROTOCOL_LINES}`,
    references: ["RFC 7507", "CVE-2014-3566"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => (canFall(address) ? address.features?.fallbackScsv : undefined),
      question: "TLS_FALLBACK_SCSV is honoured",
      refused: ({ address }, how) => ({
        severity: offers(address, "SSLv3") ? "medium" : "low",
        message: "TLS_FALLBACK_SCSV is ignored: clients can be brought down to an older version",
        evidence: [how],
      }),
    }),
);
