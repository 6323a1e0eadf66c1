/** The certificate demands a stapled response that is not there. */
import { serverLeaves } from "../shared/certificates.ts";
import { STAPLING_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const certMustStaple = defineRule(
  {
    id: "cert-must-staple",
    title: "The certificate demands stapling",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "With the TLS feature extension the certificate says that a server always staples its OCSP response. Clients that " +
      "know the extension (Firefox) refuse a handshake without one.",
    fix: `Switch stapling on before such a certificate is used, or have it issued without the extension.\n${STAPLING_LINES}`,
    references: ["RFC 7633", "RFC 6066 section 8"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      if (!certificate.mustStaple) continue;
      if (chain.served === undefined) {
        yield {
          severity: "info",
          status: "note",
          message: "the certificate demands that its server staples an OCSP response",
          where,
        };
      } else if (chain.served.stapledOcsp === undefined) {
        yield { message: "the certificate demands stapling, but no OCSP response is stapled", where };
      }
    }
  },
);
