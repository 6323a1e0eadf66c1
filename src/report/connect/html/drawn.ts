/** A span of time as a bar in a row of a table: SVG that fills its cell. The figures stand beside it in the table. */

import { formatMicros } from "../../../core/units.ts";
import type { AttemptResult, PathResult } from "../../../engine/connect/result.ts";
import { type Cell, tableHtml } from "../../html/table.ts";
import { PHASE_LABELS } from "../reading.ts";
import { attemptWords } from "../text/way.ts";

const WIDTH = 1000;
/** What is not zero can be seen. */
const LEAST = 4;

type Ink = "bar" | "good" | "bad" | "warn" | "soft";

export function waterfallHtml({ phases, totalUs }: PathResult): string {
  if (phases.length === 0) return "";
  const rows = phases.map(({ name, startUs, durationUs, failed }): (Cell | string)[] => [
    PHASE_LABELS[name],
    failed ? { text: `✗ ${formatMicros(durationUs)}`, ink: "bad" } : { text: formatMicros(durationUs) },
    bar(startUs, durationUs, totalUs, failed ? "bad" : "bar"),
  ]);
  const head = ["phase", "took", "waterfall"];
  return tableHtml({ label: "Waterfall", head, rows, figures: [1, 2] });
}

const ATTEMPT_INKS: Readonly<Record<AttemptResult["outcome"], Ink>> = {
  connected: "good",
  failed: "bad",
  lost: "warn",
  cut: "bad",
  "not-started": "soft",
};

/** Only where there was a race to be seen. */
export function raceHtml({ attempts }: PathResult): string {
  const started = attempts.filter(({ outcome }) => outcome !== "not-started");
  if (started.length === 0 || attempts.length < 2) return "";
  const fromUs = Math.min(...started.map(({ startUs }) => startUs));
  const wholeUs = Math.max(...started.map(({ startUs, durationUs }) => startUs + durationUs)) - fromUs;
  const rows = attempts.map((attempt): (Cell | string)[] => {
    const isDrawn = attempt.outcome !== "not-started";
    return [
      attempt.address,
      attemptWords(attempt),
      isDrawn
        ? bar(attempt.startUs - fromUs, attempt.durationUs, wholeUs, ATTEMPT_INKS[attempt.outcome])
        : { text: "" },
    ];
  });
  return `<h3>Race of the addresses (RFC 8305)</h3>${tableHtml({ label: "Race", head: ["address", "outcome", "when"], rows })}`;
}

function bar(startUs: number, durationUs: number, wholeUs: number, ink: Ink): Cell {
  const scale = WIDTH / Math.max(1, wholeUs);
  const width = Math.min(WIDTH, Math.max(LEAST, durationUs * scale));
  const x = Math.max(0, Math.min(WIDTH - width, startUs * scale));
  const text = `${formatMicros(startUs)} + ${formatMicros(durationUs)}`;
  return {
    text,
    drawing: `<svg class="span" viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"><rect class="${ink}" x="${x.toFixed(1)}" y="0" width="${width.toFixed(1)}" height="10"/></svg>`,
  };
}
