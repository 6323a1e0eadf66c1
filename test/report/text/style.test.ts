import { describe, expect, test } from "vitest";
import { bar, condense, sparkline } from "../../../src/report/text/charts.ts";
import { displayWidth, flow, hanging, printable, truncate, wrap } from "../../../src/report/text/style.ts";

describe("text measured in columns", () => {
  test("colour codes take none, wide characters two, joined ones together", () => {
    expect(displayWidth("\u001b[1;31mabc\u001b[0m")).toBe(3);
    expect(displayWidth("日本")).toBe(4);
    expect(displayWidth("é")).toBe(1);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("👩‍💻")).toBe(2);
    expect(displayWidth("▁█▏·…≥✓✗→")).toBe(9);
  });

  test("is cut with an ellipsis inside its columns", () => {
    expect(truncate("abcdef", 6)).toBe("abcdef");
    expect(truncate("abcdefg", 6)).toBe("abcde…");
    expect(truncate("日本語", 5)).toBe("日本…");
    expect(truncate("日本語", 4)).toBe("日…");
  });

  test("wraps at blanks, and cuts a word that is longer than the line", () => {
    expect(wrap("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
    expect(wrap("aaaaaaa b", 3)).toEqual(["aaa", "aaa", "a b"]);
    expect(hanging("* ", "aaaaaaaaaa bbbbbbbbbbbbbb", 22)).toEqual(["* aaaaaaaaaa", "  bbbbbbbbbbbbbb"]);
    expect(flow(["aa", "bb", "cc"], 6)).toEqual(["aa  bb", "cc"]);
  });

  test("wraps a word of any length in one pass", () => {
    const word = "é".repeat(200_000);
    const startMs = performance.now();
    const lines = wrap(`${word} ${"a".repeat(200_000)}`, 60);
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect(lines.join("").replaceAll(" ", "").length).toBe(400_000);
    expect(Math.max(...lines.map(displayWidth))).toBe(60);
  });

  test("shows control characters instead of obeying them", () => {
    expect(printable("a\u001b[2Jb\u0007\u009bc\td\n")).toBe("a\\x1b[2Jb\\x07\\x9bc d ");
  });
});

describe("bars and sparklines", () => {
  test("a bar is as long as its share, to an eighth", () => {
    expect(bar(1, 4)).toBe("████");
    expect(bar(0.5, 4)).toBe("██");
    expect(bar(0.53125, 4)).toBe("██▏");
    expect(bar(0.0001, 4)).toBe("▏");
    expect(bar(0, 4)).toBe("");
    expect(bar(Number.NaN, 4)).toBe("");
    expect(bar(7, 4)).toBe("████");
  });

  test("a sparkline begins at zero, and nothing is a gap", () => {
    expect(sparkline([1, 4, 8, null, 0, 8])).toBe("▁▄█  █");
    expect(sparkline([0, 0])).toBe("  ");
    expect(sparkline([])).toBe("");
  });

  test("condensing keeps every value in exactly one group", () => {
    const values = Array.from({ length: 90 }, (_, i) => i);
    const groups = condense<readonly number[]>(
      values.map((value) => [value]),
      34,
      (group) => group.flat(),
    );
    expect(groups).toHaveLength(34);
    expect(groups.flat()).toEqual(values);
    expect(condense([1, 2], 34, () => 0)).toEqual([1, 2]);
  });
});
