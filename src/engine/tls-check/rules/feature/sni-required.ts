/** Without a server name there is no handshake. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const sniRequired = defineRule(
  {
    id: "sni-required",
    title: "A server name (SNI) is required",
    severity: "info",
    about: "feature",
    probes: ["features"],
    why:
      "The server refuses clients that send no name: very old ones, health checks by address, and some monitoring. That is " +
      "often meant; it is noted because such clients see only an alert.",
    fix:
      "Nothing, if it is meant. Else give the listener a default certificate.\n" +
      "nginx:    listen 443 ssl default_server;   (without ssl_reject_handshake on)\n" +
      "HAProxy:  leave strict-sni out of the bind line",
    references: ["RFC 6066 section 3", "RFC 9325 section 3.7"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.withoutSni,
      question: "clients without a server name are served",
      refused: (_, how) => ({
        status: "note",
        message: "clients that send no server name are refused",
        evidence: [how],
      }),
    }),
);
