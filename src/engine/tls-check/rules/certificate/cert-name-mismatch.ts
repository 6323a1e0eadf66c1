/** The certificate is for other names. */
import { hostNames, serverLeaves } from "../shared/certificates.ts";
import { defineRule, firstOf } from "../shared/define.ts";

export const certNameMismatch = defineRule(
  {
    id: "cert-name-mismatch",
    title: "The certificate is not for this name",
    severity: "high",
    about: "certificate",
    probes: ["certificates"],
    why: "Clients refuse a certificate that does not hold the name they asked for: it may belong to anybody.",
    fix:
      "Have a certificate issued for this name, or send clients to a name that it holds. With several certificates on one " +
      "server, check which one answers to this name (server_name, ServerName, crt-list).",
    references: ["RFC 9525 section 6", "RFC 6125"],
  },
  function* (subject) {
    const { target } = subject;
    for (const { certificate, chain, where } of serverLeaves(subject)) {
      const { name, served } = chain;
      if (name === undefined || name.matches || name.byCommonNameOnly) continue;
      // What a server shows to strangers (no name, or one made up) need not be for them.
      const expected = target.kind === "endpoint" ? target.serverName : undefined;
      if (served !== undefined && expected !== undefined && served.serverName !== expected) continue;
      yield {
        message: `the certificate is not for ${name.asked}`,
        where,
        evidence: [firstOf(hostNames(certificate)) || "it holds no name"],
      };
    }
  },
);
