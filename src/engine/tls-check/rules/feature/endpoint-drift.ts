/** The addresses of one name do not behave alike. */
import { drift } from "../../drift.ts";
import { defineRule } from "../shared/define.ts";

export const endpointDrift = defineRule(
  {
    id: "endpoint-drift",
    title: "The addresses of one name differ",
    severity: "medium",
    about: "feature",
    probes: ["protocols", "groups", "features", "sessions", "certificates"],
    why:
      "Behind one name all addresses should look alike. One that differs is usually a node that missed a deployment: an old " +
      "certificate about to expire, an old configuration, and errors that come and go with the address a client got.",
    fix: "Bring all nodes to the same configuration and certificate, and restart or reload the one that lags behind.",
    references: ["RFC 6125", "RFC 8305"],
  },
  function* (subject) {
    if (subject.endpoint === undefined) return;
    for (const { what, values } of drift(subject.endpoint)) {
      yield {
        message: `the addresses differ in ${what}`,
        where: subject.target.name,
        evidence: values.map(({ value, addresses }) => `${addresses.join(", ")}: ${value}`),
      };
    }
  },
);
