// The fifteen p-values of Benjamini & Hochberg (1995), section 3.2, and what scipy 1.17.1's
// `false_discovery_control` makes of them (its documentation shows the same).
import fc from "fast-check";
import { expect, test } from "vitest";
import { benjaminiHochberg } from "../../../../src/engine/stats/inference/benjamini-hochberg.ts";

const P = [
  0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
  0.759, 1,
];
const CORRECTED = [
  0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714285714286, 0.06385714285714286, 0.0645, 0.0765, 0.486,
  0.5811818181818181, 0.714875, 0.7532307692307693, 0.8132142857142857, 1,
];

test("corrected p-values equal scipy's on the authors' own example", () => {
  for (const [at, value] of benjaminiHochberg(P).entries()) expect(value).toBeCloseTo(CORRECTED[at]!, 14);
});

test("the order of the p-values does not matter, and none becomes smaller or exceeds 1", () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p, { maxLength: 30 }), (values) => {
      const corrected = benjaminiHochberg(values);
      expect(benjaminiHochberg([...values].reverse())).toEqual([...corrected].reverse());
      for (const [at, value] of corrected.entries()) {
        expect(value).toBeGreaterThanOrEqual(values[at]!);
        expect(value).toBeLessThanOrEqual(1);
      }
    }),
  );
});
