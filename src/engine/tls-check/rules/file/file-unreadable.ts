/** A part of the file, or all of it, that cannot be read. */
import { defineRule, unanswered } from "../shared/define.ts";
import { items } from "../shared/files.ts";

export const fileUnreadable = defineRule(
  {
    id: "file-unreadable",
    title: "The file cannot be read",
    severity: "high",
    about: "file",
    probes: ["files"],
    why:
      "What this program cannot read, a server most likely cannot read either: it does not start, or starts with less than " +
      "it was given. Damaged copies, wrong formats and missing lines at the end are the usual reasons.",
    fix: "Fetch the file anew, or convert it. For a file under a password give --password-file.",
    references: ["RFC 7468", "RFC 5280"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "unreadable")) {
      const { what, why, next, locked } = item;
      if (!locked) {
        const evidence = [why, ...(next === undefined ? [] : [next])];
        yield { message: `what should be ${what} cannot be read`, where, evidence };
      } else if (!/key/i.test(what)) {
        yield unanswered(where, `${what} is in order`, why);
      }
    }
  },
);
