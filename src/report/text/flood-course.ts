/** The course of the run: rate and p99 second by second, as sparklines with their range. */

import type { RunResult } from "../../core/run-document.ts";
import { formatMicros, formatMillis, formatRate } from "../../core/units.ts";
import { hasRequests, withoutStub } from "../run-reading.ts";
import { condense, sparkline } from "./charts.ts";
import type { Palette } from "./style.ts";

/** `formatRate` and two spaces, twice, with a dash: what stands to the right of a sparkline. */
const RANGE_COLUMNS = 34;
const LABEL_COLUMNS = 12;

interface Moment {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly p99: number | null;
}

/** Requests add up; of several p99 the worst is shown, so that no spike is averaged away. */
function joinMoments(group: readonly Moment[]): Moment {
  const known = group.flatMap(({ p99 }) => (p99 === null ? [] : [p99]));
  return {
    seconds: group.reduce((sum, moment) => sum + moment.seconds, 0),
    requests: group.reduce((sum, moment) => sum + moment.requests, 0),
    failed: group.reduce((sum, moment) => sum + moment.failed, 0),
    p99: known.length === 0 ? null : Math.max(...known),
  };
}

export function courseSection(result: RunResult, palette: Palette, width: number): string[] {
  const whole = withoutStub(result.intervals);
  if (whole.length < 2 || !hasRequests(result)) return [];
  const moments = condense<Moment>(whole, width - LABEL_COLUMNS - RANGE_COLUMNS, joinMoments);
  const seconds = whole.reduce((sum, moment) => sum + moment.seconds, 0) / moments.length;
  const rates = moments.map((moment) => (moment.seconds > 0 ? moment.requests / moment.seconds : 0));
  const tails = moments.map((moment) => moment.p99);
  const errors = moments.map((moment) => (moment.seconds > 0 ? moment.failed / moment.seconds : 0));
  const line = (label: string, values: readonly (number | null)[], format: (value: number) => string) => {
    const known = values.filter((value) => value !== null);
    const range = known.length === 0 ? "" : `${format(Math.min(...known))} to ${format(Math.max(...known))}`;
    return `   ${palette.label(label.padEnd(LABEL_COLUMNS - 5))} ${palette.bar(sparkline(values))}  ${palette.dim(range)}`;
  };
  return [
    ` ${palette.title("Over time")}  ${palette.dim(`${formatMillis(seconds * 1000)} a column`)}`,
    line("rate", rates, (value) => formatRate(value)),
    ...(tails.some((value) => value !== null) ? [line("p99", tails, formatMicros)] : []),
    ...(errors.some((value) => value > 0) ? [line("failed", errors, (value) => formatRate(value))] : []),
  ];
}
