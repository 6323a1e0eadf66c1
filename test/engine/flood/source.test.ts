import { expect, test } from "vitest";
import { createSource } from "../../../src/engine/flood/source.ts";

test("requests take the targets in turn, and each thread begins with another", () => {
  const targets = (first: number) => [0, 1, 2, 3].map(createSource(3, first).target);
  expect(targets(0)).toEqual([0, 1, 2, 0]);
  expect(targets(2)).toEqual([2, 0, 1, 2]);
});
