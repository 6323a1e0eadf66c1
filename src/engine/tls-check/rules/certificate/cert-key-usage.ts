/** The key may not be used for what a TLS server does with it. */
import type { Certificate } from "../../certificates/model.ts";
import { serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

function fault({ keyUsage, publicKey, basicConstraints }: Certificate): string | undefined {
  if (keyUsage === undefined) return undefined;
  const { uses } = keyUsage;
  if (uses.includes("keyCertSign") && basicConstraints?.ca !== true) {
    return "its key may sign certificates although it is not an authority";
  }
  if (uses.includes("digitalSignature")) return undefined;
  if (publicKey.type === "rsa" && uses.includes("keyEncipherment")) {
    return "its key may not sign, so only RSA key exchange is left, without forward secrecy and without TLS 1.3";
  }
  return "its key may not sign, which a TLS server has to do";
}

export const certKeyUsage = defineRule(
  {
    id: "cert-key-usage",
    title: "The key usage does not fit a TLS server",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "The keyUsage extension limits what a key may do. A TLS server signs its key exchange, so it needs digitalSignature; " +
      "clients that check refuse the handshake without it.",
    fix: "Have it issued anew with keyUsage = critical, digitalSignature.",
    references: ["RFC 5280 section 4.2.1.3", "RFC 8446 section 4.4.2.2", "RFC 5246 section 7.4.2"],
  },
  function* (subject) {
    for (const { certificate, where } of serverLeaves(subject)) {
      const found = fault(certificate);
      if (found === undefined) continue;
      yield {
        message: `the certificate does not fit a TLS server: ${found}`,
        where,
        evidence: [certificate.keyUsage?.uses.join(", ") || "no use at all"],
      };
    }
  },
);
