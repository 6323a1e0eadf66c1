/** A client may renegotiate as often as it likes. */
import { judgeAnswers } from "../shared/answers.ts";
import { RENEGOTIATION_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const renegotiationClient = defineRule(
  {
    id: "renegotiation-client",
    title: "Clients may renegotiate",
    severity: "low",
    about: "feature",
    probes: ["features"],
    why:
      "A handshake costs the server far more than the client. One connection that renegotiates without end keeps a " +
      "processor busy and slips past limits on connections.",
    fix: `Refuse renegotiation by the client.\n${RENEGOTIATION_LINES}`,
    references: ["CVE-2011-1473", "RFC 9325 section 3.5"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.clientRenegotiation,
      question: "clients may renegotiate",
      offered: () => ({
        status: "exposure",
        message: "the server renegotiates at the client's wish, which can be used to exhaust it",
      }),
    }),
);
