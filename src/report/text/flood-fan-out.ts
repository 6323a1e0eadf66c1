/** What became of messages that one connection sent and the others were to receive. */
import type { FanOutResult, LatencySummary, RunResult } from "../../core/run-document.ts";
import { formatMicros, formatRate, formatShare, groupThousands } from "../../core/units.ts";
import { plural } from "../run-reading.ts";
import { flow, type Palette } from "./style.ts";

export function fanOutSection({ fanOut }: RunResult, palette: Palette, width: number): string[] {
  if (fanOut === undefined) return [];
  const parts = fanOutWords(fanOut).map(({ text, isTrouble }) =>
    (isTrouble ? palette.warn : palette.dim)(text),
  );
  const [first = "", ...rest] = flow(parts, width - 11, "   ");
  return [
    ` ${palette.title("Fan-out")}  ${first}`,
    ...rest.map((line) => `          ${line}`),
    ...deliveryWords(fanOut.latency, width - 11).map((line) => `          ${line}`),
  ];
}

/** A phrase each. */
export function fanOutWords(
  found: FanOutResult,
): readonly { readonly text: string; readonly isTrouble: boolean }[] {
  const { listeners, messages, expected, delivered, lost, late, reordered, duplicates, stray } = found;
  const fine = (text: string) => ({ text, isTrouble: false });
  const counted = (count: number, of: number, word: string) => ({
    text: `${groupThousands(count)} ${word}${count > 0 && of > 0 ? ` (${formatShare(count / of)})` : ""}`,
    isTrouble: count > 0,
  });
  return [
    fine(`${plural(messages, "message")} to ${plural(listeners, "listener")}`),
    fine(`${groupThousands(delivered)} of ${groupThousands(expected)} received`),
    fine(formatRate(found.perSecond, "receipts")),
    counted(lost, expected, "lost"),
    counted(duplicates, delivered, "twice"),
    counted(reordered, delivered, "out of order"),
    counted(late, delivered, "late"),
    ...(stray > 0 ? [counted(stray, 0, "of somebody else")] : []),
    ...(found.connectionsLost > 0 ? [counted(found.connectionsLost, 0, "connections lost")] : []),
  ];
}

const FIGURES = [
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p99_9", "p99.9"],
  ["max", "max"],
] as const;

/** Lines of figures; none without a receipt. */
export function deliveryWords(latency: LatencySummary, width: number): readonly string[] {
  const figures = FIGURES.flatMap(([figure, label]) => {
    const value = latency[figure];
    return value === null ? [] : [`${label} ${formatMicros(value)}`];
  });
  return figures.length === 0 ? [] : flow(["sent to received:", ...figures], width, "   ");
}
