/** Numbers of an exposition that JSON cannot hold. */
import type { Figure } from "./result.ts";

export function figure(value: number): Figure {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "+Inf" : "-Inf";
}

export function finite(value: Figure): number | undefined {
  return typeof value === "number" ? value : undefined;
}
