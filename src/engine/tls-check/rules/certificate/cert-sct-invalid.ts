/** A transparency proof that does not hold. */
import { serverLeaves } from "../shared/certificates.ts";
import { day } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const certSctInvalid = defineRule(
  {
    id: "cert-sct-invalid",
    title: "A certificate transparency proof does not hold",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "The signature of a log does not fit this certificate, or is dated in the future. Such a proof counts for nothing, and " +
      "it means that the certificate was changed after it was published, or that the log misbehaves.",
    fix: "Have the certificate issued anew, and tell the authority. Check that the log list given is up to date.",
    references: ["RFC 6962 section 3.2"],
  },
  function* (subject) {
    for (const { chain, where } of serverLeaves(subject)) {
      for (const { valid, logId, logName, timestampMs, source } of chain.scts) {
        const log = logName ?? `log ${logId.slice(0, 16)}`;
        if (valid === false) {
          yield {
            message: `the proof of ${log} does not fit the certificate`,
            where,
            evidence: [`from the ${source}`],
          };
        } else if (timestampMs > subject.plan.atMs) {
          yield {
            message: `the proof of ${log} is dated in the future`,
            where,
            evidence: [day(timestampMs)],
          };
        }
      }
    }
  },
);
