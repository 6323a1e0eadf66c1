/** A request for a key that is too short, or signed over a broken hash. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";
import { describeKey, hashWeakness, keyWeakness } from "../shared/keys.ts";

export const csrWeakKey = defineRule(
  {
    id: "csr-weak-key",
    title: "The request is for a weak key",
    severity: "critical",
    about: "file",
    probes: ["files"],
    why: "An authority refuses the request, or issues a certificate that clients refuse.",
    fix: "Make a new key and request: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 …",
    references: ["CA/Browser Forum Baseline Requirements section 6.1.5"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "request")) {
      const key = keyWeakness(item.publicKey);
      if (key !== undefined) {
        const evidence = [describeKey(item.publicKey)];
        yield { severity: key.severity, message: `the request is for ${key.what}`, where, evidence };
      }
      const hash = hashWeakness(item.signatureHash);
      if (hash !== undefined) {
        const evidence = [item.signatureAlgorithm];
        yield { severity: "medium", message: `the request is signed over ${hash.what}`, where, evidence };
      }
    }
  },
);
