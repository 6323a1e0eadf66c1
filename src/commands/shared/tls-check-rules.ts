/** `--explain RULE` and `--list-rules`: what the rules are, for people and as `netkit.tls-rules/1`. */
import { usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { ruleDocument } from "../../engine/tls-check/document/document.ts";
import { explain, ruleIds } from "../../engine/tls-check/explain.ts";
import { RULES } from "../../engine/tls-check/rules/catalog.ts";
import type { RulesDocument } from "../../report/schemas/tls-rules.ts";
import type { TextOptions } from "../../report/text/style.ts";
import { renderExplanation, renderRuleList } from "../../report/tls-check/text/rules.ts";

export interface RuleTelling {
  readonly terminal: TextOptions;
  /** Given when stdout is for a document. */
  readonly emit: ((document: RulesDocument) => void) | undefined;
  readonly show: (text: string) => void;
}

/** @throws NetkitError `NK_USAGE` for a rule that there is not. */
export function tellRules(id: string | undefined, { terminal, emit, show }: RuleTelling): void {
  if (id === undefined) {
    const rules = RULES.map(ruleDocument);
    if (emit !== undefined) emit({ schema: "netkit.tls-rules/1", rules });
    else show(renderRuleList(rules, terminal));
    return;
  }
  const rule = explain(id);
  if (rule === undefined) {
    const next = didYouMean(id, ruleIds(), (name) => name, "see netkit tls-check --list-rules");
    throw usageError(`no rule is called "${id}"`, next, "--explain");
  }
  if (emit !== undefined) emit({ schema: "netkit.tls-rules/1", rules: [rule] });
  else show(renderExplanation(rule, terminal));
}
