/**
 * A connect as one self-contained page without a script: the verdict first, with what was seen and what to try next; then
 * what was expected, the waterfall of each path, who answered for the name, the race, and what stands at the other end.
 */
import { formatMicros, formatMillis, groupThousands } from "../../../core/units.ts";
import type { ConnectResult, PathResult, RepeatResult } from "../../../engine/connect/result.ts";
import { renderPage } from "../../html/frame.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { plural } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { factRows } from "../facts.ts";
import {
  headline,
  pathName,
  phaseLabel,
  REPEAT_COLUMNS,
  repeatRows,
  repeatWords,
  verdictWords,
} from "../reading.ts";
import { INKS, SIGNS } from "../text/conclusion.ts";
import { answerWords } from "../text/way.ts";
import { raceHtml, waterfallHtml } from "./drawn.ts";

const CONNECT_STYLE = `
section { margin: 1.75rem 0; } h2 { margin-bottom: .4rem; } header ul { margin: .25rem 0; }
.next { border-left: 4px solid var(--link); padding-left: .75rem; }
svg.span { display: block; width: 100%; min-width: 6rem; height: .9rem; margin-top: .3rem; }
svg.span .bar { fill: var(--c1); } svg.span .good { fill: var(--good); } svg.span .bad { fill: var(--bad); } svg.span .warn { fill: var(--warn); }
.scroll:has(svg.span) table { width: 100%; min-width: 0; } .scroll th[scope=row] { width: auto; } .scroll th:last-child, .scroll td:last-child { padding-right: 0; }
table.facts th { width: 8rem; }
@media print { section { break-inside: avoid; } .scroll { overflow: visible; } }
`;

/** More are no reading; the document has all. */
const MOST_PATHS = 30;
const MOST_ROWS = 100;

export function renderConnectHtml(result: ConnectResult): string {
  const { verdict, url, paths, repeat, version, startedAt, interrupted } = result;
  const { outcome, text } = headline(result);
  const evidence = verdict.evidence.slice(0, MOST_ROWS).map((line) => `<li>${escapeHtml(line)}</li>`);
  const sections = [
    expectationSection(result),
    ...(repeat === null ? [] : [repeatSection(repeat)]),
    ...paths.slice(0, MOST_PATHS).map((path) => pathSection(path, result)),
    paths.length > MOST_PATHS
      ? `<p class="soft">and ${escapeHtml(plural(paths.length - MOST_PATHS, "more path"))} in the document</p>`
      : "",
  ].filter((html) => html !== "");
  return renderPage({
    title: `netkit connect ${url}: ${text}`,
    style: CONNECT_STYLE,
    body: `<header>
<h1>netkit connect</h1>
<p>${escapeHtml(url)}<br><span class="soft">${escapeHtml(`${startedAt.slice(0, 19).replace("T", " ")} UTC, netkit ${version}`)}</span></p>
<p><strong class="${INKS[outcome]}">${escapeHtml(`${SIGNS[outcome]} ${text}`)}</strong></p>
${evidence.length === 0 ? "" : `<ul>${evidence.join("")}</ul>`}
${verdict.next === null ? "" : `<p class="next">${escapeHtml(verdict.next)}</p>`}
${interrupted ? '<p class="warn">Interrupted: this is what was found until then.</p>' : ""}
</header>
<main>
${sections.join("\n")}
</main>
<footer>Each phase begins where the one before ended. A stamp may be off by as much as the event loop was late, which stands beside the total.</footer>`,
  });
}

function expectationSection({ expectations }: ConnectResult): string {
  if (expectations.length === 0) return "";
  const sorted = [...expectations].sort((a, b) => Number(a.holds) - Number(b.holds));
  const rows = sorted.map(({ text, detail, holds }) => [
    text,
    holds ? ({ text: "✓ holds", ink: "good" } as const) : ({ text: "✗ broken", ink: "bad" } as const),
    detail,
  ]);
  return section("Expectations", table("Expectations", ["expectation", "verdict", "found"], rows));
}

function repeatSection(repeat: RepeatResult): string {
  const rows = repeatRows(repeat).map(([name, summary]) => [
    phaseLabel(name),
    ...REPEAT_COLUMNS.map((column): Cell => {
      const value = summary[column];
      return value === null ? { text: "-", ink: "soft" } : { text: formatMicros(value) };
    }),
  ]);
  const head = ["phase", ...REPEAT_COLUMNS];
  const failures = repeat.failures.map(({ code, count }) => [code, groupThousands(count)]);
  const spans = repeat.spans.map(({ state, from, seconds, paths }): (Cell | string)[] => [
    { text: state, ink: state === "up" ? "good" : "bad" },
    from.slice(0, 19).replace("T", " "),
    { text: formatMillis(seconds * 1000) },
    { text: groupThousands(paths) },
  ]);
  const changes = repeat.resolutionChanges.map(({ at, before, after }) => [
    at.slice(0, 19).replace("T", " "),
    before.join(", ") || "none",
    after.join(", ") || "none",
  ]);
  return section(
    "The repetition",
    [
      `<p>${escapeHtml(`${repeatWords(repeat)}.`)}</p>`,
      repeat.succeeded === 0 ? "" : table("Percentiles", head, rows, [1, head.length]),
      failures.length === 0
        ? ""
        : `<h3>Failures</h3>${table("Failures", ["code", "count"], failures, [1, 2])}`,
      spans.length < 2
        ? ""
        : `<h3>Up and down</h3>${table("Up and down", ["state", "from (UTC)", "for", "paths"], spans, [2, 4])}`,
      changes.length === 0
        ? ""
        : `<h3>The name's addresses changed</h3>${table("Address changes", ["at (UTC)", "before", "after"], changes)}`,
    ].join(""),
  );
}

function pathSection(path: PathResult, result: ConnectResult): string {
  const { verdict, totalUs, errorBarUs, resolution } = path;
  const isAlone = result.paths.length === 1;
  const title = result.repeat !== null ? "The last path" : isAlone ? "The path" : pathName(path, result);
  const own = isAlone && result.repeat === null;
  const off = errorBarUs >= 1 ? ` ± ${formatMicros(errorBarUs)}` : "";
  const total = `<p>Total <strong>${escapeHtml(formatMicros(totalUs) + off)}</strong></p>`;
  const words = own
    ? ""
    : `<p class="${INKS[verdict.outcome]}">${escapeHtml(`${SIGNS[verdict.outcome]} ${verdictWords(verdict)}`)}</p>`;
  const queries =
    resolution === null || resolution.queries.length === 0
      ? ""
      : `<h3>${escapeHtml(`Name ${resolution.name}, asked of ${resolution.resolver}`)}</h3>${
          resolution.cname.length === 0
            ? ""
            : `<p class="soft">${escapeHtml(`alias ${resolution.cname.join(" → ")}`)}</p>`
        }${table(
          "Answers for the name",
          ["type", "took", "answer"],
          resolution.queries.map((query) => [
            query.type,
            { text: formatMicros(query.durationUs) },
            answerWords(query),
          ]),
          [1, 2],
        )}`;
  return section(
    title,
    [words, total, waterfallHtml(path), queries, raceHtml(path), factsHtml(path)].join(""),
  );
}

function factsHtml(path: PathResult): string {
  const rows = factRows(path).slice(0, MOST_ROWS);
  if (rows.length === 0) return "";
  const lines = rows.map(([label, text, ink]) => {
    const value = ink === undefined ? escapeHtml(text) : `<span class="${ink}">${escapeHtml(text)}</span>`;
    // A row that goes on with the one above has no name of its own.
    const name = label === "" ? "<td></td>" : `<th scope="row">${escapeHtml(label)}</th>`;
    return `<tr>${name}<td>${value}</td></tr>`;
  });
  return `<h3>At the other end</h3><table class="facts"><tbody>${lines.join("\n")}</tbody></table>`;
}

function section(title: string, html: string): string {
  return `<section><h2>${escapeHtml(title)}</h2>${html}</section>`;
}

function table(
  label: string,
  head: readonly string[],
  rows: readonly (readonly (Cell | string)[])[],
  figures: readonly [from: number, to: number] = [0, 0],
): string {
  const hidden = rows.length - MOST_ROWS;
  const more = hidden > 0 ? `<p class="soft">and ${groupThousands(hidden)} more in the document</p>` : "";
  return tableHtml({ label, head, rows: rows.slice(0, MOST_ROWS), figures }) + more;
}
