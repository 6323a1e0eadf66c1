/** The same certificate twice. */
import { nameOf } from "../shared/certificates.ts";
import { CHAIN_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const chainDuplicate = defineRule(
  {
    id: "chain-duplicate",
    title: "A certificate is in the chain twice",
    severity: "low",
    about: "chain",
    probes: ["certificates"],
    why:
      "Every handshake carries the certificate again for nothing, and strict clients stop at it. It usually comes from a " +
      "file that was put together by hand.",
    fix: `Take the second one out.\n${CHAIN_LINES}`,
    references: ["RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    for (const { duplicates, sent, where } of subject.chains) {
      const names = duplicates.flatMap((index) => (sent[index] === undefined ? [] : [nameOf(sent[index])]));
      if (names.length === 0) continue;
      yield { message: `sent more than once: ${[...new Set(names)].join(", ")}`, where };
    }
  },
);
