/**
 * A confidence interval as a small drawing: where no change is, the band that does not matter, the interval and its middle.
 *
 *     ┊  ░░│░░  ├──●──┤   ┊      all metrics on one axis, whose unit is the minimum effect of each
 *
 * What lies beyond the axis ends in an arrow.
 */
import type { Change, CompareSettings, MetricComparison } from "../../../engine/stats/compare/result.ts";
import { escapeHtml } from "../../syntax/escape.ts";
import { signed } from "../text.ts";

const WIDTH = 140;
const HEIGHT = 20;
const PAD = 8;
/** Minimum effects from the middle to either end, at least and at most. */
const LEAST_REACH = 2;
const MOST_REACH = 20;
/** One per cent, where every change matters. */
const UNIT_WITHOUT_EFFECT = 0.01;

const INKS = { better: "good", same: "same", worse: "bad", undecided: "warn" } as const;

/** @returns how far the shared axis reaches, in minimum effects */
export function reachOf(metrics: readonly MetricComparison[], settings: CompareSettings): number {
  const ends = metrics.flatMap(({ change }) =>
    change === null
      ? []
      : [Math.abs(change.low), Math.abs(change.high)].map((bound) => bound / unitOf(change, settings)),
  );
  const furthest = ends.reduce((most, end) => Math.max(most, end), 0);
  return Math.min(MOST_REACH, Math.max(LEAST_REACH, furthest * 1.05));
}

function unitOf({ kind }: Change, { minEffect, minErrorEffect }: CompareSettings): number {
  const effect = kind === "ratio" ? minEffect : minErrorEffect;
  return effect > 0 ? effect : UNIT_WITHOUT_EFFECT;
}

export function intervalDrawing(
  { change, verdict }: MetricComparison & { readonly change: Change },
  settings: CompareSettings,
  reach: number,
): string {
  const unit = unitOf(change, settings);
  const isBanded = (change.kind === "ratio" ? settings.minEffect : settings.minErrorEffect) > 0;
  const half = WIDTH / 2 - PAD;
  const x = (value: number): number => WIDTH / 2 + Math.max(-1, Math.min(1, value / unit / reach)) * half;
  const at = (value: number): string => x(value).toFixed(1);
  const middle = HEIGHT / 2;
  const arrow = (end: number, direction: -1 | 1): string =>
    `<path d="M ${end} ${middle} l ${-5 * direction} -4 v 8 z"/>`;
  const isBeyond = (value: number) => Math.abs(value / unit) > reach;
  const ends = [
    isBeyond(change.low)
      ? arrow(change.low < 0 ? 2 : WIDTH - 2, change.low < 0 ? -1 : 1)
      : cap(at(change.low)),
    isBeyond(change.high)
      ? arrow(change.high < 0 ? 2 : WIDTH - 2, change.high < 0 ? -1 : 1)
      : cap(at(change.high)),
  ];
  const band = isBanded
    ? `<rect class="band" x="${at(-unit)}" y="2" width="${(x(unit) - x(-unit)).toFixed(1)}" height="${HEIGHT - 4}"/>`
    : "";
  const words = `${signed(change.low)} to ${signed(change.high)}`;
  return `<svg class="interval" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeHtml(words)}">${band}<line class="zero" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}"/><g class="${INKS[verdict]}"><line x1="${at(change.low)}" x2="${at(change.high)}" y1="${middle}" y2="${middle}"/>${ends.join("")}${isBeyond(change.value) ? "" : `<circle cx="${at(change.value)}" cy="${middle}" r="3.5"/>`}</g></svg>`;

  function cap(end: string): string {
    return `<line x1="${end}" x2="${end}" y1="${middle - 4}" y2="${middle + 4}"/>`;
  }
}
