// Figures of scipy 1.17.1: `stats.norm.cdf`, `2 * stats.norm.sf`, `2 * stats.t.sf`, `stats.t.ppf`.
import { describe, expect, test } from "vitest";
import {
  normalCdf,
  normalQuantile,
  normalTwoSided,
  studentQuantile,
  studentTwoSided,
} from "../../../../src/engine/stats/inference/distributions.ts";

const close = (value: number, expected: number) => expect(Math.abs(value / expected - 1)).toBeLessThan(1e-11);

describe("distributions equal scipy's", () => {
  test.each([
    [-3, 0.0013498980316300933, 0.0026997960632601866],
    [-0.5, 0.3085375387259869, 0.6170750774519738],
    [0.7, 0.758036347776927, 0.48392730444614607],
    [1.7, 0.955434537241457, 0.08913092551708608],
    [1.8, 0.9640696808870742, 0.07186063822585158],
    [4, 0.9999683287581669, 6.334248366623973e-5],
    [8, 0.9999999999999993, 1.244192114854348e-15],
  ])("the normal one at %d", (z, below, twoSided) => {
    close(normalCdf(z), below);
    close(normalTwoSided(z), twoSided);
  });

  test.each([
    [2, 3, 0.13932596855884305],
    [2.5, 7.5, 0.03882025827362553],
    [1, 1, 0.5000000000000001],
    [12.7, 1, 0.050024327689344165],
    [4.2, 250.5, 3.712857959665726e-5],
  ])("Student's at %d with %d degrees", (t, df, p) => close(studentTwoSided(t, df), p));

  test.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 4, 2.7764451051977934],
    [0.975, 9.5, 2.2441374614922958],
    [0.995, 120, 2.6174211451068654],
    [0.9, 2.2, 1.8123849217763532],
    [0.025, 4, -2.7764451051977934],
  ])("Student's quantile %d with %d degrees", (p, df, t) => close(studentQuantile(p, df), t));
});

test("the normal quantile is that of tables", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 10);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 10);
});

test("what is no probability has no quantile", () => {
  expect(() => studentQuantile(1, 5)).toThrow(RangeError);
});
