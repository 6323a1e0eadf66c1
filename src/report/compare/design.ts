/** How a comparison was made, in words: by whom, of what, and what of it does not count. */
import type { AaResult, CompareResult } from "../../engine/stats/compare/result.ts";
import { plural } from "../run-reading.ts";

type Made = Pick<CompareResult | AaResult, "design" | "interrupted" | "leftOut">;

/** What made it, as a person calls it. */
export function commandOf({ design }: Pick<Made, "design">): string {
  return design === "pairs" ? "netkit stats ab" : "netkit stats compare";
}

/** Of a side: runs of their own, or slices of a pair each. */
export function partWords(count: number, { design }: Pick<Made, "design">): string {
  return plural(count, design === "pairs" ? "slice" : "run");
}

/** What a reader should know of how it went; empty when all went as planned. */
export function courseWords({ interrupted, leftOut }: Made): string[] {
  return [
    ...(interrupted ? ["interrupted: what there was until then is compared"] : []),
    ...(leftOut > 0
      ? [
          `${plural(leftOut, "pair")} left out: the generator was the limit in ${leftOut === 1 ? "it" : "them"}`,
        ]
      : []),
  ];
}
