/** A precertificate is used as if it were a certificate. */
import { leaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

export const certPrecertificate = defineRule(
  {
    id: "cert-precertificate",
    title: "This is a precertificate",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A precertificate is what an authority sends to the logs before it issues. Its critical poison extension makes every " +
      "client refuse it: it is not meant for use.",
    fix: "Use the final certificate, which the authority issues together with the proofs of the logs.",
    references: ["RFC 6962 section 3.1"],
  },
  function* (subject) {
    for (const { certificate, where } of leaves(subject)) {
      if (certificate.precertificate)
        yield { message: "this is a precertificate, which every client refuses", where };
    }
  },
);
