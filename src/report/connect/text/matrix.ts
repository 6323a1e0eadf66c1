/** Several paths side by side: one column a phase, one line an address or a way. */
import { formatMicros } from "../../../core/units.ts";
import type { PathResult, PhaseName } from "../../../engine/connect/result.ts";
import {
  displayWidth,
  hanging,
  type Palette,
  padEnd,
  padStart,
  printable,
  truncate,
} from "../../text/style.ts";
import { PHASE_LABELS } from "../reading.ts";
import { INKS, SIGNS } from "./conclusion.ts";

const ORDER = Object.keys(PHASE_LABELS) as readonly PhaseName[];

const CELL = 9;

export function matrixSection(
  head: string,
  paths: readonly PathResult[],
  palette: Palette,
  width: number,
): string[] {
  const used = ORDER.filter((name) =>
    paths.some(({ phases }) => phases.some((phase) => phase.name === name)),
  );
  const longest = Math.max(head.length, ...paths.map(({ label }) => displayWidth(label ?? "")));
  const labelWidth = Math.min(longest, Math.max(12, width - 6 - (used.length + 1) * (CELL + 1)));
  // What does not fit is left away from the phases that take least; the total stays.
  const shown = fitting(used, paths, Math.floor((width - 6 - labelWidth) / (CELL + 1)) - 1);
  const headline =
    `   ${palette.title(padEnd(head, labelWidth))} ` +
    [...shown.map((name) => PHASE_LABELS[name]), "total"]
      .map((text) => palette.dim(padStart(text, CELL)))
      .join(" ");
  return [headline, ...paths.flatMap((path) => row(path, shown, labelWidth, palette, width))];
}

function row(
  path: PathResult,
  shown: readonly PhaseName[],
  labelWidth: number,
  palette: Palette,
  width: number,
): string[] {
  const { verdict, totalUs } = path;
  const ink = palette[INKS[verdict.outcome]];
  const cells = shown.map((name) => {
    const phase = path.phases.find((one) => one.name === name);
    if (phase === undefined) return palette.dim(padStart("-", CELL));
    const text = padStart(formatMicros(phase.durationUs), CELL);
    return phase.failed ? palette.bad(text) : text;
  });
  const label = padEnd(truncate(printable(path.label ?? ""), labelWidth), labelWidth);
  const line = ` ${ink(SIGNS[verdict.outcome])} ${label} ${[...cells, palette.figure(padStart(formatMicros(totalUs), CELL))].join(" ")}`;
  if (verdict.outcome === "ok") return [line];
  return [line, ...hanging("     ", printable(verdict.title), width).map((text) => ink(text))];
}

function fitting(
  used: readonly PhaseName[],
  paths: readonly PathResult[],
  most: number,
): readonly PhaseName[] {
  if (used.length <= most) return used;
  const weight = (name: PhaseName): number =>
    Math.max(...paths.map(({ phases }) => phases.find((phase) => phase.name === name)?.durationUs ?? 0));
  const kept = [...used].sort((a, b) => weight(b) - weight(a)).slice(0, Math.max(1, most));
  return used.filter((name) => kept.includes(name));
}

/** What keep-alive and resumption gain over the first way. */
export function gainsSection(paths: readonly PathResult[], palette: Palette, width: number): string[] {
  const [first, ...others] = paths.filter(({ error }) => error === null);
  if (first === undefined) return [];
  return others.flatMap((path) => {
    // The resumed path begins with the address: that it asks no name is no gain of resumption.
    const name =
      path.label === "resumed" ? (first.phases.find((one) => one.name === "dns")?.durationUs ?? 0) : 0;
    const before = first.totalUs - name;
    const saved = before - path.totalUs;
    const share = Math.round((Math.abs(saved) / Math.max(1, before)) * 100);
    const over = name > 0 ? `${first.label} without its name` : first.label;
    const text =
      saved >= 0
        ? `${path.label} saves ${formatMicros(saved)} of ${formatMicros(before)} (${share}%) over ${over}`
        : `${path.label} took ${formatMicros(-saved)} longer than ${over} (${share}%)`;
    const lines = hanging("   • ", text, width);
    const notResumed =
      path.label === "resumed" && path.tls?.resumed === false
        ? hanging("     ", "the server did not take the ticket: the handshake was a full one", width).map(
            (line) => palette.warn(line),
          )
        : [];
    return [...lines, ...notResumed];
  });
}
