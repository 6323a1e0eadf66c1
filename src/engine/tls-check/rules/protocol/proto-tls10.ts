/** TLS 1.0 is spoken. */
import { judgeOldVersion } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const protoTls10 = defineRule(
  {
    id: "proto-tls10",
    title: "TLS 1.0 is spoken",
    severity: "medium",
    about: "protocol",
    probes: ["protocols"],
    why:
      "TLS 1.0 rests on MD5 and SHA-1, chains the initialization vectors of its CBC records (BEAST) and has no " +
      "AEAD cipher. The IETF withdrew it in 2021, browsers removed it, and PCI DSS forbids it.",
    fix: `Offer TLS 1.2 and 1.3 only.\n${PROTOCOL_LINES}`,
    references: ["RFC 8996", "RFC 9325 section 3.1.1"],
  },
  (subject) => judgeOldVersion(subject, "TLSv1.0", "TLS 1.0 is spoken"),
);
