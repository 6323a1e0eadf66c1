/** What became of connections that were held. */
import type { HeldResult, RunResult } from "../../core/run-document.ts";
import { formatBytes, formatMillis, groupThousands } from "../../core/units.ts";
import { plural } from "../run-reading.ts";
import { flow, type Palette } from "./style.ts";

export function heldSection({ held }: RunResult, palette: Palette, width: number): string[] {
  if (held === undefined) return [];
  const parts = heldWords(held).map(({ text, isTrouble }) => (isTrouble ? palette.bad : palette.dim)(text));
  const [first = "", ...rest] = flow(parts, width - 8, "   ");
  return [` ${palette.title("Held")}  ${first}`, ...rest.map((line) => `       ${line}`)];
}

/** A phrase each. */
export function heldWords(
  held: HeldResult,
): readonly { readonly text: string; readonly isTrouble: boolean }[] {
  const { asked, opened, failed, lost, live, openingSeconds, residentBytesEach } = held;
  const least = Math.min(live, ...held.seconds);
  const fine = (text: string) => ({ text, isTrouble: false });
  return [
    { text: `${groupThousands(live)} live at the end`, isTrouble: live < asked },
    fine(
      `${groupThousands(opened)} of ${plural(asked, "connection")} opened in ${formatMillis(openingSeconds * 1000)}`,
    ),
    ...(least < live ? [fine(`${groupThousands(least)} at the least`)] : []),
    { text: `${groupThousands(lost)} lost`, isTrouble: lost > 0 },
    ...(failed > 0 ? [{ text: `${plural(failed, "attempt")} failed`, isTrouble: true }] : []),
    ...(residentBytesEach === null
      ? []
      : [fine(`${formatBytes(residentBytesEach)} of netkit's memory each`)]),
  ];
}
