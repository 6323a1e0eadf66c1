/** The root is sent along. */
import { isAuthorityFile, nameOf, sameCertificate } from "../shared/certificates.ts";
import { CHAIN_LINES } from "../shared/configuration.ts";
import { defineRule } from "../shared/define.ts";

export const chainRootSent = defineRule(
  {
    id: "chain-root-sent",
    title: "The root certificate is sent",
    severity: "low",
    about: "chain",
    probes: ["certificates"],
    why:
      "A client trusts its own copy of the root or none; the one that is sent only costs a thousand bytes in every " +
      "handshake, which may be the ones that need another round trip.",
    fix: `Take the root out of the file.\n${CHAIN_LINES}`,
    references: ["RFC 8446 section 4.4.2"],
  },
  function* (subject) {
    for (const chain of subject.chains) {
      const root = chain.rootSent === undefined ? undefined : chain.sent[chain.rootSent];
      // A self-signed certificate of the server itself is no root sent along.
      if (root === undefined || sameCertificate(root, chain.leaf) || isAuthorityFile(chain)) continue;
      yield { message: `the root is sent along: ${nameOf(root)}`, where: chain.where };
    }
  },
);
