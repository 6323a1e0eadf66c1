/** Elliptic curves below 112 bits of strength. */
import { reached } from "../shared/addresses.ts";
import { GROUP_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { groupEntry, groupLists, groupName } from "../shared/groups.ts";

function isWeak(code: number): boolean {
  const entry = groupEntry(code);
  if (entry === undefined) return false;
  if (entry.kind === "ffdh") return entry.bits < 2048;
  return entry.kind === "ecdh" && entry.bits > 0 && entry.bits < 224;
}

export const groupWeak = defineRule(
  {
    id: "group-weak",
    title: "Weak groups are accepted",
    severity: "medium",
    about: "key-exchange",
    probes: ["protocols", "groups"],
    why:
      "A curve of n bits has a strength of n/2. Curves below 224 bits are under the 112 bits that are counted as the " +
      "least today, and the binary ones among them have been given up altogether (RFC 8422).",
    fix: `Name the groups that are wanted.\n${GROUP_LINES}`,
    references: ["RFC 8422 section 5.1.1", "NIST SP 800-52 revision 2"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const lists = groupLists(address);
      const weak = new Set(lists.flatMap(([, { codes }]) => codes.filter(isWeak)));
      const open = lists.filter(([, { complete }]) => !complete).map(([version]) => version);
      if (weak.size > 0) {
        const evidence = [[...weak].map(groupName).join(", ")];
        yield { message: "groups of less than 112 bits of strength are accepted", where, evidence };
      } else if (open.length > 0) {
        const why = `the list of groups was cut short: ${open.join(", ")}`;
        yield unanswered(where, "groups of less than 112 bits of strength are accepted", why);
      }
    }
  },
);
