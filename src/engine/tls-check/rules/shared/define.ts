/**
 * How a rule is written: its facts once, and a judge that yields drafts; the rule's id and its usual severity
 * are filled in here, so that no file repeats them.
 */
import type { Finding, FindingStatus, Rule, Severity, Subject } from "../rule.ts";

/** A finding as its rule knows it. */
export interface Draft {
  /** One sentence, the same at every run. */
  readonly message: string;
  readonly where: string;
  /** When less than the rule's own. */
  readonly severity?: Severity | undefined;
  /** `problem` when absent. */
  readonly status?: FindingStatus | undefined;
  readonly evidence?: readonly string[] | undefined;
}

export type RuleFacts = Omit<Rule, "judge">;

export function defineRule(facts: RuleFacts, judge: (subject: Subject) => Iterable<Draft>): Rule {
  return {
    ...facts,
    judge: (subject) => Array.from(judge(subject), (draft) => toFinding(facts, draft)),
  };
}

function toFinding(facts: RuleFacts, draft: Draft): Finding {
  const status = draft.status ?? "problem";
  return {
    rule: facts.id,
    // What is not known weighs nothing by itself: `decide` looks at what the rule could have found.
    severity: status === "inconclusive" ? "info" : (draft.severity ?? facts.severity),
    status,
    message: draft.message,
    where: draft.where,
    evidence: draft.evidence ?? [],
  };
}

/** The first of many, and how many more there are: evidence stays short however long a list is. */
export function firstOf(names: readonly string[], limit = 10): string {
  const shown = names.slice(0, limit).join(", ");
  return names.length > limit ? `${shown}, and ${names.length - limit} more` : shown;
}

/** A question that the scan could not answer; `question` completes "it could not be found out whether …". */
export function unanswered(where: string, question: string, why: string): Draft {
  return {
    status: "inconclusive",
    message: `it could not be found out whether ${question}`,
    where,
    evidence: [why],
  };
}
