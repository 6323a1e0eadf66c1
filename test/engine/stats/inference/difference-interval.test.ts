// Welch's and Student's intervals are what remains when one run a side, or no spread of its own, is given.
import { describe, expect, test } from "vitest";
import { LatencyHistogram } from "../../../../src/core/metrics/histogram.ts";
import { differenceOf, type Estimate } from "../../../../src/engine/stats/inference/difference-interval.ts";
import { runsNeeded } from "../../../../src/engine/stats/inference/power.ts";
import { quantileInterval } from "../../../../src/engine/stats/inference/quantile-interval.ts";

const told = (value: number, standardError: number, degrees: number): Estimate => ({
  value,
  standardError,
  degrees,
});
const mute = (value: number): Estimate => ({ value, standardError: null, degrees: null });

describe("the difference of two sides", () => {
  test("of one run each is judged by their own spread, after Welch and Satterthwaite", () => {
    const found = differenceOf([told(1, 0.3, 6)], [told(2, 0.4, 12)], 0.95)!;
    expect(found).toMatchObject({ difference: 1, standardError: 0.5, basis: "within-runs" });
    expect(found.degrees).toBeCloseTo(0.25 ** 2 / (0.09 ** 2 / 6 + 0.16 ** 2 / 12), 12);
    expect((found.low + found.high) / 2).toBeCloseTo(1, 12);
  });

  test("of several runs without a spread is Student's t-test", () => {
    // R: t.test(extra ~ group, data = sleep, var.equal = TRUE): t = -1.8608, df = 18, p = 0.07919, (-3.363874, 0.203874).
    const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2].map(mute);
    const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4].map(mute);
    const found = differenceOf(first, second, 0.95)!;
    expect(found).toMatchObject({ degrees: 18, basis: "between-runs" });
    expect(found.p).toBeCloseTo(0.07919, 5);
    expect(found.low).toBeCloseTo(-0.203874, 6);
    expect(found.high).toBeCloseTo(3.363874, 6);
  });

  test("takes the larger of both variances", () => {
    const agreeing = [told(1, 0.5, 10), told(1.01, 0.5, 10)];
    expect(differenceOf(agreeing, agreeing, 0.95)!.basis).toBe("within-runs");
    const apart = [told(1, 0.01, 10), told(2, 0.01, 10)];
    expect(differenceOf(apart, apart, 0.95)!.basis).toBe("between-runs");
  });

  test("is unknown for one run each that is too short, and certain without any spread", () => {
    expect(differenceOf([mute(1)], [told(1, 1, 1)], 0.95)).toBeNull();
    expect(differenceOf([], [mute(1)], 0.95)).toBeNull();
    expect(differenceOf([told(0, 0, 5)], [told(0, 0, 5)], 0.95)).toMatchObject({ p: 1, low: 0, high: 0 });
  });
});

describe("runs needed", () => {
  test("are those of R's power.t.test, or one more or less", () => {
    // power.t.test(delta = 1, sd = 1, power = 0.8): n = 16.71; delta = 0.5: n = 63.77.
    const ask = (effect: number) =>
      runsNeeded({ standardError: Math.sqrt(2 / 4), degrees: 6, runs: 4, effect, alpha: 0.05 })!;
    expect(Math.abs(ask(1) - 17)).toBeLessThanOrEqual(1);
    expect(Math.abs(ask(0.5) - 64)).toBeLessThanOrEqual(1);
  });

  test("are no fewer than there are, and unknown beyond a thousand or for no effect", () => {
    const question = { standardError: 0.1, degrees: 10, runs: 3, alpha: 0.05 };
    expect(runsNeeded({ ...question, effect: 10 })).toBe(3);
    expect(runsNeeded({ ...question, effect: 0.001 })).toBeNull();
    expect(runsNeeded({ ...question, effect: 0 })).toBeNull();
  });
});

describe("the interval of a percentile", () => {
  test("lies at the ranks of the binomial distribution", () => {
    const histogram = new LatencyHistogram();
    for (let us = 1; us <= 1000; us++) histogram.record(us);
    // scipy: binom.ppf([.025, .975], 1000, .99) = 983, 996.
    const found = quantileInterval(histogram, 99)!;
    expect(found.lowUs).toBe(983);
    expect(found.highUs).toBe(998);
    expect(quantileInterval(histogram, 99, { designEffect: 4 })!.lowUs).toBeLessThan(983);
  });

  test("is open above where no value may lie beyond, and missing where none is expected", () => {
    const histogram = new LatencyHistogram();
    for (let us = 1; us <= 300; us++) histogram.record(us);
    expect(quantileInterval(histogram, 99)!.highUs).toBeNull();
    expect(quantileInterval(histogram, 99.9)).toBeNull();
    expect(quantileInterval(new LatencyHistogram(), 50)).toBeNull();
  });
});
