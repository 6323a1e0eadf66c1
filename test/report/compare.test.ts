// What the formats of a comparison say, beyond the promises that `testFormat` keeps.
import { describe, expect, test } from "vitest";
import { type CompareFormatId, compareFormat } from "../../src/report/compare/catalog.ts";
import type { CompareReportOptions } from "../../src/report/compare/format.ts";
import { coursesOf } from "../../src/report/compare/sides.ts";
import { displayWidth } from "../../src/report/text/style.ts";
import { parseCsv } from "./conformance.ts";
import { dayRun } from "./fixtures/charted-run.ts";
import {
  BETTER,
  CHARTED_PAIR,
  type Comparison,
  CROWDED,
  HOSTILE,
  SAME,
  UNLIKE,
  WORSE,
} from "./fixtures/compare-result.ts";
import { parseXml } from "./xml.ts";

function render(
  id: CompareFormatId,
  { result, runs }: Comparison | { result: Comparison["result"]; runs?: undefined },
  more: Partial<CompareReportOptions> = {},
): string {
  return compareFormat(id).render(result, { width: 80, color: 0, runs, ...more });
}

test("the fixtures are what their names say", () => {
  const verdicts = [SAME, WORSE, BETTER].map(
    ({ result }) => result.metrics.find(({ metric }) => metric === "p50")?.verdict,
  );
  expect(verdicts.slice(1)).toEqual(["worse", "better"]);
  expect(["same", "undecided"]).toContain(verdicts[0]);
  expect(WORSE.result.verdict).toBe("worse");
  expect(UNLIKE.result.forced).toBe(true);
});

describe("text", () => {
  test("draws the percentiles of both sides in one picture, within the width", () => {
    for (const width of [60, 80, 140]) {
      const text = render("text", WORSE, { width });
      expect(text).toContain("○ base   ● candidate");
      const picture = text.split("\n").filter((line) => line.includes("┤"));
      expect(picture).toHaveLength(10);
      // The candidate is the slower one: it alone is at the top, the base alone at the bottom.
      expect(picture[0]).toContain("●");
      expect(picture[0]).not.toContain("○");
      expect(picture.at(-1)).toContain("○");
      expect(picture.at(-1)).not.toContain("●");
      for (const line of text.split("\n").filter((line) => /[┤└]/.test(line))) {
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }
      expect(text).toMatch(/p50 +p90 +p99/);
    }
  });

  test("has no picture without the runs, and one mark where both are the same", () => {
    expect(render("text", { result: WORSE.result })).not.toContain("┤");
    const same = render("text", CHARTED_PAIR)
      .split("\n")
      .filter((line) => line.includes("┤"));
    expect(same.join("")).toContain("◐");
    expect(same.join("")).not.toMatch(/[○●]/);
  });

  test("says what a long list leaves out", () => {
    const text = render("text", { result: CROWDED });
    expect(text).toContain("? and 3980 more");
    expect(text).toContain("! and in 388 more");
  });
});

describe("CSV", () => {
  test("has a line a metric, with its figures", () => {
    const [head, ...rows] = parseCsv(render("csv", WORSE));
    expect(rows).toHaveLength(WORSE.result.metrics.length);
    const p99 = rows[WORSE.result.metrics.findIndex(({ metric }) => metric === "p99")]!;
    const cell = (name: string) => p99[head!.indexOf(name)];
    expect(cell("verdict")).toBe("worse");
    expect(Number(cell("base"))).toBeLessThan(Number(cell("candidate")));
    expect(Number(cell("change_low"))).toBeLessThan(Number(cell("change_high")));
  });
});

describe("JUnit", () => {
  const verdicts = (source: string) =>
    Object.fromEntries(
      parseXml(source)
        .children[0]!.children.filter(({ name }) => name === "testcase")
        .map(({ attributes, children }) => [attributes.name!, children[0]?.name ?? "passed"]),
    );

  test("fails the cases that decide the exit code, and no other", () => {
    const open = { result: { ...WORSE.result, metrics: HOSTILE.metrics.slice(1) } };
    expect(verdicts(render("junit", WORSE))).toMatchObject({ p50: "failure", p99: "failure" });
    expect(Object.values(verdicts(render("junit", WORSE, { failOn: "never" })))).not.toContain("failure");
    expect(Object.values(verdicts(render("junit", open)))).not.toContain("failure");
    expect(Object.values(verdicts(render("junit", open, { failOn: "undecided" })))).toContain("failure");
    expect(Object.values(verdicts(render("junit", BETTER)))).not.toContain("failure");
  });

  test("an unlike pair that was forced is a case that was skipped", () => {
    expect(verdicts(render("junit", UNLIKE))["the sides are alike"]).toBe("skipped");
    expect(verdicts(render("junit", SAME))["the sides are alike"]).toBe("passed");
  });
});

describe("GitHub annotations", () => {
  test("are errors for what is worse, and nothing when all is well", () => {
    expect(render("github", BETTER)).toBe("");
    expect(render("github", WORSE)).toMatch(
      /^::error title=p50 is worse::[\d.]+ ms → [\d.]+ ms, \+\d\d%25 /m,
    );
    expect(render("github", WORSE, { failOn: "never" })).not.toContain("::error");
    expect(render("github", UNLIKE)).toContain("::warning title=unlike runs were compared::");
  });
});

describe("Markdown", () => {
  test("names the differences of a forced comparison, and shows the worst of many metrics first", () => {
    const text = render("markdown", UNLIKE);
    expect(text).toContain("- plan.connections: ");
    expect(text).toContain("- environment.cpus: ");
    const crowded = render("markdown", { result: CROWDED });
    expect(crowded).toContain("and 5,940 more metrics");
    expect(crowded.split("\n").filter((line) => / \| worse \|$/.test(line))).toHaveLength(60);
  });
});

describe("the page", () => {
  interface Drawn {
    readonly id: string;
    readonly x: readonly number[];
    readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  }
  const charts = (page: string): Drawn[] =>
    JSON.parse(/<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page)![1]!);

  test("draws both sides over percentiles and over time", () => {
    const drawn = charts(render("html", WORSE));
    expect(drawn.map(({ id }) => id)).toEqual([
      "spectra",
      "course-p99",
      "course-p50",
      "course-rate",
      "course-failed",
    ]);
    for (const { series } of drawn) expect(series.map(({ label }) => label)).toEqual(["base", "candidate"]);
    const p50 = drawn.find(({ id }) => id === "course-p50")!;
    const [base, candidate] = p50.series.map(({ values }) => values);
    for (const [at, us] of base!.entries()) expect(candidate![at]).toBeGreaterThan(us! * 1.2);
  });

  test("draws each interval where its figures are: worse to the right of the band, the same within it", () => {
    const page = render("html", WORSE);
    const drawings = [...page.matchAll(/<svg class="interval".*?<\/svg>/g)].map(([svg]) => svg);
    expect(drawings).toHaveLength(WORSE.result.metrics.filter(({ change }) => change !== null).length);
    const p50 = drawings[0]!;
    const [, bandX, bandWidth] = /<rect class="band" x="([\d.]+)" y="2" width="([\d.]+)"/.exec(p50)!;
    const [, low] = /<g class="bad"><line x1="([\d.]+)"/.exec(p50)!;
    expect(Number(low)).toBeGreaterThan(Number(bandX) + Number(bandWidth));
  });

  test("without the runs has its tables, no chart and no script", () => {
    const page = render("html", { result: WORSE.result });
    expect(page).not.toContain("<script");
    expect(page).toContain("<h2>Verdicts</h2>");
    expect(page).toContain("run-1.json");
  });

  test("of one run a side says what that is worth, and names what differs", () => {
    const page = render("html", UNLIKE);
    expect(page).toContain("With one run a side");
    expect(page).toContain("plan.connections");
    expect(render("html", SAME)).toContain("the same plan on the same kind of machine");
  });

  test("of two days joins intervals, says so, loses no spike, and stays small", () => {
    const day = dayRun();
    const side = [{ name: "day.json", run: day }];
    const page = render("html", { result: CHARTED_PAIR.result, runs: { base: side, candidate: side } });
    expect(page.length).toBeLessThan(512 * 1024);
    expect(page).toContain("60 intervals are drawn as one point");
    const p99 = charts(page).find(({ id }) => id === "course-p99")!;
    expect(p99.x).toHaveLength(1_440);
    const worst = Math.max(...day.intervals.map((interval) => interval.p99 ?? 0));
    expect(Math.max(...p99.series[0]!.values.map((value) => value ?? 0))).toBeCloseTo(worst, -2);
  });
});

test("a moment of several runs is their median, and a side that ends early has a gap", () => {
  const [first] = WORSE.runs.base;
  const at = (p99: number, seconds: number) => ({
    name: "x",
    run: {
      ...first!.run,
      intervals: first!.run.intervals.slice(0, seconds).map((interval) => ({ ...interval, p99 })),
    },
  });
  const courses = coursesOf({ base: [at(1, 9), at(5, 9), at(30, 9)], candidate: [at(7, 4)] })!;
  expect(courses.base.p99).toEqual(Array(9).fill(5));
  expect(courses.candidate.p99).toEqual([7, 7, 7, 7, null, null, null, null, null]);
});
