import { expect, test } from "vitest";
import type { DatagramResult, RunResult } from "../../../../src/core/run-document.ts";
import { mergeDatagrams } from "../../../../src/engine/stats/merge/datagrams.ts";
import { CALM } from "../../../report/fixtures/run-result.ts";

const some = (sent: number, arrived: number, jitterUs: number | null): RunResult => {
  const rest = { late: 1, reordered: 2, duplicates: 3, stray: 0, sentPerSecond: 0, arrivedPerSecond: 0 };
  const datagrams: DatagramResult = { sent, arrived, lost: sent - arrived, jitterUs, ...rest };
  return { ...CALM, totals: { ...CALM.totals, seconds: 5 }, datagrams };
};

test("datagrams of several runs add up, and the jitter is weighted by what arrived", () => {
  expect(mergeDatagrams([some(100, 90, 10), some(300, 270, 20)])).toEqual({
    datagrams: {
      ...{ sent: 400, arrived: 360, lost: 40, late: 2, reordered: 4, duplicates: 6, stray: 0 },
      ...{ jitterUs: 17.5, sentPerSecond: 40, arrivedPerSecond: 36 },
    },
  });
  expect(mergeDatagrams([some(10, 0, null), some(10, 0, null)]).datagrams!.jitterUs).toBeNull();
  expect(mergeDatagrams([CALM, CALM])).toEqual({});
});
