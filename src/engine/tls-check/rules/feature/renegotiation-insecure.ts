/** Renegotiation without RFC 5746. */
import { BEFORE_TLS13, maySpeak } from "../shared/addresses.ts";
import { judgeAnswers } from "../shared/answers.ts";
import { RENEGOTIATION_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const renegotiationInsecure = defineRule(
  {
    id: "renegotiation-insecure",
    title: "Secure renegotiation is not supported",
    severity: "high",
    about: "feature",
    probes: ["protocols", "features"],
    why:
      "Without RFC 5746 a renegotiated handshake is not tied to the one before, so somebody on the path can put a request " +
      "of their own before the client's and have both taken for the client's. OpenSSL 3 refuses such servers.",
    fix: `Update the TLS library.\n${RENEGOTIATION_LINES}`,
    references: ["RFC 5746", "CVE-2009-3555", "RFC 9325 section 3.5"],
  },
  (subject) =>
    judgeAnswers(subject, {
      // TLS 1.3 has no renegotiation.
      ask: (address) => (maySpeak(address, BEFORE_TLS13) ? address.features?.secureRenegotiation : undefined),
      question: "secure renegotiation is supported",
      refused: ({ address }, how) =>
        address.features?.clientRenegotiation.kind === "offered"
          ? {
              status: "vulnerable",
              message: "the server renegotiates at the client's wish without tying the handshakes together",
              evidence: [how],
            }
          : {
              status: "exposure",
              severity: "medium",
              message: "secure renegotiation is not supported: clients of OpenSSL 3 refuse the server",
              evidence: [how],
            },
    }),
);
