/** A pool test for a pull request: the size to take, each size, what failed. */
import { formatMicros, groupThousands } from "../../core/units.ts";
import type { PoolTestResult, SizeRow } from "../../engine/pool-test/result.ts";
import { escapeMarkdown } from "../syntax/escape.ts";
import { perSecond } from "./text/rate.ts";

/** GitHub takes 65,536 characters in a comment. */
const MOST_ROWS = 64;
const MOST_CHARACTERS = 300;

export function renderPoolTestMarkdown(result: PoolTestResult): string {
  const { plan, rows, sweep, findings, expectations } = result;
  const recommendation = sweep?.recommendation ?? null;
  const title = recommendation === null ? "" : `: take ${recommendation.size}`;
  const blocks = [
    [`### netkit pool-test${title}`],
    [safe(`${plan.url}, ${plan.pool === "netkit" ? "netkit's pool" : `the pool of ${plan.pool}`}`)],
    recommendation === null ? [] : [safe(recommendation.reason)],
    rows.length === 0 ? [] : table(rows),
    expectations.map(({ text, detail, holds }) => `- ${holds ? "✅" : "❌"} ${safe(text)}: ${safe(detail)}`),
    findings
      .filter(({ severity }) => severity !== "info")
      .slice(0, MOST_ROWS)
      .map(({ severity, text }) => `- ${severity === "error" ? "❌" : "⚠️"} ${safe(text)}`),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function table(rows: readonly SizeRow[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const micros = (us: number | null): string => (us === null ? "–" : formatMicros(us));
  return [
    line(["size", "throughput", "wait p50", "wait p99", "failed"]),
    line(["---:", "---:", "---:", "---:", "---:"]),
    ...rows
      .slice(0, MOST_ROWS)
      .map(({ size, throughput, latency: { wait }, counts }) =>
        line([
          String(size),
          perSecond(throughput.mean),
          micros(wait.p50),
          micros(wait.p99),
          groupThousands(counts.failed + counts.censored),
        ]),
      ),
  ];
}

function safe(text: string): string {
  return escapeMarkdown(text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);
}
