/** Throughput and waiting against size, as a picture; the law that was fitted; the size to take, ready to paste. */
import { formatMicros } from "../../../core/units.ts";
import type { PoolTestResult } from "../../../engine/pool-test/result.ts";
import { bar } from "../../text/charts.ts";
import { hanging, type Palette, padEnd, padStart, printable } from "../../text/style.ts";
import { perSecond } from "./rate.ts";

export function pictureSection(result: PoolTestResult, palette: Palette, width: number): string[] {
  const { rows, sweep } = result;
  if (rows.length < 2) return [];
  const sizeWidth = Math.max(4, ...rows.map(({ size }) => String(size).length));
  const columns = Math.max(12, Math.floor((width - sizeWidth - 26) / 2));
  const most = Math.max(...rows.map(({ throughput }) => throughput.mean));
  const longest = Math.max(...rows.map(({ latency }) => latency.wait.p99 ?? 0));
  const chosen = sweep?.recommendation?.size;
  const head = ` ${padStart("size", sizeWidth)}  ${padEnd("throughput", columns + 11)}wait p99`;
  return [
    palette.dim(head),
    ...rows.map(({ size, throughput, latency }) => {
      const ink = size === chosen ? palette.good : palette.bar;
      const rate = padEnd(bar(throughput.mean / most, columns), columns);
      const wait = padEnd(bar(longest === 0 ? 0 : (latency.wait.p99 ?? 0) / longest, columns), columns);
      const figure = latency.wait.p99 === null ? "-" : formatMicros(latency.wait.p99);
      return ` ${padStart(String(size), sizeWidth)}  ${ink(rate)} ${padEnd(perSecond(throughput.mean), 9)} ${palette.warn(wait)} ${figure}`;
    }),
  ];
}

export function sweepSection({ sweep }: PoolTestResult, palette: Palette, width: number): string[] {
  if (sweep === null) return [];
  const { usl, recommendation, worseFrom } = sweep;
  const lines: string[] = [];
  if (usl !== null) {
    const knee =
      usl.knee === null
        ? "more has not made it worse"
        : `most at ${usl.knee.toFixed(1)}, some ${perSecond(usl.peakThroughput ?? 0)}`;
    const text = `σ ${figure(usl.sigma)} (waiting for each other) · κ ${figure(usl.kappa)} (agreeing with each other) · ${knee} · R² ${usl.r2.toFixed(3)}`;
    lines.push(...hanging(` ${palette.title("Scalability")}  `, text, width));
  }
  if (worseFrom !== null) {
    lines.push(
      ...hanging("   • ", `more makes it worse from ${worseFrom}`, width).map((line) => palette.warn(line)),
    );
  }
  if (recommendation === null) return lines;
  const { size, reason, config } = recommendation;
  const ink = recommendation.meetsExpectations === false ? palette.warn : palette.good;
  lines.push(...hanging(` ${palette.title("Take")} ${ink(String(size))}  `, printable(reason), width));
  const libraries = Math.max(0, ...config.map(({ library }) => printable(library).length));
  lines.push(
    ...config.flatMap(({ library, line }) =>
      hanging(`   ${padEnd(printable(library), libraries)}  `, printable(line), width).map((text) =>
        palette.dim(text),
      ),
    ),
  );
  return lines;
}

function figure(value: number): string {
  return value === 0 ? "0" : value.toPrecision(2);
}
