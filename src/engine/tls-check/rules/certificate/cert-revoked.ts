/** The authority has withdrawn the certificate, or could not be asked whether it has. */
import type { ChainAnalysis, OcspFacts } from "../../certificates/chain.ts";
import { answerFault, canBeAsked, isSettled, saysRevoked } from "../../certificates/revocation-answer.ts";
import { day } from "../shared/dates.ts";
import { type Draft, defineRule, unanswered } from "../shared/define.ts";

const SOURCES = {
  stapled: "the stapled OCSP response",
  asked: "the OCSP responder",
  crl: "the revocation list",
} as const;

/** One line on an answer that settles nothing. */
function whyNot(answer: OcspFacts, atMs: number): string {
  const source = SOURCES[answer.source];
  switch (answerFault(answer, atMs)) {
    case "signature":
      return `${source} is not signed by the authority`;
    case "over":
      return `${source} was good until ${day(answer.nextUpdateMs!)} only`;
    case "future":
      return `${source} is dated in the future`;
    case "unverified":
      return `the signature of ${source} cannot be verified`;
    case "unreadable":
    case undefined:
      return `${source} does not say: ${answer.detail ?? answer.status}`;
  }
}

/** An authority that names neither responder nor list has not made its certificates revocable. */
function* open({ leaf, path, ocsp, where }: ChainAnalysis, atMs: number): Generator<Draft> {
  if (!canBeAsked(leaf) || ocsp.some((answer) => isSettled(answer, atMs))) return;
  const why = ocsp.map((answer) => whyNot(answer, atMs));
  if (path.length < 2) why.push("the issuer is not known, and without it nobody can be asked");
  yield { ...unanswered(where, "the certificate is revoked", ""), evidence: why };
}

export const certRevoked = defineRule(
  {
    id: "cert-revoked",
    title: "The certificate is revoked",
    severity: "critical",
    about: "certificate",
    probes: ["certificates"],
    why:
      "The authority says that the certificate must not be trusted any more: its key was lost, its content was wrong, or it " +
      "was replaced. Clients that look refuse it. Without --revocation only a stapled response is looked at.",
    fix: "Find out why it was revoked. Make a new key and have a new certificate issued.",
    references: ["RFC 6960", "RFC 5280 section 5"],
  },
  function* ({ chains, plan }) {
    for (const chain of chains) {
      for (const answer of chain.ocsp.filter(saysRevoked)) {
        yield {
          message: `the certificate is revoked, says ${SOURCES[answer.source]}`,
          where: chain.where,
          evidence: answer.detail === undefined ? [] : [answer.detail],
        };
      }
      if (plan.revocation) yield* open(chain, plan.atMs);
    }
  },
);
