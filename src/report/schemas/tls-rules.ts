/** `netkit.tls-rules/1`: what the rules of tls-check are, as `--list-rules` and `--explain` print them with `--json`. */
import { z } from "zod";
import type { RuleDocument } from "../../engine/tls-check/document/model.ts";
import type { Agrees } from "./agreement.ts";
import { rule } from "./tls-check.ts";

export interface RulesDocument {
  readonly schema: "netkit.tls-rules/1";
  readonly rules: readonly RuleDocument[];
}

export const tlsRulesSchema = z
  .strictObject({ schema: z.literal("netkit.tls-rules/1"), rules: z.array(rule) })
  .meta({ id: "netkit.tls-rules_1", title: "netkit.tls-rules/1", description: "Rules of netkit tls-check." });

export const tlsRulesAgree: Agrees<z.infer<typeof tlsRulesSchema>, RulesDocument> = true;
