/**
 * Interval histograms as an HdrHistogram log, format version 1.3: what HistogramLogProcessor, HistogramLogAnalyzer and
 * hdr-histogram-js read. One line an interval; times are seconds since `BaseTime`.
 *
 *     #[StartTime: 1772366400.000 (seconds since epoch), 2026-03-01T12:00:00.000Z]
 *     "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"
 *     0.000,1.000,2.769,HISTFAAA…
 *
 * Values in the histograms are microseconds. `Interval_Max` is milliseconds: the format leaves its unit open, and readers
 * take the maximum from the histogram.
 */
import { encodeHistogram } from "./hdr-codec.ts";
import { LatencyHistogram } from "./histogram.ts";

export interface HdrLogInterval {
  /** Seconds since `baseTimeMs`. */
  readonly start: number;
  readonly seconds: number;
  /** Microseconds; null for an interval without values. */
  readonly maxUs: number | null;
  /** Base64 HdrHistogram V2, compressed; an empty text stands for no values. */
  readonly histogram: string;
}

export interface HdrLogHead {
  /** Unix time in milliseconds of second 0. */
  readonly baseTimeMs: number;
  /** Lines for people; line ends in them are taken out. */
  readonly comments: readonly string[];
}

export function writeHdrLog(
  { baseTimeMs, comments }: HdrLogHead,
  intervals: Iterable<HdrLogInterval>,
): string {
  const base = (baseTimeMs / 1000).toFixed(3);
  const nothing = encodeHistogram(new LatencyHistogram());
  let text = [
    ...comments.map((comment) => `#${comment.replace(/[\r\n\u2028\u2029]+/g, " ")}`),
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${base} (seconds since epoch), ${new Date(baseTimeMs).toISOString()}]`,
    `#[BaseTime: ${base} (seconds since epoch)]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ].join("\n");
  for (const { start, seconds, maxUs, histogram } of intervals) {
    const max = ((maxUs ?? 0) / 1000).toFixed(3);
    text += `${start.toFixed(3)},${seconds.toFixed(3)},${max},${histogram === "" ? nothing : histogram}\n`;
  }
  return text;
}
