/**
 * HdrHistogram logs, versions 1.0 to 1.3: a line an interval, `[Tag=NAME,]start,length,max,histogram`. A log of netkit comes back
 * count for count. Others keep their counts; a value of another unit or layout goes where netkit has it, 0.1 % wide.
 *
 * The log does not name the unit of its values. `Interval_Max` is the largest of them in milliseconds by HdrHistogram's
 * convention, so the ratio of the two tells; where it does not, the user must say.
 */
import {
  bucketIndex,
  bucketLowUs,
  LatencyHistogram,
  MAX_LATENCY_US,
} from "../../../core/metrics/histogram.ts";
import { type ForeignHistogram, readForeignHistogram } from "./foreign-histogram.ts";
import { composeImported } from "./imported-run.ts";
import { type Importer, notImportable, type ValueUnit } from "./importer.ts";
import { interval } from "./samples.ts";

const WHAT = "an HdrHistogram log";
const NEXT = "name a log that HdrHistogram's log writer, jHiccup or netkit wrote, whole";

const FIRST = /^#\[(?:Histogram log format version|Logged with jHiccup|Logged with netkit)/;
const ROW =
  /^(?:Tag=([^,]*),)?\s*(\d+(?:\.\d+)?),\s*(\d+(?:\.\d+)?),\s*(\d+(?:\.\d+)?),\s*"?([A-Za-z0-9+/=]+)"?\s*$/;
const TIME = /^#\[(StartTime|BaseTime):\s*(\d+(?:\.\d+)?) \(seconds since epoch\)/;
const VERSION = /^#\[Histogram log format version (\d+)\.(\d+)/;

const PER_US: Readonly<Record<ValueUnit, number>> = { ns: 1e-3, us: 1, ms: 1e3, s: 1e6 };
/** Earlier by more than this than StartTime, a line's time is relative to it: the rule of Java's reader. */
const YEAR_SECONDS = 365 * 86_400;

interface Row {
  readonly line: number;
  readonly start: number;
  readonly seconds: number;
  /** In the log's own unit; 0 where it has no values. */
  readonly max: number;
  readonly content: ForeignHistogram;
}

export const hdrLog = {
  id: "hdr-log",
  summary: "HdrHistogram logs (.hlog) of any tool, encodings V0 to V2",
  recognises: (head) =>
    head.some((line) => FIRST.test(line)) ||
    head.some((line) => ROW.exec(line)?.[5]?.startsWith("HIST") === true),
  async read(lines, context) {
    const { name, version, tag } = context;
    const refuse = (why: string, next = NEXT) => notImportable(name, WHAT, why, next);
    const series = new Map<string, Row[]>();
    const times: Record<string, number> = {};
    let ours = false;
    let number = 0;
    for await (const line of lines) {
      number++;
      if (line.trim() === "" || /^"?StartTimestamp/.test(line)) continue;
      if (line.startsWith("#")) {
        const [, what, seconds] = TIME.exec(line) ?? [];
        if (what !== undefined) times[what] = Number(seconds);
        const [, major, minor] = VERSION.exec(line) ?? [];
        if (major !== undefined && (major !== "1" || (Number(minor) > 3 && minor !== "01"))) {
          throw refuse(
            `line ${number}: log format ${major}.${minor} is newer than 1.3`,
            "use a newer netkit",
          );
        }
        ours ||= line.startsWith("#[Response time in microseconds of");
        continue;
      }
      const [, rowTag = "", start, seconds, max, encoded] = ROW.exec(line) ?? [];
      if (encoded === undefined) throw refuse(`line ${number} is no interval, or is cut short`);
      let content: ForeignHistogram;
      try {
        content = readForeignHistogram(encoded);
      } catch (error) {
        throw refuse(`line ${number}: the histogram cannot be read: ${(error as Error).message}`);
      }
      const rows = series.get(rowTag) ?? [];
      rows.push({ line: number, start: Number(start), seconds: Number(seconds), max: Number(max), content });
      series.set(rowTag, rows);
    }
    const rows = chosen(series, tag, refuse).sort((a, b) => a.start - b.start);
    for (const [at, row] of rows.entries()) {
      const before = rows[at - 1];
      // Times have three decimals, and writers round both of them.
      if (before !== undefined && before.start + before.seconds > row.start + 0.0025) {
        throw refuse(`line ${row.line}: the interval overlaps that of line ${before.line}`);
      }
    }
    const unit = context.unit ?? (ours ? "us" : unitOf(rows, refuse));
    const first = rows[0]!.start;
    const all = new LatencyHistogram();
    const intervals = rows.map((row) => {
      const histogram = converted(row, PER_US[unit], refuse);
      all.add(histogram);
      return interval({
        start: Math.round((row.start - first) * 1000) / 1000,
        seconds: row.seconds,
        requests: histogram.count,
        failed: 0,
        bytes: 0,
        histogram,
      });
    });
    const last = rows.at(-1)!;
    const wide = rows.reduce((a, b) => (b.content.digits < a.content.digits ? b : a)).content;
    return composeImported({
      source: "an HdrHistogram log",
      version,
      startedAt: beginning(times, first, context.startedAt),
      urls: tag === undefined || tag === "" ? [] : [`imported:hdr-log ${tag}`],
      load: "closed",
      seconds: Math.round((last.start + last.seconds - first) * 1000) / 1000,
      succeeded: all.count,
      failed: 0,
      response: all,
      intervals,
      remarks: [
        "every value is counted as a request that succeeded: failures and statuses are not in the log",
        context.unit !== undefined || ours
          ? `values are ${unit}`
          : `the log does not name the unit: values are read as ${unit}, as Interval_Max is milliseconds; --unit says otherwise`,
        `the log holds values to ${wide.digits} significant digits, in steps of at least ${wide.step} ${unit}; mean and deviation are reckoned from them`,
      ],
    });
  },
} as const satisfies Importer;

type Refuse = (why: string, next?: string) => Error;

function chosen(series: ReadonlyMap<string, Row[]>, tag: string | undefined, refuse: Refuse): Row[] {
  const names = [...series.keys()].map((name) => (name === "" ? "without a tag" : name));
  const found = tag === undefined && series.size === 1 ? [...series.values()][0] : series.get(tag ?? "\n");
  if (found !== undefined) return found;
  if (series.size === 0) throw refuse("it holds no interval");
  throw refuse(
    tag === undefined
      ? `it holds several series: ${names.join(", ")}`
      : `it has no tag ${tag}, but ${names.join(", ")}`,
    'choose one with --tag NAME; --tag "" is the one without a tag',
  );
}

/** Undefined without a start in the log. */
function beginning(
  times: Readonly<Record<string, number>>,
  first: number,
  given: Date | undefined,
): Date | undefined {
  const { StartTime: start, BaseTime: base } = times;
  if (base !== undefined) return new Date(Math.round((base + first) * 1000));
  if (start !== undefined) {
    return new Date(Math.round((first < start - YEAR_SECONDS ? start + first : first) * 1000));
  }
  // Seconds of a program's life are no date; those after 2001 are.
  return first > 1e9 ? new Date(Math.round(first * 1000)) : given;
}

function unitOf(rows: readonly Row[], refuse: Refuse): ValueUnit {
  let [max, value] = [0, 0];
  for (const row of rows) {
    const high = row.content.buckets.at(-1)?.high ?? 0;
    if (row.max > max) [max, value] = [row.max, high];
  }
  const ratio = value / max;
  // The largest value and the end of its bucket differ by at most a tenth, at one digit.
  if (max > 0 && ratio > 0.9e6 && ratio < 1.2e6) return "ns";
  if (max > 0 && ratio > 0.9e3 && ratio < 1.2e3) return "us";
  throw refuse(
    "it does not name the unit of its values, and Interval_Max does not tell it",
    "say it with --unit ns|us|ms|s",
  );
}

function converted({ line, max, content }: Row, perUs: number, refuse: Refuse): LatencyHistogram {
  const { buckets } = content;
  if (buckets.length === 0) return new LatencyHistogram();
  const counts = new Map<number, number>();
  const last = buckets.at(-1)!;
  // Milliseconds to three decimals: the true maximum, where the writer kept it. None of the last bucket is above.
  const saidUs = Math.round(max * 1000);
  const isSaid = saidUs >= Math.floor(last.low * perUs) && saidUs <= Math.floor(last.high * perUs);
  const topUs = isSaid ? saidUs : Math.floor(last.high * perUs);
  if (topUs > MAX_LATENCY_US) throw refuse(`line ${line}: it holds values above 2^32 microseconds`);
  let [count, sum, sumSquares] = [0, 0, 0];
  for (const bucket of buckets) {
    const middle = (bucket.low + Math.floor((bucket.high + 1 - bucket.low) / 2)) * perUs;
    const index = bucketIndex(bucket === last ? topUs : Math.floor(bucket.high * perUs));
    counts.set(index, (counts.get(index) ?? 0) + bucket.count);
    count += bucket.count;
    sum += middle * bucket.count;
    sumSquares += middle * middle * bucket.count;
  }
  const indices = [...counts.keys()].sort((a, b) => a - b);
  const lowUs = Math.floor(buckets[0]!.low * perUs);
  return LatencyHistogram.fromSnapshot({
    count,
    sum,
    sumSquares,
    min: Math.max(lowUs, bucketLowUs(indices[0]!)),
    max: topUs,
    indices,
    counts: indices.map((index) => counts.get(index)!),
  });
}
