/** The server sends what is no certificate, or none that can be read. */
import { addressesInScope, ownChains, placeOf } from "../shared/addresses.ts";
import { defineRule } from "../shared/define.ts";

export const chainUnreadable = defineRule(
  {
    id: "chain-unreadable",
    title: "A certificate that is served cannot be read",
    severity: "critical",
    about: "chain",
    probes: ["certificates"],
    why:
      "Clients refuse what they cannot read: a server whose own certificate is garbage serves nobody, and one further up may " +
      "break the path for some. What cannot be read cannot be judged either.",
    fix: "Look at the certificate file that the server is given, for example with netkit tls-check FILE, and write it anew.",
    references: ["RFC 8446 section 4.4.2", "RFC 5280 section 4.1"],
  },
  function* (subject) {
    for (const address of addressesInScope(subject)) {
      for (const { certificates, unreadable = [] } of ownChains(subject, address)) {
        if (unreadable.length === 0) continue;
        const where = placeOf(subject, address);
        if (certificates.length === 0) {
          yield { message: "the certificate that is served cannot be read", where, evidence: unreadable };
        } else {
          const message = "a certificate of the chain that is served cannot be read";
          yield { message, where, severity: "high", evidence: unreadable };
        }
      }
    }
  },
);
