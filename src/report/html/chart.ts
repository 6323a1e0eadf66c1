/**
 * Charts of HTML reports, as data: what is drawn, in which unit, on which axis. `chart-script.ts` draws it in the reader's
 * browser with uPlot, which is written into the page (51 kB). Without a script the sentence of each chart remains, and the
 * tables of the report have the figures.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { escapeHtml } from "../syntax/escape.ts";
import { CHART_SCRIPT } from "./chart-script.ts";
import { CHART_STYLE } from "./chart-style.ts";
import { dataBlock } from "./frame.ts";

export type ChartUnit =
  /** Microseconds, shown with the unit that reads best. */
  | "us"
  | "per-second"
  | "count"
  /** 0.05 is 5 %. */
  | "share"
  /** A whole number: of a run, of connections. */
  | "whole"
  /** Time since the start, shown as 1:30. */
  | "seconds"
  /** 1 / (1 − share): 2 is p50, 100 is p99; always on a log axis. */
  | "percentile";

export interface ChartSeries {
  readonly label: string;
  readonly ink: "c1" | "c2" | "c3" | "c4" | "bad" | "soft";
  /** As long as the chart's `x`; null where there is nothing. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  readonly filled?: boolean;
  /** A dot each value, without a line between them. */
  readonly dots?: boolean;
  /** Each value holds until the next one. */
  readonly stepped?: boolean;
}

export interface Chart {
  /** Of its element; unlike that of any other on the page. */
  readonly id: string;
  readonly title: string;
  /** What there is to see, in words and figures: what a reader has who does not see it. */
  readonly summary: string;
  /** Ascending. */
  readonly x: readonly number[];
  readonly xUnit: "seconds" | "percentile" | "whole";
  readonly yUnit: "us" | "per-second" | "count" | "share";
  /** The axis shows what there is, and need not begin at 0. */
  readonly zoomed?: boolean;
  /** Values of 0 are drawn at the bottom. */
  readonly logY?: boolean;
  readonly series: readonly ChartSeries[];
}

export interface ChartAssets {
  readonly style: string;
  readonly scripts: readonly string[];
}

/** What a page with charts needs besides their figures and `chartData`. */
export function chartAssets(): ChartAssets {
  const folder = dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
  const read = (name: string) => readFileSync(join(folder, name), "utf8").trim();
  const license = read("LICENSE").replaceAll("*/", "* /");
  return {
    style: read("dist/uPlot.min.css") + CHART_STYLE,
    scripts: [`/*\n${license}\n*/\n${inScript(read("dist/uPlot.iife.min.js"))}`, CHART_SCRIPT],
  };
}

export function chartFigure({ id, title, summary }: Chart): string {
  return `<figure class="chart">
<figcaption><h3>${escapeHtml(title)}</h3><p class="soft">${escapeHtml(summary)}</p></figcaption>
<div class="plot" id="${escapeHtml(id)}" role="img" aria-label="${escapeHtml(`${title}. ${summary}`)}"></div>
</figure>`;
}

export function chartData(charts: readonly Chart[]): string {
  return dataBlock(
    "charts",
    charts.map(({ id, x, xUnit, yUnit, logY = false, zoomed = false, series }) => ({
      id,
      x: x.map(short),
      xUnit,
      yUnit,
      logY,
      zoomed,
      series: series.map(({ values, ...rest }) => ({
        ...rest,
        values: values.map((value) => (value === null ? null : short(value))),
      })),
    })),
  );
}

/** Six digits are more than a screen can show. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** Nothing in a program may read as the end of its element. */
function inScript(source: string): string {
  return source.replaceAll("</script", "<\\/script");
}
