/** An address was reached, and its certificate was not seen. */
import type { AddressFacts } from "../../facts.ts";
import { addressesInScope, ownChains, placeOf } from "../shared/addresses.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { suiteFacts } from "../shared/suites.ts";

/** Only suites that need no certificate: anonymous ones and pre-shared keys. */
function needsNone({ protocols }: AddressFacts): boolean {
  const offered = protocols.filter(({ answer }) => answer.kind !== "refused");
  return (
    offered.length > 0 &&
    offered.every(
      ({ version, answer, complete, suites }) =>
        answer.kind === "offered" &&
        complete &&
        version !== "TLSv1.3" &&
        suites.every((code) =>
          /^(anon|PSK|NULL|KRB5)$/.test(suiteFacts(version, code)?.authentication ?? ""),
        ),
    )
  );
}

export const certificateUnseen = defineRule(
  {
    id: "certificate-unseen",
    title: "The certificate was not seen",
    severity: "critical",
    about: "certificate",
    probes: ["protocols", "certificates"],
    why:
      "The address speaks TLS, but no handshake came far enough to show a certificate: the budget of connections was spent, or " +
      "the server takes only key exchanges that cannot be computed here. What was not seen cannot be said to be good, so " +
      "everything about certificates is open.",
    fix: "Allow more connections with --max-connections, or scan with a newer node, which computes more key exchanges.",
    references: [],
    opens: ["certificate", "chain"],
  },
  function* (subject) {
    for (const address of addressesInScope(subject)) {
      if (ownChains(subject, address).length > 0 || needsNone(address)) continue;
      yield unanswered(
        placeOf(subject, address),
        "the certificate is good",
        "no handshake came far enough to show it",
      );
    }
  },
);
