/** TLS 1.1 is spoken. */
import { judgeOldVersion } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const protoTls11 = defineRule(
  {
    id: "proto-tls11",
    title: "TLS 1.1 is spoken",
    severity: "medium",
    about: "protocol",
    probes: ["protocols"],
    why:
      "TLS 1.1 signs its handshake with MD5 and SHA-1 and has no AEAD cipher. The IETF withdrew it in 2021 " +
      "together with TLS 1.0; whatever speaks 1.1 today also speaks 1.2.",
    fix: `Offer TLS 1.2 and 1.3 only.\n${PROTOCOL_LINES}`,
    references: ["RFC 8996", "RFC 9325 section 3.1.1"],
  },
  (subject) => judgeOldVersion(subject, "TLSv1.1", "TLS 1.1 is spoken"),
);
