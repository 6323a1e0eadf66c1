/** What few repetitions allow to say of a mean: Student's t (W. S. Gosset 1908), 95 %, two-sided. */
import type { Estimate } from "../result.ts";

/** t(0.975) by degrees of freedom from 1; beyond the table the normal distribution's. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;
const Z_975 = 1.96;

/** Undefined for no values; without bounds for a single one, since nothing is known of its spread. */
export function estimate(values: readonly number[]): Estimate | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = (T_975[values.length - 2] ?? Z_975) * Math.sqrt(variance / values.length);
  return { mean, low: mean - half, high: mean + half };
}
