/** The phases of one path, one under the other, each where it began: a waterfall. */
import { formatMicros } from "../../../core/units.ts";
import type { PathResult } from "../../../engine/connect/result.ts";
import { span } from "../../text/charts.ts";
import { displayWidth, type Palette, padEnd, padStart } from "../../text/style.ts";
import { PHASE_LABELS } from "../reading.ts";

const LABEL = 11;
const FIGURE = 9;

export function waterfall(path: PathResult, palette: Palette, width: number): string[] {
  const { phases, totalUs, errorBarUs } = path;
  const columns = Math.max(10, width - LABEL - FIGURE - 5);
  const scale = Math.max(1, totalUs);
  const rows = phases.map(({ name, startUs, durationUs, failed }) => {
    const ink = failed ? palette.bad : palette.bar;
    const drawn = ink(span(startUs / scale, durationUs / scale, columns));
    const mark = failed ? palette.bad(" ✗") : "";
    return ` ${padEnd(PHASE_LABELS[name], LABEL)}${padStart(formatMicros(durationUs), FIGURE)}  ${drawn}${mark}`;
  });
  const bar =
    errorBarUs >= 1 ? palette.dim(`  ± ${formatMicros(errorBarUs)}, the event loop's lateness`) : "";
  return [
    ...rows,
    ` ${palette.title(padEnd("total", LABEL))}${palette.figure(padStart(formatMicros(totalUs), FIGURE))}${bar}`,
  ].map((line) => (displayWidth(line) > width ? line.trimEnd() : line));
}
