/**
 * A comparison as one self-contained page. The order is that of questions: is it worse, in what and how surely, how do both
 * look, what was compared, and did anything else differ. Without the runs it has its tables and no charts.
 */
import { formatMicros, formatMillis, formatRate, groupThousands } from "../../../core/units.ts";
import type { CompareResult } from "../../../engine/stats/compare/result.ts";
import { environmentSection, planSection } from "../../formats/html/sections.ts";
import { chartAssets, chartData, chartFigure } from "../../html/chart.ts";
import { renderPage } from "../../html/frame.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { plural } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { commandOf } from "../design.ts";
import type { CompareReportOptions, SideRuns } from "../format.ts";
import { caveats, outcomeWords, shortened, sideWords } from "../reading.ts";
import { type Courses, coursesOf, coursesOfPairs } from "../sides.ts";
import { courseCharts, spectraChart } from "./charts.ts";
import { VERDICT_INKS, verdictSection } from "./verdicts.ts";

const COMPARE_STYLE = `
section { margin: 1.75rem 0; break-inside: avoid; } h2 { margin-bottom: .4rem; }
svg.interval { display: block; overflow: visible; } svg.interval .band { fill: var(--line); opacity: .55; }
svg.interval line { stroke: currentColor; stroke-width: 2; } svg.interval line.zero { stroke: var(--soft); stroke-width: 1; }
svg.interval circle, svg.interval path { fill: currentColor; } svg.interval .same { color: var(--soft); }
.scroll th[scope=row] { width: auto; white-space: normal; min-width: 3.5rem; } section.verdicts td { white-space: nowrap; }
@media print { section.graphs { break-inside: auto; } .scroll { overflow: visible; } .scroll table { font-size: .8rem; } }
`;

const OF_RUNS =
  "Intervals come from a moving-block bootstrap over the seconds of each run and, with several runs a side, from the differences between them";
const OF_PAIRS =
  "Intervals come from the differences within pairs of slices (Student's t), which a sign-flip test may overrule";

/** More are no reading; the document has all. */
const MOST_RUNS = 100;
const MOST_DIFFERENCES = 100;
const MOST_VALUES = 10;

export function renderCompareHtml(result: CompareResult, { runs }: CompareReportOptions): string {
  const isPaired = result.design === "pairs";
  const courses = runs === undefined ? undefined : isPaired ? coursesOfPairs(runs) : coursesOf(runs);
  const spectra = runs === undefined ? undefined : spectraChart(runs);
  const charts = [
    ...(spectra === undefined ? [] : [spectra]),
    ...(courses === undefined ? [] : courseCharts(courses, isPaired ? "slice" : "second")),
  ];
  const assets = charts.length === 0 ? { style: "", scripts: [] } : chartAssets();
  const graphs =
    charts.length === 0
      ? ""
      : `<section class="graphs"><h2>Both sides</h2>
<noscript><p class="soft">The charts need a script; the tables have the figures.</p></noscript>
<div class="charts">
${charts.map(chartFigure).join("\n")}
</div>
${remarks(result, courses)}
</section>`;
  const first = runs?.base[0]?.run;
  const sections = [
    verdictSection(result),
    graphs,
    runsSection(result, runs === undefined ? undefined : [...runs.base, ...runs.candidate]),
    differenceSection(result),
    ...(first === undefined ? [] : [planSection(first), environmentSection(first)]),
  ].filter((html) => html !== "");
  return renderPage({
    title: `${commandOf(result)}: ${outcomeWords(result)}`,
    style: assets.style + COMPARE_STYLE,
    body: `<header>
<h1>${commandOf(result)}</h1>
<p><strong class="${VERDICT_INKS[result.verdict]}">${escapeHtml(sentence(outcomeWords(result)))}</strong></p>
<p class="soft">${escapeHtml(`base: ${sideWords(result.base, result)}`)}<br>${escapeHtml(`candidate: ${sideWords(result.candidate, result)}`)}</p>
${caveats(result)
  .map((text) => `<p class="warn">${escapeHtml(text)}</p>`)
  .join("\n")}
</header>
<main>
${sections.join("\n")}
</main>
<footer>${isPaired ? OF_PAIRS : OF_RUNS}; verdicts are corrected for the number of metrics. netkit ${escapeHtml(result.version)}, seed ${result.settings.seed}.</footer>
${charts.length === 0 ? "" : chartData(charts)}`,
    scripts: assets.scripts,
  });
}

function remarks({ base, candidate, design }: CompareResult, courses: Courses | undefined): string {
  if (design === "pairs") {
    return '<p class="soft">The spectrum is that of all requests of a side; a point over time is one slice.</p>';
  }
  const several = base.runs.length > 1 || candidate.runs.length > 1;
  const joined = courses === undefined ? 1 : courses.joined;
  const lines = [
    ...(several
      ? [
          "Of several runs a side the spectrum is that of all their requests, and a moment of the courses is their median.",
        ]
      : []),
    ...(joined > 1
      ? [
          `${groupThousands(Math.round(joined))} intervals are drawn as one point: rates are those of the whole point, latencies those of its slowest interval.`,
        ]
      : []),
  ];
  return lines.map((text) => `<p class="soft">${escapeHtml(text)}</p>`).join("\n");
}

function runsSection({ base, candidate, design }: CompareResult, whole: SideRuns | undefined): string {
  const title = design === "pairs" ? "Slices" : "Runs";
  const all = [
    ...base.runs.map((run) => ({ side: "base", run })),
    ...candidate.runs.map((run) => ({ side: "candidate", run })),
  ];
  const rows = all.slice(0, MOST_RUNS).map(({ side, run }, at): (Cell | string)[] => {
    const found = whole?.[at]?.run;
    const micros = (us: number | null | undefined) => (us == null ? "-" : formatMicros(us));
    const ink = ({ valid: "good", suspect: "warn", invalid: "bad" } as const)[run.quality];
    return [
      shortened(run.name),
      side,
      formatMillis(run.seconds * 1000),
      groupThousands(run.requests),
      ...(found === undefined
        ? []
        : [
            formatRate(found.rate.achieved),
            micros(found.latency.response.p50),
            micros(found.latency.response.p99),
            micros(found.latency.response.max),
          ]),
      { text: run.interrupted ? `${run.quality}, interrupted` : run.quality, ink },
      run.startedAt.slice(0, 19).replace("T", " "),
    ];
  });
  const figures = whole === undefined ? [] : ["rate", "p50", "p99", "max"];
  const head = [
    design === "pairs" ? "slice" : "run",
    "side",
    "measured",
    "requests",
    ...figures,
    "quality",
    "started (UTC)",
  ];
  const hidden = all.length - rows.length;
  const more =
    hidden > 0
      ? `<p class="soft">and ${escapeHtml(plural(hidden, design === "pairs" ? "more slice" : "more run"))} in the document</p>`
      : "";
  return `<section><h2>${title}</h2>${tableHtml({ label: title, head, rows, figures: [2, 4 + figures.length] })}${more}</section>`;
}

function differenceSection({ unlike }: CompareResult): string {
  const label = "Differences of plan and environment";
  if (unlike.length === 0) {
    return `<section><h2>${label}</h2><p class="soft">None: the same plan on the same kind of machine.</p></section>`;
  }
  const rows = unlike
    .slice(0, MOST_DIFFERENCES)
    .flatMap(({ field, values, refuses }) =>
      values
        .slice(0, MOST_VALUES)
        .map(({ value, run }): (Cell | string)[] => [
          shortened(field),
          shortened(value),
          shortened(run),
          refuses ? { text: "matters", ink: "bad" } : { text: "noted", ink: "soft" },
        ]),
    );
  const isCut = unlike.length > MOST_DIFFERENCES || unlike.some(({ values }) => values.length > MOST_VALUES);
  const more = isCut ? '<p class="soft">and more in the document</p>' : "";
  return `<section><h2>${label}</h2>${tableHtml({ label, head: ["what", "value", "first found in", "counts"], rows })}${more}</section>`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
