/** A connect for an issue or a pull request: the verdict, what was expected, the phases. GitHub's Markdown. */
import { formatMicros } from "../../core/units.ts";
import type { ConnectResult, PathResult } from "../../engine/connect/result.ts";
import { plural } from "../run-reading.ts";
import { escapeMarkdown } from "../syntax/escape.ts";
import { factRows } from "./facts.ts";
import {
  headline,
  PHASE_LABELS,
  pathName,
  phaseLabel,
  REPEAT_COLUMNS,
  repeatRows,
  repeatWords,
  verdictWords,
} from "./reading.ts";

const SIGNS = { ok: "✅", degraded: "⚠️", failed: "❌", interrupted: "⚠️" } as const;

/** GitHub takes 65,536 characters in a comment; the page and the document have all. */
const MOST_ROWS = 20;
const MOST_CHARACTERS = 300;

export function renderConnectMarkdown(result: ConnectResult): string {
  const { verdict, paths, repeat, expectations, url, version, startedAt } = result;
  const { outcome, text } = headline(result);
  const evidence = verdict.evidence.slice(0, MOST_ROWS).map((line) => `- ${safe(line)}`);
  const blocks = [
    [`## ${SIGNS[outcome]} netkit connect: ${safe(text)}`],
    [safe(url)],
    [...evidence, ...(verdict.next === null ? [] : [`- **Next:** ${safe(verdict.next)}`])],
    cut(
      ["expectation", "verdict", "found"],
      [...expectations]
        .sort((a, b) => Number(a.holds) - Number(b.holds))
        .map(({ text, detail, holds }) => [safe(text), holds ? "✅ holds" : "❌ broken", safe(detail)]),
      "expectation",
    ),
    ...(repeat === null
      ? paths.length === 1
        ? onePath(paths[0]!)
        : [pathTable(result)]
      : [[`${safe(repeatWords(repeat))}.`], repeatTable(repeat)]),
    ["<sub>", safe(`netkit ${version}, ${startedAt.slice(0, 16).replace("T", " ")} UTC`), "</sub>"],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function onePath(path: PathResult): string[][] {
  const rows = path.phases.map(({ name, startUs, durationUs, failed }) => [
    PHASE_LABELS[name],
    formatMicros(startUs),
    `${formatMicros(durationUs)}${failed ? " ❌" : ""}`,
  ]);
  const facts = factRows(path)
    .slice(0, MOST_ROWS)
    .map(([label, text]) => `- ${label === "" ? "" : `**${safe(label)}** `}${safe(text)}`);
  return [
    cut(["phase", "from", "took"], [...rows, ["**total**", "", formatMicros(path.totalUs)]], "phase"),
    facts,
  ];
}

function pathTable(result: ConnectResult): string[] {
  const names = (Object.keys(PHASE_LABELS) as (keyof typeof PHASE_LABELS)[]).filter((name) =>
    result.paths.some(({ phases }) => phases.some((phase) => phase.name === name)),
  );
  const rows = result.paths.map((path) => [
    `${SIGNS[path.verdict.outcome]} ${safe(pathName(path, result))}`,
    ...names.map((name) => {
      const phase = path.phases.find((one) => one.name === name);
      return phase === undefined ? "–" : formatMicros(phase.durationUs);
    }),
    formatMicros(path.totalUs),
    safe(verdictWords(path.verdict)),
  ]);
  return cut(["path", ...names.map((name) => PHASE_LABELS[name]), "total", "verdict"], rows, "path");
}

function repeatTable(repeat: NonNullable<ConnectResult["repeat"]>): string[] {
  const rows = repeatRows(repeat).map(([name, summary]) => [
    phaseLabel(name),
    ...REPEAT_COLUMNS.map((column) => {
      const value = summary[column];
      return value === null ? "–" : formatMicros(value);
    }),
  ]);
  return cut(["phase", ...REPEAT_COLUMNS], rows, "phase");
}

/** Nothing for no rows. */
function cut(head: readonly string[], rows: readonly (readonly string[])[], noun: string): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const hidden = rows.length - MOST_ROWS;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.slice(0, MOST_ROWS).map(line),
    ...(hidden > 0 ? ["", `and ${plural(hidden, `more ${noun}`)}`] : []),
  ];
}

function safe(text: string): string {
  return escapeMarkdown(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);
}
