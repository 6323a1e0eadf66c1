/**
 * The waiver file, YAML or JSON:
 *
 *     - rule: cert-expires-soon
 *       where: "10.0.0.*"          # optional
 *       until: 2026-12-31
 *       reason: replaced with the move to the new cluster
 *
 * The schema library and the YAML reader load only when there is a file to read.
 */
import { z } from "zod";
import { parseYaml } from "./policy/yaml-file.ts";
import { ruleOf } from "./rules/catalog.ts";
import type { Waiver } from "./waivers.ts";

const waiver = z.strictObject({
  rule: z
    .string()
    .refine((id) => ruleOf(id) !== undefined, { error: ({ input }) => `no rule is called "${input}"` })
    .describe("Id of the rule, for example cert-expires-soon."),
  where: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Pattern with * and ? over the place of the finding or the name of the target; absent = everywhere.",
    ),
  until: z.iso.date().describe("The last day on which it holds, in UTC."),
  reason: z.string().trim().min(1).describe("Why, for whoever finds it in a year."),
});

export const waiversSchema = z.array(waiver).meta({
  title: "netkit.tls-waivers/1",
  description: "Findings of netkit tls-check that are excused for a time.",
});

export function waiversJsonSchema(): object {
  return z.toJSONSchema(waiversSchema, { target: "draft-2020-12" });
}

/** @throws NetkitError `NK_CONFIG` (exit 2) with the line that is wrong. */
export function parseWaivers(text: string, path: string): readonly Waiver[] {
  return parseYaml(text, path, waiversSchema, "a list of waivers: rule, until, reason and perhaps where");
}
