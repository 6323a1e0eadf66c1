/** The live line of a flood: how far, how fast, how slow, how wrong, in one line that fits the terminal. */
import { formatMicros, formatMillis, formatRate, groupThousands } from "../../core/units.ts";
import type { LiveProgress } from "../../engine/flood/progress.ts";
import { truncate } from "./style.ts";

export function renderLive(progress: LiveProgress, width: number): string {
  if (progress.phase === "draining") {
    const answers = progress.inFlight === 1 ? "answer" : "answers";
    return truncate(
      `waiting for ${groupThousands(progress.inFlight)} ${answers} · Ctrl-C stops at once`,
      width - 3,
    );
  }
  const parts = [
    position(progress),
    formatRate(progress.ratePerSecond),
    progress.p50Us === null ? "" : `p50 ${formatMicros(progress.p50Us)}`,
    progress.p99Us === null ? "" : `p99 ${formatMicros(progress.p99Us)}`,
    progress.failed === 0 ? "no errors" : `${groupThousands(progress.failed)} errors`,
  ].filter(Boolean);
  // Two columns are the spinner's, one stays free: a full line would wrap.
  return truncate(parts.join(" · "), width - 3);
}

function position(progress: LiveProgress): string {
  const elapsed = formatMillis(Math.floor(progress.elapsedSeconds) * 1000);
  const phase = progress.phase === "warm-up" ? "warm-up " : "";
  if (progress.totalRequests !== null) {
    return `${phase}${groupThousands(progress.requests)}/${groupThousands(progress.totalRequests)}`;
  }
  const total = progress.totalSeconds === null ? "" : ` of ${formatMillis(progress.totalSeconds * 1000)}`;
  return `${phase}${elapsed}${total}`;
}
