/** A Diffie-Hellman modulus that is no prime. */
import { checkPrimeSync } from "node:crypto";
import type { DhParameters } from "../../facts.ts";
import { DH_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";
import { judgeDh } from "../shared/diffie-hellman.ts";

/** Longer ones are left alone: the test would take seconds. */
const LONGEST_TESTED_BITS = 8192;

/** "Not prime" is proved by one witness; "prime" is only ever likely, and never claimed here. */
function isProvedComposite({ bits, known, primeHex }: DhParameters): boolean {
  if (known !== undefined || bits > LONGEST_TESTED_BITS || !/^[0-9a-f]+$/i.test(primeHex)) return false;
  if (primeHex.length > LONGEST_TESTED_BITS / 4 + 2) return false;
  const prime = BigInt(`0x${primeHex}`);
  return prime > 3n && !checkPrimeSync(prime);
}

export const dhComposite = defineRule(
  {
    id: "dh-composite",
    title: "The Diffie-Hellman modulus is no prime",
    severity: "critical",
    about: "key-exchange",
    probes: ["dh"],
    why:
      "In a composite modulus the discrete logarithm splits into one small problem for each factor. Such a modulus is " +
      "a mistake in typing or a back door; both have been found in the field.",
    fix: `Leave DHE suites out, or use ffdhe2048 (RFC 7919).\n${DH_LINES}`,
    references: ["RFC 7919", "CVE-2016-0701"],
  },
  (subject) =>
    judgeDh(subject, "the Diffie-Hellman modulus is a prime", (parameters) =>
      isProvedComposite(parameters)
        ? {
            status: "vulnerable",
            message: `the Diffie-Hellman modulus of ${parameters.bits} bits is not a prime`,
            evidence: [`modulus ${parameters.primeHex.slice(0, 32)}…`],
          }
        : undefined,
    ),
);
