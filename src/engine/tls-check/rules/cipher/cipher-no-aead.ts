/** TLS 1.2 without a single AEAD suite. */
import { maySpeak, reached } from "../shared/addresses.ts";
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { isAead } from "../shared/suite-kinds.ts";
import { listSuites, offeredSuites, unknownSuites } from "../shared/suites.ts";

const TLS12 = ["TLSv1.2"] as const;

export const cipherNoAead = defineRule(
  {
    id: "cipher-no-aead",
    title: "TLS 1.2 has no AEAD suite",
    severity: "medium",
    about: "cipher",
    probes: ["protocols"],
    why:
      "Suites that encrypt and authenticate in one step (GCM, CCM, ChaCha20-Poly1305) are the only ones in TLS 1.2 " +
      "without a history of padding attacks. HTTP/2 forbids all others.",
    fix: `Offer AES-GCM or ChaCha20-Poly1305.\n${CIPHER_LINES}`,
    references: ["RFC 9325 section 4.2", "RFC 9113 appendix A"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const suites = offeredSuites(address, TLS12);
      if (!maySpeak(address, TLS12) || suites.some(({ facts }) => isAead(facts))) continue;
      const unknown = unknownSuites(address, TLS12);
      if (unknown.length > 0) yield unanswered(where, "TLS 1.2 has an AEAD suite", unknown.join("; "));
      // Suites that no registry knows may be anything.
      else if (suites.length > 0) {
        yield { message: "TLS 1.2 accepts no AEAD suite", where, evidence: listSuites(suites) };
      }
    }
  },
);
