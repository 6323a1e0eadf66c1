// CSV as RFC 4180 has it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCsv } from "../../src/core/csv.ts";

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const needsQuotes = (field: string): boolean => /[",\r\n]/.test(field) || field === "";

describe("records and fields", () => {
  test.each([
    [
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a,b\r\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ["a\rb\r", [["a"], ["b"]]],
    ['"a,b","c""d"\n', [["a,b", 'c"d']]],
    ['"two\nlines",x', [["two\nlines", "x"]]],
    [
      "a,\n,b",
      [
        ["a", ""],
        ["", "b"],
      ],
    ],
    ["a,", [["a", ""]]],
    ["\n\na\n\n", [["a"]]],
    ["", []],
    [" a , b ", [[" a ", " b "]]],
  ])("%j", (text, records) => {
    expect(parseCsv(text)).toEqual(records);
  });

  test.each([
    ['a\n"b', 2, "never closed"],
    ['"a"b', 1, "behind a closing quote"],
    ['x\ny\na"b', 3, "not quoted"],
  ])("%j is none", (text, line, detail) => {
    const found = parseCsv(text);
    expect(found).toMatchObject({ kind: "fault", line });
    expect((found as { detail: string }).detail).toContain(detail);
  });
});

test("whatever is written is read", () => {
  const field = fc.string({ unit: fc.constantFrom("a", "ü", '"', ",", "\n", "\r", " ", "7"), maxLength: 6 });
  const record = fc.array(field, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(record, { maxLength: 6 }),
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      (records, end, open) => {
        const lines = records.map((fields) =>
          fields.map((one) => (needsQuotes(one) ? quoted(one) : one)).join(","),
        );
        const text = lines.join(end) + (open || lines.length === 0 ? "" : end);
        // A record of one empty field is a line without a character but for its quotes, and none.
        expect(parseCsv(text)).toEqual(records.filter((fields) => fields.length > 1 || fields[0] !== ""));
      },
    ),
    { numRuns: 500 },
  );
});

test("a long file takes time in proportion", () => {
  const text = `a,b\n${"x,y\n".repeat(200_000)}`;
  const before = performance.now();
  expect(parseCsv(text)).toHaveLength(200_001);
  expect(performance.now() - before).toBeLessThan(5000);
});
