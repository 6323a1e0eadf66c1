/** TLS 1.3 without a post-quantum group. */
import { maySpeak, reached } from "../shared/addresses.ts";
import { POST_QUANTUM_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { groupName, isPostQuantum } from "../shared/groups.ts";

export const groupNoPostQuantum = defineRule(
  {
    id: "group-no-post-quantum",
    title: "No post-quantum key exchange",
    severity: "info",
    about: "key-exchange",
    probes: ["protocols", "groups"],
    why:
      "What is recorded today can be decrypted once a quantum computer exists. The hybrid X25519MLKEM768 is safe " +
      "unless both of its halves fall; browsers offer it by default since 2024.",
    fix: `Use a TLS library with ML-KEM (OpenSSL 3.5, BoringSSL, Go 1.24) and put X25519MLKEM768 first.\n${POST_QUANTUM_LINES}`,
    references: ["FIPS 203", "draft-ietf-tls-ecdhe-mlkem", "Server Side TLS guideline 6.0"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const { codes, complete } = address.groups13;
      if (!maySpeak(address, ["TLSv1.3"]) || codes.some(isPostQuantum)) continue;
      if (complete && codes.length > 0) {
        yield {
          status: "note",
          message: "TLS 1.3 accepts no post-quantum group",
          where,
          evidence: [codes.map(groupName).join(", ")],
        };
      } else {
        yield unanswered(
          where,
          "a post-quantum group is accepted",
          "the groups of TLS 1.3 are not all known",
        );
      }
    }
  },
);
