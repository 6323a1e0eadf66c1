/** Bytes of a run without requests: how many a second each way, and how steadily. */
import type { RunResult, ThroughputResult } from "../../core/run-document.ts";
import { formatByteRate, formatBytes, groupThousands } from "../../core/units.ts";
import { sparkline } from "./charts.ts";
import { flow, type Palette } from "./style.ts";

export function throughputSection(result: RunResult, palette: Palette, width: number): string[] {
  const { throughput } = result;
  if (throughput === undefined) return [];
  return [
    ...throughputWords(result).map(({ text, isTrouble }, at) =>
      at === 0 ? ` ${palette.figure(text)}` : ` ${(isTrouble ? palette.bad : palette.dim)(text)}`,
    ),
    ...courses(throughput, palette, width),
  ];
}

/** A phrase each; the first is the one that is asked for. */
export function throughputWords({
  throughput,
  totals,
}: RunResult): readonly { readonly text: string; readonly isTrouble: boolean }[] {
  if (throughput === undefined) return [];
  const { sentPerSecond, receivedPerSecond, lost } = throughput;
  const ways = [
    { rate: sentPerSecond, bytes: totals.bytesSent, word: "sent" },
    { rate: receivedPerSecond, bytes: totals.bytesReceived, word: "received" },
  ].sort((a, b) => b.rate - a.rate);
  return [
    ...ways
      .filter(({ bytes }, at) => bytes > 0 || at === 0)
      .map(({ rate, bytes, word }) => ({
        text: `${formatByteRate(rate)} ${word}   ${bits(rate)}   ${formatBytes(bytes)} in all`,
        isTrouble: bytes === 0,
      })),
    ...(lost > 0 ? [{ text: `${groupThousands(lost)} lost before the end`, isTrouble: true }] : []),
  ];
}

/** As networks are sold. */
function bits(bytesPerSecond: number): string {
  const perSecond = bytesPerSecond * 8;
  const [unit, name] =
    perSecond >= 1e9 ? [1e9, "Gbit/s"] : perSecond >= 1e6 ? [1e6, "Mbit/s"] : [1e3, "kbit/s"];
  return `${(perSecond / unit).toFixed(perSecond / unit < 10 ? 2 : 1)} ${name}`;
}

function courses({ seconds }: ThroughputResult, palette: Palette, width: number): string[] {
  if (seconds.length < 2) return [];
  const columns = seconds.slice(-Math.max(10, width - 40));
  return (["sent", "received"] as const).flatMap((way) => {
    const values = columns.map((second) => second[way]);
    if (values.every((value) => value === 0)) return [];
    const range = `${formatByteRate(Math.min(...values))} to ${formatByteRate(Math.max(...values))}`;
    return flow(
      [`   ${palette.label(way.padEnd(9))} ${palette.bar(sparkline(values))}`, palette.dim(range)],
      width,
      "  ",
    );
  });
}
