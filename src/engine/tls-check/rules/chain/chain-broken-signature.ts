/** A signature in the chain does not hold. */

import type { Subject } from "../rule.ts";
import { nameOf, pathProblems } from "../shared/certificates.ts";
import { type Draft, defineRule } from "../shared/define.ts";

function* fromSent(subject: Subject): Generator<Draft> {
  for (const { brokenSignatures, sent, where } of subject.chains) {
    for (const { index, issuer } of brokenSignatures) {
      const [certificate, by] = [sent[index], sent[issuer]];
      if (certificate === undefined || by === undefined) continue;
      const at = index === 0 ? where : `${where}, certificate ${index + 1} (${nameOf(certificate)})`;
      yield {
        message: `${nameOf(certificate)} names ${nameOf(by)} as its issuer, but was not signed by its key`,
        where: at,
      };
    }
  }
}

export const chainBrokenSignature = defineRule(
  {
    id: "chain-broken-signature",
    title: "A signature in the chain does not hold",
    severity: "critical",
    about: "chain",
    probes: ["certificates"],
    why:
      "The issuer's name fits and its key does not: a certificate of the same name from before a change of key, a damaged " +
      "file, or a forgery. Clients refuse it.",
    fix: "Take the issuer's certificate that belongs to this key; its URL stands in the certificate (caIssuers).",
    references: ["RFC 5280 section 6.1.3"],
  },
  function* (subject) {
    const sent = [...fromSent(subject)];
    yield* sent;
    const known = new Set(sent.map(({ where }) => where));
    const found = pathProblems(subject, ["signature"], ({ detail }) => ({
      message: "the signature of the certificate does not hold",
      evidence: [detail],
    }));
    yield* found.filter(({ where }) => !known.has(where));
  },
);
