/**
 * Judges one yes-or-no question at every address: what was offered or refused makes the finding that the rule
 * names, and what is not known makes an inconclusive one, never silence.
 */
import { assertNever } from "../../../../core/exhaustive.ts";
import type { AddressFacts, Answer, ProtocolVersion, VulnerabilityFacts } from "../../facts.ts";
import type { Subject } from "../rule.ts";
import { answerFor, reached, type Spot } from "./addresses.ts";
import { type Draft, unanswered } from "./define.ts";

export interface AnswerJudgement {
  /** Undefined: was not looked at, or does not apply here. */
  readonly ask: (address: AddressFacts) => Answer | undefined;
  /** Completes "it could not be found out whether …". */
  readonly question: string;
  readonly offered?: (spot: Spot) => Omit<Draft, "where">;
  readonly refused?: (spot: Spot, how: string) => Omit<Draft, "where">;
}

export function* judgeAnswers(subject: Subject, judgement: AnswerJudgement): Generator<Draft> {
  for (const spot of reached(subject)) {
    const answer = judgement.ask(spot.address);
    if (answer === undefined) continue;
    switch (answer.kind) {
      case "offered":
        if (judgement.offered) yield { ...judgement.offered(spot), where: spot.where };
        break;
      case "refused":
        if (judgement.refused) yield { ...judgement.refused(spot, answer.how), where: spot.where };
        break;
      case "inconclusive":
        yield unanswered(spot.where, judgement.question, answer.why);
        break;
      default:
        assertNever(answer);
    }
  }
}

/** A version that should not be spoken at all. */
export function judgeOldVersion(
  subject: Subject,
  version: ProtocolVersion,
  message: string,
): Iterable<Draft> {
  return judgeAnswers(subject, {
    ask: (address) => answerFor(address, version),
    question: `${version} is spoken`,
    offered: () => ({ message }),
  });
}

/** Facts of a probe that are a yes or a no. */
export type ProbeName = {
  [K in keyof VulnerabilityFacts]-?: Answer extends VulnerabilityFacts[K] ? K : never;
}[keyof VulnerabilityFacts];

/** A vulnerability with a probe of its own: only what the probe shows counts. */
export function judgeProbe(
  subject: Subject,
  probe: ProbeName,
  question: string,
  message: string,
  evidence: (spot: Spot) => readonly string[] = () => [],
): Iterable<Draft> {
  return judgeAnswers(subject, {
    ask: (address) => address.vulnerabilities?.[probe],
    question,
    offered: (spot) => ({ status: "vulnerable", message, evidence: evidence(spot) }),
  });
}
