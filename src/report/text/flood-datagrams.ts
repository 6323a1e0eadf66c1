/** What became of datagrams beside their requests: how many were lost, came twice, late or in another order. */
import type { RunResult } from "../../core/run-document.ts";
import { formatMicros, formatShare, groupThousands } from "../../core/units.ts";
import { flow, type Palette } from "./style.ts";

export function datagramsSection({ datagrams }: RunResult, palette: Palette, width: number): string[] {
  if (datagrams === undefined) return [];
  const parts = datagramWords(datagrams).map(({ text, isTrouble }) =>
    (isTrouble ? palette.warn : palette.dim)(text),
  );
  const [first = "", ...rest] = flow(parts, width - 13, "   ");
  return [` ${palette.title("Datagrams")}  ${first}`, ...rest.map((line) => `            ${line}`)];
}

/** A phrase each. */
export function datagramWords(
  found: NonNullable<RunResult["datagrams"]>,
): readonly { readonly text: string; readonly isTrouble: boolean }[] {
  const { sent, arrived, lost, late, reordered, duplicates, stray, jitterUs } = found;
  const counted = (count: number, of: number, word: string) => ({
    text: `${groupThousands(count)} ${word}${count > 0 && of > 0 ? ` (${formatShare(count / of)})` : ""}`,
    isTrouble: count > 0,
  });
  return [
    { text: `${groupThousands(sent)} sent`, isTrouble: false },
    { text: `${groupThousands(arrived)} back`, isTrouble: false },
    counted(lost, sent, "lost"),
    counted(duplicates, arrived, "twice"),
    counted(reordered, arrived, "out of order"),
    counted(late, arrived, "late"),
    ...(stray > 0 ? [counted(stray, 0, "of nobody's")] : []),
    ...(jitterUs === null ? [] : [{ text: `jitter ${formatMicros(jitterUs)}`, isTrouble: false }]),
  ];
}
