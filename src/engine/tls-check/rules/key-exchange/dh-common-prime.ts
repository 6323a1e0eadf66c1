/** A short Diffie-Hellman prime that many servers share. */
import { DH_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { judgeDh } from "../shared/diffie-hellman.ts";

export const dhCommonPrime = defineRule(
  {
    id: "dh-common-prime",
    title: "A short Diffie-Hellman prime that many servers share",
    severity: "medium",
    about: "key-exchange",
    probes: ["dh"],
    why:
      "Most of the work of breaking Diffie-Hellman depends on the prime alone and is done once for all servers that " +
      "use it. Well-known primes of 2048 bits and more are safe to share and are even preferred, since they were checked.",
    fix: `Leave DHE suites out, or use ffdhe2048 (RFC 7919).\n${DH_LINES}`,
    references: ["CVE-2015-4000", "RFC 7919"],
  },
  (subject) =>
    judgeDh(subject, "a short Diffie-Hellman prime is shared with others", ({ bits, known, primeHex }) =>
      known === undefined || bits >= 2048
        ? undefined
        : {
            severity: bits <= 1024 ? "medium" : "low",
            message: `the Diffie-Hellman prime is the well-known one of ${known}, of only ${bits} bits`,
            evidence: [`prime ${primeHex.slice(0, 32)}…`],
          },
    ),
);
