/** A public certificate with a name that means nothing in public. */
import type { GeneralName } from "../../certificates/model.ts";
import { serverLeaves } from "../shared/certificates.ts";
import { defineRule, firstOf } from "../shared/define.ts";
import { isInternalAddress, isInternalName } from "../shared/names.ts";

function isInternal({ kind, value }: GeneralName): boolean {
  return (kind === "dns" && isInternalName(value)) || (kind === "ip" && isInternalAddress(value));
}

export const certInternalName = defineRule(
  {
    id: "cert-internal-name",
    title: "A public certificate holds an internal name",
    severity: "medium",
    about: "certificate",
    probes: ["certificates"],
    why:
      "A name such as `mail.corp` or an address such as 10.0.0.1 exists in many networks; a public certificate for it can be " +
      "used in all of them. Public authorities may not issue such certificates since November 2015.",
    fix: "Use a private authority for internal names, or a public name that resolves to the internal address.",
    references: ["CA/Browser Forum Baseline Requirements section 7.1.2.7.12", "RFC 6762 appendix G"],
  },
  function* (subject) {
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      if (!chain.publiclyTrusted) continue;
      const internal = (certificate.subjectAltNames ?? []).filter(isInternal).map(({ value }) => value);
      const [first, ...others] = internal;
      if (first === undefined) continue;
      yield {
        message: `${first} is an internal name in a public certificate`,
        where,
        evidence: others.length > 0 ? [firstOf(others)] : [],
      };
    }
  },
);
