/** An issuer that clients need was not sent. */
import { isAuthorityFile, isSelfIssued, isTrusted, nameOf } from "../shared/certificates.ts";
import { CHAIN_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const chainIncomplete = defineRule(
  {
    id: "chain-incomplete",
    title: "An issuer is missing from the chain",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "The server has to send every authority between its certificate and the root. Browsers often fetch or remember a " +
      "missing one; curl, phones, Java and other servers do not, and fail.",
    fix: `Put the missing certificate behind the server's own.\n${CHAIN_LINES}`,
    references: ["RFC 8446 section 4.4.2", "RFC 5246 section 7.4.2"],
  },
  function* (subject) {
    for (const chain of subject.chains) {
      const { missing, where } = chain;
      if (missing === undefined || isAuthorityFile(chain) || isSelfIssued(missing.of)) continue;
      yield {
        // A file may be meant to hold the certificate alone; and a client that has the issuer gets through.
        severity: chain.served === undefined || isTrusted(chain) ? "medium" : "high",
        message: `the issuer of ${nameOf(missing.of)} is missing: ${missing.issuer}`,
        where,
        evidence: missing.urls.map((url) => `can be fetched from ${url}`),
      };
    }
  },
);
