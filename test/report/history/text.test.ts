// The page of a history at two widths: nothing passes the edge, changes stand under their runs.
import { expect, test } from "vitest";
import { historyOf } from "../../../src/engine/stats/history.ts";
import { renderHistory } from "../../../src/report/history/text.ts";
import { displayWidth } from "../../../src/report/text/style.ts";
import { document, named } from "../../engine/stats/run-document.ts";

function history(runs: number, changesAt: number) {
  const all = Array.from({ length: runs }, (_, at) =>
    named(
      document({ medianUs: at < changesAt ? 10_000 : 12_000, seconds: 5, perSecond: 400 }, at + 1),
      `${at}.json`,
    ),
  );
  return historyOf(all, { version: "0.0.0", metrics: ["p50"] });
}

for (const width of [80, 120]) {
  for (const runs of [1, 3, 12, 150]) {
    test(`keeps within ${width} columns with ${runs} runs`, () => {
      const text = renderHistory(history(runs, runs >> 1), { width, color: 0 });
      for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      expect(text).toContain("●");
    });
  }
}

test("marks a change under the column of its run", () => {
  const result = history(12, 7);
  expect(result.series[0]!.metrics[0]!.changes.map(({ at }) => at)).toEqual([7]);
  const lines = renderHistory(result, { width: 80, color: 0 }).split("\n");
  const axis = lines.find((line) => line.includes("┤"))!.indexOf("┤") + 1;
  const step = Math.floor((80 - 15) / 12);
  expect(lines.find((line) => line.includes("▲"))!.indexOf("▲")).toBe(axis + 7 * step);
});
