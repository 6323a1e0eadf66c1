/** SSLv2 is spoken. */
import { judgeOldVersion } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const protoSslv2 = defineRule(
  {
    id: "proto-sslv2",
    title: "SSLv2 is spoken",
    severity: "critical",
    about: "protocol",
    probes: ["protocols"],
    why:
      "SSLv2 does not protect its handshake, so anyone on the path chooses the weakest cipher, and it exports " +
      "40-bit keys. Worse, a server that speaks it at all lets others decrypt TLS sessions that use the same " +
      "RSA key (DROWN).",
    fix: `Switch SSLv2 off on every service that uses this key, mail servers included.\n${PROTOCOL_LINES}`,
    references: ["RFC 6176", "CVE-2016-0800", "RFC 9325 section 3.1.1"],
  },
  (subject) => judgeOldVersion(subject, "SSLv2", "SSLv2 is spoken"),
);
