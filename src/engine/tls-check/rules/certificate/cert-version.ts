/** Not an X.509 version 3 certificate. */
import { leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certVersion = defineRule(
  {
    id: "cert-version",
    title: "The certificate is not of version 3",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Versions 1 and 2 know no extensions: no names, no limit on what the certificate may do, not even whether it is an " +
      "authority. Clients refuse them for servers.",
    fix: "Have it issued anew as version 3 with its names (openssl x509 -req needs -extfile for that).",
    references: ["RFC 5280 section 4.1.2.1"],
  },
  function* (subject) {
    for (const { certificate, where } of leaves(subject)) {
      if (certificate.version === 3) continue;
      yield { message: `the certificate is of X.509 version ${certificate.version}`, where };
    }
  },
);
