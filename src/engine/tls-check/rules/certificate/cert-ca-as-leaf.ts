/** A server shows the certificate of an authority. */
import { serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certCaAsLeaf = defineRule(
  {
    id: "cert-ca-as-leaf",
    title: "The server's certificate is an authority",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Whoever takes this server's key can issue certificates for any name, trusted by everybody who trusts this one. " +
      "Firefox and others refuse an authority as a server's certificate.",
    fix: "Issue a certificate for the server (basicConstraints = CA:FALSE) and keep the authority's key off the server.",
    references: ["RFC 5280 section 4.2.1.9", "CA/Browser Forum Baseline Requirements section 7.1.2.7.8"],
  },
  function* (subject) {
    for (const { certificate, where } of serverLeaves(subject)) {
      if (certificate.basicConstraints?.ca !== true) continue;
      yield { message: "the server's certificate is that of an authority (CA:TRUE)", where };
    }
  },
);
