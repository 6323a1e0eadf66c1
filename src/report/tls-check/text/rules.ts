/** Rules for people: the list of all, and one explained. */
import type { RuleDocument } from "../../../engine/tls-check/document/model.ts";
import { displayWidth, hanging, padEnd, paletteOf, type TextOptions, truncate } from "../../text/style.ts";
import { severityInk } from "./findings.ts";

export function renderRuleList(rules: readonly RuleDocument[], options: TextOptions): string {
  const palette = paletteOf(options);
  const idWidth = Math.max(...rules.map(({ id }) => displayWidth(id)));
  const lines: string[] = [];
  let about: string | undefined;
  for (const rule of [...rules].sort(bySubject)) {
    if (rule.about !== about) {
      about = rule.about;
      lines.push("", ` ${palette.title(about)}`);
    }
    const ink = severityInk(rule.severity, palette);
    const title = truncate(rule.title, Math.max(10, options.width - idWidth - 16));
    lines.push(`   ${padEnd(rule.id, idWidth)}  ${ink(padEnd(rule.severity, 8))}  ${title}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Together what is about the same; otherwise as in the catalog. */
function bySubject(a: RuleDocument, b: RuleDocument): number {
  return a.about < b.about ? -1 : a.about > b.about ? 1 : 0;
}

export function renderExplanation(rule: RuleDocument, options: TextOptions): string {
  const palette = paletteOf(options);
  const { width } = options;
  const paragraph = (text: string): string[] => text.split("\n").flatMap((line) => fixLine(line, width));
  return `${[
    "",
    ...hanging(" ", rule.title, width).map((line) => palette.title(line)),
    ` ${palette.dim(`${rule.id} · ${rule.about} · at most`)} ${severityInk(rule.severity, palette)(rule.severity)}`,
    "",
    ...paragraph(rule.why),
    "",
    ` ${palette.label("To mend it")}`,
    ...paragraph(rule.fix),
    "",
    ...hanging(` ${palette.label("Rests on")} `, rule.probes.join(", "), width),
    "",
    ...(rule.references.length === 0
      ? []
      : [` ${palette.label("Read")}`, ...rule.references.flatMap((text) => hanging("   ", text, width))]),
  ].join("\n")}\n`;
}

/** `nginx:    ssl_…` keeps its columns; everything else is text. */
function fixLine(line: string, width: number): string[] {
  const configuration = /^(\S+:\s{2,})(.*)$/.exec(line);
  return configuration === null
    ? hanging("   ", line, width)
    : hanging(`   ${configuration[1]}`, configuration[2]!, width);
}
