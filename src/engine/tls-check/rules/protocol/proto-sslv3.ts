/** SSLv3 is spoken. */
import { judgeOldVersion } from "../shared/answers.ts";
import { PROTOCOL_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const protoSslv3 = defineRule(
  {
    id: "proto-sslv3",
    title: "SSLv3 is spoken",
    severity: "high",
    about: "protocol",
    probes: ["protocols"],
    why:
      "SSLv3 leaves the padding of CBC records unchecked, which gives plaintext away byte by byte (POODLE), and " +
      "its only other cipher is RC4. No client of the last ten years needs it.",
    fix: `Switch SSLv3 off.\n${PROTOCOL_LINES}`,
    references: ["RFC 7568", "CVE-2014-3566", "RFC 9325 section 3.1.1"],
  },
  (subject) => judgeOldVersion(subject, "SSLv3", "SSLv3 is spoken"),
);
