/** What a rule is about, as data: the text behind `--explain`. */
import { RULES, ruleOf } from "./rules/catalog.ts";
import type { Rule } from "./rules/rule.ts";

export type Explanation = Omit<Rule, "judge">;

/** Undefined for an id that no rule has; `ruleIds` has those that exist. */
export function explain(id: string): Explanation | undefined {
  const rule = ruleOf(id);
  if (rule === undefined) return undefined;
  const { judge: _, ...text } = rule;
  return text;
}

/** In the order of the catalog. */
export function ruleIds(): readonly string[] {
  return RULES.map(({ id }) => id);
}
