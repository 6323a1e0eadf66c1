/**
 * A run as one self-contained page. The order is that of questions: did it hold, how much and how fast, was it steady, what
 * went wrong, may I trust it, what was run and where.
 */

import type { RunResult } from "../../../core/run-document.ts";
import { formatByteRate, formatMicros, formatMillis, formatRate, formatShare } from "../../../core/units.ts";
import { chartAssets, chartData, chartFigure } from "../../html/chart.ts";
import { renderPage } from "../../html/frame.ts";
import { hasRequests, isOpenAbove, outcomeOf, planWords, plural, targetWords } from "../../run-reading.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { courseOf } from "./course-charts.ts";
import {
  answerSection,
  datagramSection,
  endpointSection,
  environmentSection,
  expectationSection,
  fanOutSection,
  heldSection,
  latencySection,
  planSection,
  qualitySection,
  throughputSection,
} from "./sections.ts";
import { latenessChart, spectrumChart } from "./spectrum-charts.ts";

const RUN_STYLE = `
section { margin: 1.75rem 0; break-inside: avoid; } h2 { margin-bottom: .4rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.tiles div { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: .5rem .75rem; }
.tiles dt { color: var(--soft); font-size: .85rem; } .tiles dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.tiles dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
@media print { section.graphs { break-inside: auto; } }
`;

export function renderRunHtml(result: RunResult): string {
  const course = courseOf(result);
  const spectra = [spectrumChart(result), latenessChart(result)].filter((chart) => chart !== undefined);
  const charts = [...course.charts, ...spectra];
  const assets = charts.length === 0 ? { style: "", scripts: [] } : chartAssets();
  const outcome = outcomeOf(result);
  const ink = { good: "good", noted: "warn", bad: "bad" }[outcome.kind];
  const target = targetWords(result);
  const remarks = [
    ...(course.note === undefined ? [] : [course.note]),
    ...(result.totals.failed === 0 && course.charts.length > 0 ? ["No request failed."] : []),
    ...(result.plan.load === "closed"
      ? ["A closed loop has no schedule, so no request was sent late; --rate has one."]
      : []),
  ];
  const graphs =
    charts.length === 0
      ? ""
      : `<section class="graphs"><h2>Over time and over percentiles</h2>
<noscript><p class="soft">The charts need a script; the tables below have the figures.</p></noscript>
<div class="charts">
${charts.map(chartFigure).join("\n")}
</div>
${remarks.map((text) => `<p class="soft">${escapeHtml(text)}</p>`).join("\n")}
</section>`;
  const sections = [
    expectationSection(result),
    graphs,
    latencySection(result),
    endpointSection(result),
    heldSection(result),
    throughputSection(result),
    datagramSection(result),
    fanOutSection(result),
    answerSection(result),
    qualitySection(result),
    planSection(result),
    environmentSection(result),
  ].filter((html) => html !== "");
  return renderPage({
    title: `netkit flood ${target}`,
    style: assets.style + RUN_STYLE,
    body: `<header>
<h1>netkit flood</h1>
<p>${escapeHtml(target)}<br><span class="soft">${escapeHtml(planWords(result).join(" · "))}</span></p>
<p><strong class="${ink}">${escapeHtml(outcome.text)}</strong></p>
${tiles(result)}
</header>
<main>
${sections.join("\n")}
</main>
<footer>Response time counts from the instant at which a request was due, service time from that at which it was sent. Nothing unanswered is left out: it counts as at least its age.</footer>
${charts.length === 0 ? "" : chartData(charts)}`,
    scripts: assets.scripts,
  });
}

function tiles(result: RunResult): string {
  const { rate, totals, latency, plan } = result;
  // Of connections without requests a section tells.
  if (!hasRequests(result)) return "";
  const share = (count: number) => (totals.requests > 0 ? formatShare(count / totals.requests) : "-");
  const response = (figure: "p50" | "p99" | "max") => {
    const value = latency.response[figure];
    if (value === null) return "-";
    return `${isOpenAbove(totals, "response", figure) ? "≥ " : ""}${formatMicros(value)}`;
  };
  const list: (readonly [name: string, figure: string, more: string])[] = [
    [
      "rate",
      formatRate(rate.achieved),
      plan.load === "open" && rate.offered !== null ? `of ${formatRate(rate.offered)} offered` : "",
    ],
    ["p50", response("p50"), "response time"],
    ["p99", response("p99"), "response time"],
    ["max", response("max"), "response time"],
    ["failed", share(totals.failed), plural(totals.failed, "request")],
    ["unanswered", share(totals.censored), plural(totals.censored, "request")],
    [
      "received",
      totals.seconds > 0 ? formatByteRate(totals.bytesReceived / totals.seconds) : "-",
      `${plural(totals.requests, "request")} in ${formatMillis(totals.seconds * 1000)}`,
    ],
  ];
  const items = list.map(
    ([name, figure, more]) =>
      `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(figure)}${more === "" ? "" : `<small>${escapeHtml(more)}</small>`}</dd></div>`,
  );
  return `<dl class="tiles">${items.join("")}</dl>`;
}
