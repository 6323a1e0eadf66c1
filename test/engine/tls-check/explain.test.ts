import { expect, test } from "vitest";
import { explain, ruleIds } from "../../../src/engine/tls-check/explain.ts";

test("a rule is explained by its text alone, as plain data", () => {
  const text = explain("proto-tls10")!;
  expect(text).toMatchObject({ id: "proto-tls10", severity: "medium", about: "protocol" });
  expect(text.fix).toContain("nginx:");
  expect(JSON.parse(JSON.stringify(text))).toEqual(text);
});

test("an id that no rule has is not explained", () => {
  expect(explain("proto-tls9")).toBeUndefined();
  expect(explain("toString")).toBeUndefined();
});

test("every id is there once", () => {
  expect(ruleIds().length).toBeGreaterThan(100);
  expect(new Set(ruleIds()).size).toBe(ruleIds().length);
});
