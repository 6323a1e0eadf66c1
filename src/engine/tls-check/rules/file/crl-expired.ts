/** A revocation list that is out of date. */
import { day } from "../shared/dates.ts";
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";

export const crlExpired = defineRule(
  {
    id: "crl-expired",
    title: "The revocation list is out of date",
    severity: "high",
    about: "file",
    probes: ["files"],
    why:
      "A server that checks client certificates against an outdated list refuses them all, or takes revoked ones, depending " +
      "on its software.",
    fix: "Fetch the current list from the authority, and have that done before each nextUpdate.",
    references: ["RFC 5280 section 5.1.2.5"],
  },
  function* (subject) {
    const { atMs } = subject.plan;
    for (const { item, where } of items(subject, "crl")) {
      const { nextUpdateMs, thisUpdateMs } = item;
      if (nextUpdateMs !== undefined && nextUpdateMs < atMs) {
        yield { message: `the revocation list was to be replaced by ${day(nextUpdateMs)}`, where };
      } else if (thisUpdateMs > atMs) {
        yield {
          severity: "medium",
          message: `the revocation list is dated in the future: ${day(thisUpdateMs)}`,
          where,
        };
      } else if (nextUpdateMs === undefined) {
        yield { severity: "low", message: "the revocation list does not say when the next one comes", where };
      }
    }
  },
);
