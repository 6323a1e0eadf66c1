import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatMicros,
  formatRate,
  formatShare,
  parseCount,
  parseDuration,
  parsePercentage,
  parseRate,
  parseSize,
} from "../../src/core/units.ts";
import { refusal } from "../support/refusal.ts";

describe("durations", () => {
  test.each([
    ["250ms", 250],
    ["10s", 10_000],
    ["1m30s", 90_000],
    ["1.5s", 1500],
    ["100us", 0.1],
    ["2h", 7_200_000],
    ["0", 0],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toBeCloseTo(ms, 9));

  test.each(["10", "", "s", "10 s", "-1s", "1e3s", "10sx"])(
    "refuses %j, quoting it and showing an example",
    (text) => {
      const error = refusal(() => parseDuration(text));
      expect(error.exitCode).toBe(2);
      expect(error.message).toContain(JSON.stringify(text));
      expect(error.next).toContain("250ms");
    },
  );
});

test.each([
  ["1000/s", 1000],
  ["600/min", 10],
  ["2k/s", 2000],
  ["50", 50],
  ["0.5/s", 0.5],
])("rate %s is %d per second", (text, rate) => expect(parseRate(text)).toBeCloseTo(rate, 9));

test.each(["fast", "10/y", "-5/s", ""])("refuses the rate %j", (text) => {
  expect(refusal(() => parseRate(text)).exitCode).toBe(2);
});

test.each([
  ["64KiB", 65_536],
  ["1MB", 1_000_000],
  ["1024", 1024],
  ["2G", 2 * 1024 ** 3],
  ["1.5kB", 1500],
])("size %s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(["1XB", "", "-1", "1e400"])("refuses the size %j", (text) => {
  expect(refusal(() => parseSize(text)).exitCode).toBe(2);
});

test("percentages and shares", () => {
  expect(parsePercentage("1%")).toBe(0.01);
  expect(parsePercentage("0.5")).toBe(0.5);
  expect(refusal(() => parsePercentage("101%")).exitCode).toBe(2);
});

test("counts have bounds, and the refusal names them", () => {
  expect(parseCount("10k")).toBe(10_000);
  expect(refusal(() => parseCount("0", 1, 100)).message).toContain("from 1 to 100");
  expect(refusal(() => parseCount("1.5")).exitCode).toBe(2);
});

test("figures are written with their unit", () => {
  expect(formatMicros(340)).toBe("340 us");
  expect(formatMicros(12_340)).toBe("12.3 ms");
  expect(formatMicros(1_500_000)).toBe("1.5 s");
  expect(formatMicros(125e6)).toBe("2m 5s");
  expect(formatBytes(1_234_567)).toBe("1.23 MB");
  expect(formatRate(8431)).toBe("8,431 req/s");
  expect(formatShare(0.00001)).toBe("<0.01%");
  expect(formatShare(0.125)).toBe("12.5%");
});
