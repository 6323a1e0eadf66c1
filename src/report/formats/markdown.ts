/** A run as a comment for a pull request, or the summary of a job: GitHub's Markdown, which GitLab reads too. */

import type { EndpointResult, Latencies, RunResult } from "../../core/run-document.ts";
import {
  formatByteRate,
  formatMicros,
  formatMillis,
  formatRate,
  formatShare,
  groupThousands,
} from "../../core/units.ts";
import {
  censoredWords,
  hasRequests,
  isOpenAbove,
  type LatencyFigure,
  latencyRows,
  outcomeOf,
  planWords,
  targetWords,
  VERDICT_MEANING,
} from "../run-reading.ts";
import { standingWords } from "../standing-words.ts";
import { escapeMarkdown } from "../syntax/escape.ts";

/** GitHub takes 65,536 characters in a comment; the page and the result file have all. */
const MOST_ROWS = 30;
const MOST_CHARACTERS = 200;

const SIGNS = { good: "✅", noted: "⚠️", bad: "❌" } as const;

export function renderRunMarkdown(result: RunResult): string {
  const outcome = outcomeOf(result);
  const { quality, environment } = result;
  const blocks = [
    [`## ${SIGNS[outcome.kind]} netkit flood: ${safe(outcome.text)}`],
    [`${safe(targetWords(result))}  `, safe(planWords(result).join(", "))],
    expectationPart(result),
    totalsPart(result),
    latencyPart(result),
    endpointPart(result),
    errorPart(result),
    [
      `**Quality: ${quality.verdict}**, ${VERDICT_MEANING[quality.verdict]}.`,
      ...quality.reasons.map((reason) => `- ${safe(reason)}`),
    ],
    [
      "<sub>",
      safe(
        `netkit ${result.version}, ${result.startedAt.slice(0, 16).replace("T", " ")} UTC, Node.js ${environment.node}, ${environment.platform} ${environment.arch}, ${environment.cpus} × ${environment.cpuModel}`,
      ),
      "</sub>",
    ],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function expectationPart({ expectations }: RunResult): string[] {
  if (expectations.length === 0) return [];
  // What is broken first, as the list may be cut.
  const sorted = [...expectations].sort((a, b) => Number(a.holds) - Number(b.holds));
  const rows = sorted.map(({ text, detail, holds }) => [
    holds ? SIGNS.good : SIGNS.bad,
    safe(text),
    safe(detail),
  ]);
  return table(["", "expectation", "found"], rows);
}

function totalsPart(result: RunResult): string[] {
  const { totals, rate, plan } = result;
  if (!hasRequests(result)) return standingWords(result).map((words) => `- ${safe(words)}`);
  const offered =
    plan.load === "open" && rate.offered !== null ? ` of ${formatRate(rate.offered)} offered` : "";
  const share = (count: number) =>
    totals.requests === 0 || count === 0 ? "" : ` (${safe(formatShare(count / totals.requests))})`;
  const received = totals.seconds > 0 ? formatByteRate(totals.bytesReceived / totals.seconds) : "-";
  return table(
    ["rate", "requests", "failed", "unanswered", "received"],
    [
      [
        `**${formatRate(rate.achieved)}**${offered}`,
        `${groupThousands(totals.requests)} in ${formatMillis(totals.seconds * 1000)}`,
        `${groupThousands(totals.failed)}${share(totals.failed)}`,
        `${groupThousands(totals.censored)}${share(totals.censored)}`,
        received,
      ],
    ],
  );
}

const FIGURES: readonly (readonly [LatencyFigure, string])[] = [
  ["mean", "mean"],
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p99_9", "p99.9"],
  ["max", "max"],
];

function latencyPart(result: RunResult): string[] {
  const rows = latencyRows(result).map(([name, label]) => [
    label,
    ...FIGURES.map(([figure]) => cell(result, name, figure)),
  ]);
  const note = safe(censoredWords(result).join(" "));
  return [
    ...table(["latency", ...FIGURES.map(([, label]) => label)], rows),
    ...(note === "" ? [] : ["", note]),
  ];
}

function cell({ latency, totals }: RunResult, name: keyof Latencies, figure: LatencyFigure): string {
  const value = latency[name][figure];
  if (value === null) return "-";
  return `${isOpenAbove(totals, name, figure) ? "≥ " : ""}${formatMicros(value)}`;
}

function endpointPart({ endpoints }: RunResult): string[] {
  if (endpoints.length < 2) return [];
  const rows = endpoints.map(({ name, totals, latency }: EndpointResult) => [
    safe(name),
    groupThousands(totals.requests),
    groupThousands(totals.failed),
    ...(["p50", "p99", "max"] as const).map((figure) => {
      const value = latency.response[figure];
      const open = isOpenAbove(totals, "response", figure) ? "≥ " : "";
      return value === null ? "-" : open + formatMicros(value);
    }),
  ]);
  return table(["endpoint", "requests", "failed", "p50", "p99", "max"], rows);
}

function errorPart({ errors }: RunResult): string[] {
  if (errors.length === 0) return [];
  const rows = errors.map(({ kind, count, example }) => [safe(kind), groupThousands(count), safe(example)]);
  return table(["error", "count", "example"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rest = rows.length - MOST_ROWS;
  return [
    line(head),
    line(head.map(() => "---")),
    ...rows.slice(0, MOST_ROWS).map(line),
    ...(rest > 0 ? [line(head.map((_, at) => (at === 0 ? `and ${groupThousands(rest)} more` : "")))] : []),
  ];
}

function safe(text: string): string {
  return escapeMarkdown(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);
}
