/** An authority of the chain is out of date. */
import { pathProblems } from "../shared/certificates.ts";
import { day } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";

export const chainExpiredIssuer = defineRule(
  {
    id: "chain-expired-issuer",
    title: "An authority of the chain has expired",
    severity: "high",
    about: "chain",
    probes: ["certificates"],
    why:
      "A chain is as good as its oldest part: clients refuse it when an authority in it has expired, even while the " +
      "server's own certificate is good.",
    fix: "Send the authority's newer certificate, or one that leads to another root. See the authority's documentation.",
    references: ["RFC 5280 section 6.1.3"],
  },
  (subject) =>
    pathProblems(subject, ["expired", "not-yet-valid"], ({ kind, position, certificate }) => {
      if (position === 0) return undefined;
      return kind === "expired"
        ? { message: `the authority's certificate expired on ${day(certificate.notAfterMs)}` }
        : { message: `the authority's certificate is valid only from ${day(certificate.notBeforeMs)}` };
    }),
);
