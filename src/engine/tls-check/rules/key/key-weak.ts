/** A key in a file that is too short. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";
import { describeKey, keyWeakness } from "../shared/keys.ts";

export const keyWeak = defineRule(
  {
    id: "key-weak",
    title: "The key is weak",
    severity: "critical",
    about: "key",
    probes: ["files"],
    why: "No authority certifies such a key any more, and clients refuse the certificates that it already has.",
    fix: "Make a new key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    references: ["NIST SP 800-131A", "CA/Browser Forum Baseline Requirements section 6.1.5"],
  },
  function* (subject) {
    for (const { item, where } of [...items(subject, "private-key"), ...items(subject, "public-key")]) {
      const weakness = keyWeakness(item.publicKey);
      if (weakness === undefined) continue;
      yield {
        severity: weakness.severity,
        message: `the file holds ${weakness.what}`,
        where,
        evidence: [describeKey(item.publicKey)],
      };
    }
  },
);
