import { describe, expect, test } from "vitest";
import { familyResults } from "../../../src/engine/stats/live/families.ts";
import type { StatsResult } from "../../../src/engine/stats/live/result.ts";
import { renderStats } from "../../../src/report/stats/page.ts";
import { Course, intervalLine } from "../../../src/report/stats/watch.ts";
import { displayWidth, paletteOf } from "../../../src/report/text/style.ts";
import { HISTOGRAM_TYPE, histogram, tracked } from "../../engine/stats/live/looking.ts";

const LONG = "a_name_that_goes_on_and_on_until_no_terminal_of_eighty_columns_could_ever_hold_the_whole_of_it";

function page(n: number): string {
  const many = Array.from({ length: 20 }, (_, at) => `many_total{at="${at}"} ${n * at}\n`).join("");
  return `${HISTOGRAM_TYPE}${histogram([50 * n, 90 * n, 100 * n], 'r="\\u001b[31m日本語"', 20 * n)}
${many}still_total 5\n${LONG}_total ${n * 1e6}\n${LONG} ${n}\nprocess_start_time_seconds 1.7e9
huge_bytes 1.8446744e19\nodd NaN\nbuild_info{version="1.2"} 1\nreset_total ${10 - n}
`.replaceAll("\\u001b", "\u001b");
}

const TRACKER = tracked([page(1), page(2)]);
const RESULT: StatsResult = {
  schema: "netkit.stats/1",
  version: "0.1.0",
  url: `http://127.0.0.1:9090/${"deep/".repeat(20)}metrics`,
  format: "prometheus",
  startedAt: "2026-01-01T00:00:00.000Z",
  seconds: 1,
  scrapes: 2,
  failures: [
    { at: "2026-01-01T00:00:00.000Z", code: "NK_NO_ANSWER", message: "no whole answer ".repeat(10) },
  ],
  interrupted: false,
  filters: [],
  families: familyResults(TRACKER),
  gone: 1,
  warnings: [],
  expectations: [{ text: "a<1", observed: null, holds: false, detail: "it is not so ".repeat(10) }],
};

describe.each([80, 120])("at %i columns", (width) => {
  test.each([true, false])("no line is wider, and no escape code of a label passes (all: %s)", (all) => {
    const text = renderStats(RESULT, { width, color: 0, all });
    for (const line of text.split("\n")) expect(displayWidth(line), line).toBeLessThan(width);
    expect(text).not.toContain("\u001b");
  });

  test("a watch keeps to the screen, in width and in height", () => {
    const course = new Course();
    const interval = {
      schema: "netkit.stats-interval/1" as const,
      at: "2026-01-01T00:00:01.000Z",
      seconds: 1,
      families: RESULT.families,
    };
    for (let number = 1; number < 300; number++) course.add({ ...interval, number });
    course.addFailure();
    const palette = paletteOf({ width, color: 0 });
    const lines = course.picture("127.0.0.1:9090", palette, width, 8);
    expect(lines.length).toBeLessThan(8);
    for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(width);
    const line = intervalLine({ ...interval, number: 7 }, palette, width);
    expect(displayWidth(line)).toBeLessThan(width);
    expect(line).toContain("00:00:01  h_seconds rate 100/s · h_seconds p99 > 500 ms");
  });
});

test("the page names the bucket that bounds a percentile, dates, sentinels and resets", () => {
  const text = renderStats(RESULT, { width: 80, color: 0, all: false });
  expect(text).toMatch(/100\/s +200 ms +100 ms +500 ms +> 500 ms\n +≤ 100 ms +≤ 500 ms +≤ \+Inf\n/);
  expect(text).toContain("2023-11-14 22:13:20Z");
  expect(text).toContain("1.845e19 B");
  expect(text).toMatch(/reset_total +↺ 8\/s/);
  expect(text).toContain("stood still (1): still_total");
  expect(text).toContain('version="1.2"');
  expect(text).toMatch(/… 12 more series/);
  expect(text).toContain("1 scrape failed");
});
