/** The certificate vouches for itself. */
import { isSelfIssued, isTrusted, serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certSelfSigned = defineRule(
  {
    id: "cert-self-signed",
    title: "The certificate is self-signed",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Nobody but the certificate itself says whose it is. Clients refuse it, unless each of them was given exactly this " +
      "certificate; and who clicks the warning away once does not notice the day it is somebody else's.",
    fix:
      "Have it issued by an authority that the clients trust, public (ACME) or private. If the clients were given this very " +
      "certificate, say so with --cacert.",
    references: ["RFC 5280 section 3.2", "RFC 9325 section 3.6"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      if (!isSelfIssued(certificate) || isTrusted(chain) || chain.path.length > 1) continue;
      yield { message: "the certificate is self-signed", where, evidence: [certificate.subject.text] };
    }
  },
);
