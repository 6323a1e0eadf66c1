/** None of the groups that today's clients speak. */
import { reached } from "../shared/addresses.ts";
import { GROUP_LINES } from "../shared/configuration.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { groupLists, groupName, isModernGroup } from "../shared/groups.ts";

export const groupNoModern = defineRule(
  {
    id: "group-no-modern",
    title: "None of the usual groups is accepted",
    severity: "low",
    about: "key-exchange",
    probes: ["protocols", "groups"],
    why:
      "Browsers offer X25519, P-256, P-384 and a post-quantum hybrid. A server that has none of them either cannot be " +
      "reached or falls back to a key exchange without forward secrecy.",
    fix: `Offer X25519 and P-256.\n${GROUP_LINES}`,
    references: ["RFC 8446 section 9.1", "RFC 9325 section 4.3"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      for (const [version, { codes, complete }] of groupLists(address)) {
        if (codes.some(isModernGroup)) continue;
        const names = codes.map(groupName).join(", ");
        if (!complete) {
          const found = names === "" ? "no group was found" : `only ${names} was found`;
          yield unanswered(where, `${version} accepts a group that clients usually have`, found);
        } else if (codes.length > 0) {
          const message = `${version} accepts none of the groups that clients usually have`;
          yield { message, where, evidence: [names] };
        }
      }
    }
  },
);
