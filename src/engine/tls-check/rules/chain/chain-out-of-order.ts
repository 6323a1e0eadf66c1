/** The chain is not sorted. */
import { nameOf } from "../shared/certificates.ts";
import { CHAIN_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const chainOutOfOrder = defineRule(
  {
    id: "chain-out-of-order",
    title: "The chain is out of order",
    severity: "medium",
    about: "chain",
    probes: ["certificates"],
    why:
      "Each certificate has to be followed by its issuer. Most clients sort for themselves by now; embedded ones and older " +
      "libraries take the order as it comes and fail.",
    fix: `Sort the file: the server's certificate first, then each issuer.\n${CHAIN_LINES}`,
    references: ["RFC 5246 section 7.4.2", "RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    for (const { inOrder, sent, order, where } of subject.chains) {
      if (inOrder) continue;
      const right = order.flatMap((index) => (sent[index] === undefined ? [] : [nameOf(sent[index])]));
      yield {
        message: "the certificates are not in the order of issuing",
        where,
        evidence: [`as sent: ${sent.map(nameOf).join(", ")}`, `right order: ${right.join(", ")}`],
      };
    }
  },
);
