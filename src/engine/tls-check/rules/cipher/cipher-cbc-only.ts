/** Whatever a client chooses, it gets a CBC suite. */
import { reached } from "../shared/addresses.ts";
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { isCbc } from "../shared/suite-kinds.ts";
import { listSuites, offeredSuites, UP_TO_TLS12, unknownSuites } from "../shared/suites.ts";

const ALL = [...UP_TO_TLS12, "TLSv1.3"] as const;

export const cipherCbcOnly = defineRule(
  {
    id: "cipher-cbc-only",
    title: "Every suite is a CBC suite",
    severity: "medium",
    about: "cipher",
    probes: ["protocols"],
    why:
      "CBC suites authenticate before they pad and encrypt, the wrong way round; each implementation has to hide " +
      "the difference in time, and several failed (LUCKY13, POODLE against TLS). A client has no way around them here.",
    fix: `Offer AES-GCM or ChaCha20-Poly1305, with TLS 1.2 or 1.3.\n${CIPHER_LINES}`,
    references: ["RFC 9325 section 4.2", "CVE-2013-0169"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const suites = offeredSuites(address, ALL);
      if (!suites.every(({ facts }) => isCbc(facts))) continue;
      const unknown = unknownSuites(address, ALL);
      if (unknown.length > 0) yield unanswered(where, "there is any suite but CBC", unknown.join("; "));
      else if (suites.length > 0) {
        yield { message: "every suite that is accepted is a CBC suite", where, evidence: listSuites(suites) };
      }
    }
  },
);
