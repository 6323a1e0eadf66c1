// Figures of R's `wilcox.test`, as quoted in scipy's own tests (scipy/stats/tests/test_hypotests.py, TestMannWhitneyU):
// test_basic (gh-4933), test_gh_9184, test_tie_correct, test_gh_11355b; and tables of Mann & Whitney (1947), page 52.
import { describe, expect, test } from "vitest";
import { mannWhitney } from "../../../../src/engine/stats/inference/mann-whitney.ts";

const INF = Number.POSITIVE_INFINITY;
const X = [210.05211, 110.19063, 307.918612];
const Y = [
  436.08811482466416, 416.37397329768191, 179.96975939463582, 197.8118754228619, 34.038757281225756,
  138.54220550921517, 128.7769351470246, 265.92721427951852, 275.6617533155341, 592.34083395416258,
  448.73177590617018, 300.61495185038905, 187.97508449019588,
];
const A = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const B = [1.15, 0.88, 0.9, 0.74, 1.21];

describe("Mann–Whitney equals R", () => {
  test.each([
    ["exact", true, X, Y, 16, 0.7035714285714],
    ["asymptotic", true, X, Y, 16, 0.6865041817876],
    ["asymptotic", false, Y, X, 23, 0.6377328900502],
    ["exact", true, A, B, 35, 0.2544122544123],
    ["asymptotic", true, A, B, 35, 0.244623605127],
    ["asymptotic", false, A, B, 35, 0.2206713619198],
  ] as const)("%s, continuity correction %s", (method, continuity, x, y, u, p) => {
    const found = mannWhitney(x, y, { method, continuity })!;
    expect(found.u).toBe(u);
    expect(found.p).toBeCloseTo(p, 12);
  });

  test.each([
    [[0.99, 1.99, 2.99, 3.99, 4.99], 10, 1],
    [[1, 1.99, 3, 3.99, 5], 9, 0.9017048037317],
    [[1, 2, 2.99, 4, 5], 8.5, 0.804080657472],
    [[1, 2, 3, 4, 5], 8, 0.7086240584439],
    [[1, 2, 3.01, 4, 5], 7.5, 0.6197963884941],
    [[1, 2.01, 3, 4.01, 5], 7, 0.5368784563079],
    [[1.01, 2.01, 3.01, 4.01, 5.01], 6, 0.3912672792826],
  ])("with ties in %j", (y, u, p) => {
    const found = mannWhitney([1, 2, 3, 4], y, { method: "asymptotic" })!;
    expect(found.u).toBe(u);
    expect(found.p).toBeCloseTo(p, 12);
  });

  test.each([
    [[1, 2, 3, 4], [3, 6, 7, 8, INF, 3, 2, 1, 4, 4, 5], 10, 0.1297704873477],
    [[1, 2, 3, 4], [3, 6, 7, 8, INF, INF, 2, 1, 4, 4, 5], 8.5, 0.08735617507695],
    [[1, INF, INF, 4], [3, 6, 7, 8, INF, INF, 2, 1, 4, 4, 5], 24.5, 0.7912517950119],
  ])("with several groups of ties, automatically asymptotic", (x, y, u, p) => {
    const found = mannWhitney(x, y)!;
    expect(found.exact).toBe(false);
    expect(found.u).toBe(u);
    expect(found.p).toBeCloseTo(p, 12);
  });
});

test("the exact distribution is that of Mann and Whitney's table for 5 and 4", () => {
  // P(U ≤ u), one-sided; the fourth row of the table for n = 5.
  const table = [0.008, 0.016, 0.032, 0.056, 0.095, 0.143, 0.206, 0.278, 0.365, 0.452];
  const second = [10, 20, 30, 40, 50];
  for (const [u, p] of table.entries()) {
    // Four values that win u pairs between them.
    const first = [0, 0, 0, 0].map((_, at) => 10 * Math.min(5, Math.max(0, u - 5 * at)) + 5 + at / 10);
    const found = mannWhitney(first, second, { method: "exact" })!;
    expect(found.u).toBe(u);
    expect(Math.abs(found.p / 2 - p)).toBeLessThan(1e-3);
  }
});

test("an empty side has no result, and equal sides have p 1", () => {
  expect(mannWhitney([], [1])).toBeNull();
  expect(mannWhitney([2, 2], [2, 2])!.p).toBe(1);
});
