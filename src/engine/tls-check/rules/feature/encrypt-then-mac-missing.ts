/** CBC suites without encrypt-then-MAC. */
import { judgeAnswers } from "../shared/answers.ts";
import { CIPHER_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { isCbc } from "../shared/suite-kinds.ts";
import { offeredSuites } from "../shared/suites.ts";

const WITH_EXTENSIONS = ["TLSv1.0", "TLSv1.1", "TLSv1.2"] as const;

export const encryptThenMacMissing = defineRule(
  {
    id: "encrypt-then-mac-missing",
    title: "CBC suites without encrypt-then-MAC",
    severity: "info",
    about: "feature",
    probes: ["protocols", "features"],
    why:
      "Encrypt-then-MAC checks a CBC record before it is decrypted, which removes padding attacks at their root. Where CBC " +
      "has to stay, this makes it sound for the clients that know it; browsers do not.",
    fix: `Better than adding it: take CBC suites out.\n${CIPHER_LINES}`,
    references: ["RFC 7366"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) =>
        offeredSuites(address, WITH_EXTENSIONS).some(({ facts }) => isCbc(facts))
          ? address.features?.encryptThenMac
          : undefined,
      question: "encrypt-then-MAC is supported",
      refused: (_, how) => ({
        status: "note",
        message: "CBC suites are accepted, and encrypt-then-MAC is not supported",
        evidence: [how],
      }),
    }),
);
