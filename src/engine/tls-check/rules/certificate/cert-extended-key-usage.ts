/** The certificate, or an authority above it, is not for TLS servers. */
import { pathProblems, serverLeaves } from "../shared/certificates.ts";
import { defineRule } from "../shared/define.ts";

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY = "2.5.29.37.0";

export const certExtendedKeyUsage = defineRule(
  {
    id: "cert-extended-key-usage",
    title: "The certificate is not for TLS servers",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why:
      "extendedKeyUsage says what a certificate is for. Without serverAuth clients refuse it as a server's; an authority " +
      "whose own list lacks it cannot issue for servers.",
    fix: "Have it issued anew with extendedKeyUsage = serverAuth.",
    references: ["RFC 5280 section 4.2.1.12", "CA/Browser Forum Baseline Requirements section 7.1.2.7.10"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      const uses = certificate.extendedKeyUsage;
      if (uses !== undefined && !uses.includes(SERVER_AUTH) && !uses.includes(ANY)) {
        yield {
          message: "the certificate is for other things than TLS servers",
          where,
          evidence: [uses.join(", ")],
        };
      } else if (uses === undefined && chain.publiclyTrusted) {
        yield { severity: "low", message: "the certificate does not say that it is for TLS servers", where };
      }
    }
    yield* pathProblems(subject, ["extended-key-usage"], ({ position, detail }) =>
      position === 0
        ? undefined
        : { message: "an authority of the chain may not issue for TLS servers", evidence: [detail] },
    );
  },
);
