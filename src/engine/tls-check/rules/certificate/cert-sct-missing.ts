/** Too few proofs that the certificate was published. */
import type { ChainAnalysis } from "../../certificates/chain.ts";
import { serverLeaves } from "../shared/certificates.ts";
import { validityDays } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

/** Chrome's certificate transparency policy: since 30 April 2018, two proofs, and three beyond 180 days. */
const REQUIRED_SINCE_MS = Date.parse("2018-04-30");

function required({ leaf, scts }: ChainAnalysis): number {
  // From the handshake or the OCSP response two of them do, whatever the lifetime.
  if (scts.some(({ source }) => source !== "certificate")) return 2;
  return validityDays(leaf.notBeforeMs, leaf.notAfterMs) > 180 ? 3 : 2;
}

export const certSctMissing = defineRule(
  {
    id: "cert-sct-missing",
    title: "Certificate transparency proofs are missing",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "Chrome, Safari and Firefox accept a public certificate only with proofs (SCTs) that it was published in enough logs, " +
      "so that nobody can be issued a certificate in secret.",
    fix: "Have it issued anew by an authority that embeds proofs (all public ones do), or send them in the handshake.",
    references: ["RFC 6962 section 3.3", "Chrome certificate transparency policy"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      if (!chain.publiclyTrusted || certificate.precertificate || certificate.notBeforeMs < REQUIRED_SINCE_MS)
        continue;
      const logs = new Set(chain.scts.map(({ logId }) => logId)).size;
      if (logs === 0) {
        yield { message: "no certificate transparency proof (SCT) comes with the certificate", where };
      } else if (logs < required(chain)) {
        yield {
          severity: "medium",
          message: `fewer logs vouch for the certificate than the ${required(chain)} that browsers ask for`,
          where,
          evidence: chain.scts.map(({ logId, logName, source }) => `${logName ?? logId} (${source})`),
        };
      }
    }
  },
);
