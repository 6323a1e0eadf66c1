/** Finite-field Diffie-Hellman with a short prime. */
import { DH_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { judgeDh } from "../shared/diffie-hellman.ts";

export const dhSmall = defineRule(
  {
    id: "dh-small",
    title: "Diffie-Hellman parameters below 2048 bits",
    severity: "critical",
    about: "key-exchange",
    probes: ["dh"],
    why:
      "The discrete logarithm is the strength of the key exchange: 512 bits fall in minutes, 1024 bits are within " +
      "reach of a state, above all for primes that many servers share.",
    fix: `Leave DHE suites out, or use a group of 2048 bits or more (RFC 7919).\n${DH_LINES}`,
    references: [
      "CVE-2015-4000",
      "RFC 7919",
      "RFC 9325 section 4.1",
      "draft-ietf-tls-deprecate-obsolete-kex",
    ],
  },
  (subject) =>
    judgeDh(subject, "Diffie-Hellman parameters below 2048 bits are used", ({ bits, known }) =>
      bits <= 0 || bits >= 2048
        ? undefined
        : {
            severity: bits < 1024 ? "critical" : bits === 1024 ? "high" : "medium",
            message: `the Diffie-Hellman prime has ${bits} bits`,
            evidence: known === undefined ? [] : [known],
          },
    ),
);
