import { describe, expect, test } from "vitest";
import { closest, didYouMean, didYouMeanOneOf, editDistance } from "../../src/core/suggest.ts";

describe("did you mean", () => {
  test("counts inserts, deletes, replacements and swaps of neighbours as one each", () => {
    expect(editDistance("rate", "rate")).toBe(0);
    expect(editDistance("rte", "rate")).toBe(1);
    expect(editDistance("ratee", "rate")).toBe(1);
    expect(editDistance("rite", "rate")).toBe(1);
    expect(editDistance("raet", "rate")).toBe(1);
    expect(editDistance("", "abc")).toBe(3);
  });

  test("finds the nearest word, and none when nothing is near", () => {
    const words = ["connections", "cert", "key", "depth", "rate"];
    expect(closest("conections", words)).toBe("connections");
    expect(closest("conn", words)).toBe("connections");
    expect(closest("dpeth", words)).toBe("depth");
    expect(closest("verbose", words)).toBeUndefined();
    expect(closest("k", words)).toBeUndefined();
  });

  test("falls back to the sentence it is given", () => {
    expect(didYouMean("ratee", ["rate"], (name) => `--${name}`, "see --help")).toBe("did you mean --rate?");
    expect(didYouMean("zzz", ["rate"], (name) => `--${name}`, "see --help")).toBe("see --help");
  });

  test("names three where several are equally near", () => {
    const names = ["p50", "p90", "p95", "p99", "p99.9", "error_rate", "rate"];
    expect(didYouMeanOneOf("p9", names)).toBe("did you mean p90, p95 or p99?");
    expect(didYouMeanOneOf("erorr_rate", names)).toBe("did you mean error_rate?");
    expect(didYouMeanOneOf("p999", names)).toBe("did you mean p99 or p99.9?");
    expect(didYouMeanOneOf("latency", names)).toBeUndefined();
  });
});
