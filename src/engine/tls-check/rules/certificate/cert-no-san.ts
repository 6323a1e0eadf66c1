/** No name that a client would look at. */
import { hostNames, nameOf, serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certNoSan = defineRule(
  {
    id: "cert-no-san",
    title: "The certificate has no subject alternative name",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Clients compare the host name with the subject alternative names only; the common name has not counted for years. " +
      "Without any DNS name or address in it the certificate fits no host.",
    fix: 'Have it issued anew with its names: openssl req -new -addext "subjectAltName=DNS:www.example.org" …',
    references: ["RFC 9525 section 6.3", "CA/Browser Forum Baseline Requirements section 7.1.2.7.12"],
  },
  function* (subject) {
    for (const { certificate, where } of serverLeaves(subject)) {
      if (hostNames(certificate).length > 0) continue;
      yield {
        message: "the certificate has no DNS name or address in its subject alternative names",
        where,
        evidence: [`subject: ${nameOf(certificate)}`],
      };
    }
  },
);
