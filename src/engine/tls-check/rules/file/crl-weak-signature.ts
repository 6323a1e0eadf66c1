/** A revocation list that is signed over a broken hash. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";
import { hashWeakness } from "../shared/keys.ts";

export const crlWeakSignature = defineRule(
  {
    id: "crl-weak-signature",
    title: "The revocation list is signed over a weak hash",
    severity: "high",
    about: "file",
    probes: ["files"],
    why: "A second list with the same hash, and without the entry in question, can be put in its place.",
    fix: "Have the authority sign its lists over SHA-256 (openssl ca: default_md = sha256).",
    references: ["RFC 9155", "CA/Browser Forum Baseline Requirements section 7.1.3.2"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "crl")) {
      const weakness = hashWeakness(item.signatureHash);
      if (weakness === undefined) continue;
      const severity = weakness.severity === "critical" ? "high" : "medium";
      const evidence = [item.signatureAlgorithm];
      yield { severity, message: `the revocation list is signed over ${weakness.what}`, where, evidence };
    }
  },
);
