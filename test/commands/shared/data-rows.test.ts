// `--data`: rows, and the body that they fill.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { bodiesOf } from "../../../src/commands/shared/data-rows.ts";
import { NetkitError } from "../../../src/core/errors.ts";

const texts = (template: string, file: string): string[] =>
  bodiesOf(template, Buffer.from(file), "rows").map((body) => Buffer.from(body).toString());

describe("a row is a message", () => {
  test.each([
    ["{{id}}-{{ name }}", "id,name\n1,ada\n2,bob\n", ["1-ada", "2-bob"]],
    ["{{a}}{{a}}", "\uFEFFa\n1\n", ["11"]],
    ['{"x":{{x}}}', '{"x":1}\n\n{"x":{"y":[true,null]}}\n', ['{"x":1}', '{"x":{"y":[true,null]}}']],
    ["{{t}}", '{"t":"grüße"}', ["grüße"]],
    ["{{a b}}", '"a b"\n"x, ""y"""\n', ['x, "y"']],
  ])("%s of %j", (template, file, bodies) => {
    expect(texts(template, file)).toEqual(bodies);
  });
});

describe("what cannot be used says why", () => {
  test.each([
    ["{{id}}", "", "no rows"],
    ["{{id}}", "id\n", "no rows"],
    ["{{id}}", "name\nada\n", "{{id}}"],
    ["{{a}}", "a,b\n1\n", "row 1 has 1 field, the head has 2"],
    ["{{a}}", 'a\n"1', "line 2"],
    ["{{a}}", '{"a":1}\n{"a"', "line 2"],
    ["{{a}}", '{"a":1}\n[1]', "line 2 is no JSON object"],
    ["{{b}}", '{"b":1}\n{"a":1}', "row 2"],
  ])("%s of %j: %s", (template, file, why) => {
    try {
      texts(template, file);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NetkitError);
      expect(`${(error as NetkitError).message} ${(error as NetkitError).why}`).toContain(why);
    }
  });

  test("rows without end are refused before they fill the memory", () => {
    const file = `a\n${`${"x".repeat(1000)}\n`.repeat(2)}`;
    expect(() => texts("{{a}}".repeat(40_000), file)).toThrow(/64 MiB|67/);
  });
});
