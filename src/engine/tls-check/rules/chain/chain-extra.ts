/** Certificates that have nothing to do with the leaf. */
import { nameOf } from "../shared/certificates.ts";
import { CHAIN_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const chainExtra = defineRule(
  {
    id: "chain-extra",
    title: "The chain holds certificates that do not belong to it",
    severity: "low",
    about: "chain",
    probes: ["certificates"],
    why:
      "They make every handshake longer and confuse clients that take the chain as it comes. Often they are left over from " +
      "the authority before, which means that the right one may be missing.",
    fix: `Take them out.\n${CHAIN_LINES}`,
    references: ["RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    for (const { extra, duplicates, rootSent, sent, where } of subject.chains) {
      const names = extra
        .filter((index) => index !== rootSent && !duplicates.includes(index))
        .flatMap((index) => (sent[index] === undefined ? [] : [nameOf(sent[index])]));
      if (names.length > 0) yield { message: `not part of the chain: ${names.join(", ")}`, where };
    }
  },
);
