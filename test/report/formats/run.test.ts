// What the formats of a run say, beyond the promises that `testFormat` keeps.
import { build } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { decodeHistogram } from "../../../src/core/metrics/hdr-codec.ts";
import type { RunResult } from "../../../src/core/run-document.ts";
import { type RunFormatId, runFormat } from "../../../src/report/catalog.ts";
import { parseCsv } from "../conformance.ts";
import { BRIEF, CHARTED, CROWDED, dayRun, HOSTILE, NOTHING } from "../fixtures/charted-run.ts";
import { ALL_500, CALM, REFUSED, ROUGH, summary } from "../fixtures/run-result.ts";
import { parseXml } from "../xml.ts";

function render(id: RunFormatId, result: RunResult): string {
  return runFormat(id).render(result, { width: 80, color: 0 });
}

describe("CSV", () => {
  test("has a line an interval, and its requests add up", () => {
    const [head, ...rows] = parseCsv(render("csv", CHARTED));
    expect(head!.slice(0, 5)).toEqual(["start_s", "seconds", "requests", "failed", "requests_per_s"]);
    expect(rows).toHaveLength(CHARTED.intervals.length);
    const column = head!.indexOf("requests");
    const sum = rows.reduce((total, row) => total + Number(row[column]), 0);
    expect(sum).toBe(CHARTED.intervals.reduce((total, { requests }) => total + requests, 0));
  });

  test("leaves a cell empty where nothing was measured", () => {
    expect(render("csv", ALL_500).split("\r\n")[1]).toMatch(/,,,,$/);
  });
});

describe("the percentile distribution", () => {
  test("is line for line that of hdr-histogram-js", () => {
    const reference = build({ bitBucketSize: 64, highestTrackableValue: 2 ** 32 - 1 });
    for (const [us, count] of decodeHistogram(CHARTED.histograms.response!)) {
      reference.recordValueWithCount(us, count);
    }
    const rows = (text: string) => {
      const lines = text.split("\n").filter((line) => /^ *\d/.test(line));
      return lines.map((line) => line.trim().split(/ +/).map(Number));
    };
    const text = render("hgrm", CHARTED);
    const theirs = reference.outputPercentileDistribution(5, 1000);
    // The last bucket: its upper end there, the true maximum here.
    const max = CHARTED.latency.response.max! / 1000;
    expect(rows(text)).toHaveLength(rows(theirs).length);
    for (const [at, [value, share, total, inverse]] of rows(theirs).entries()) {
      const [ownValue, ownShare, ...own] = rows(text)[at]!;
      expect(ownValue).toBeCloseTo(Math.min(value!, max), 3);
      expect(ownShare).toBeCloseTo(share!, 11);
      expect(own).toEqual(inverse === undefined ? [total] : [total, inverse]);
    }
    expect(text.split("\n").slice(0, 3)).toEqual(theirs.split("\n").slice(0, 3));
    expect(text.split("\n").at(-2)).toBe(theirs.split("\n").at(-2));
  });
});

describe("JUnit", () => {
  const verdicts = (result: RunResult) =>
    Object.fromEntries(
      parseXml(render("junit", result))
        .children[0]!.children.filter(({ name }) => name === "testcase")
        .map(({ attributes, children }) => [attributes.name!, children[0]?.name ?? "passed"]),
    );

  test("has a case for each expectation", () => {
    expect(verdicts(CHARTED)).toEqual({
      "the target answers": "system-out",
      "the measurement is valid": "system-out",
      "p99<200ms": "system-out",
      "error_rate<0.5%": "failure",
      "[/v2/orders] p99<300ms over 10s": "failure",
    });
  });

  test("says what made a run worthless", () => {
    expect(verdicts(REFUSED)["the target answers"]).toBe("error");
    expect(verdicts(ALL_500)["the target answers"]).toBe("failure");
    expect(verdicts(ROUGH)["the measurement is valid"]).toBe("error");
    expect(verdicts(NOTHING)["the run is complete"]).toBe("skipped");
    expect(verdicts(CALM)).toEqual({ "the target answers": "passed", "the measurement is valid": "passed" });
  });
});

describe("GitHub annotations", () => {
  test("a run in which all is well has none", () => {
    expect(render("github", CALM)).toBe("");
  });

  test("are errors for what is broken, and warnings for what is doubtful", () => {
    const kinds = render("github", CHARTED)
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(2, line.indexOf(" ")));
    expect(kinds).toEqual(["warning", "error", "error"]);
    expect(render("github", REFUSED)).toContain("title=no request was answered");
    expect(render("github", HOSTILE).split("\n::error::")).toHaveLength(1);
  });
});

describe("Markdown", () => {
  test("opens with the outcome", () => {
    expect(render("markdown", CHARTED)).toMatch(/^## ❌ netkit flood: 2 of 3 expectations broken\n/);
    expect(render("markdown", CALM)).toMatch(/^## ✅ netkit flood: measured\n/);
    expect(render("markdown", NOTHING)).toMatch(/^## ⚠️ netkit flood: interrupted/);
    expect(render("markdown", REFUSED)).toMatch(/^## ❌ netkit flood: no request was answered\n/);
  });

  test("marks what may be larger, as unanswered requests stand beyond it", () => {
    expect(render("markdown", ROUGH)).toContain("≥ ");
  });

  test("counts what it leaves out", () => {
    expect(render("markdown", CROWDED)).toContain("| and 2,970 more |");
  });
});

describe("Prometheus", () => {
  test("has the exact figures, and buckets that end at the count", () => {
    const text = render("prometheus", CHARTED);
    const value = (name: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`netkit_flood_${name}`))
          ?.split(" ")
          .at(-1),
      );
    expect(value("requests_per_second{")).toBe(CHARTED.rate.achieved);
    expect(value("broken_expectations{")).toBe(2);
    const { mean, count } = CHARTED.latency.response;
    expect(value("response_seconds_count")).toBe(count);
    expect(value("response_seconds_sum")).toBeCloseTo((mean! * count) / 1e6, 6);
    expect(text).toMatch(/netkit_flood_response_seconds_bucket\{.*le="\+Inf"\} 54000\n/);
  });

  test("has what only some runs have", () => {
    const datagrams = {
      ...{ sent: 100, arrived: 90, lost: 10, late: 1, reordered: 2, duplicates: 3, stray: 0 },
      ...{ jitterUs: 250, sentPerSecond: 10, arrivedPerSecond: 9 },
    };
    const fanOut = {
      ...{ listeners: 4, messages: 5, expected: 20, delivered: 19, lost: 1, late: 0, reordered: 0 },
      ...{ duplicates: 0, stray: 0, connectionsLost: 0, perSecond: 2, latency: summary(19, 2000) },
    };
    const held = {
      ...{ asked: 9, opened: 8, failed: 1, lost: 2, live: 6, openingSeconds: 0.5 },
      ...{ residentBytesEach: 4000, seconds: [8, 6] },
    };
    const throughput = { sentPerSecond: 7, receivedPerSecond: 8, lost: 0, seconds: [] };
    const parts = { datagrams, fanOut, held, throughput, handshakes: { full: 3, resumed: 4 } };
    const text = render("prometheus", { ...CHARTED, ...parts });
    const url = CHARTED.plan.urls[0];
    for (const [name, value] of [
      ["datagrams_lost", 10],
      ["datagrams_jitter_seconds", 0.00025],
      ["fan_out_receipts", 19],
      ["fan_out_receipt_p50_seconds", 0.002],
      ["held_connections_live", 6],
      ["sent_bytes_per_second", 7],
      ["resumed_handshakes", 4],
    ] as const) {
      expect(text).toContain(`\nnetkit_flood_${name}{url="${url}"} ${value}\n`);
    }
    expect(render("prometheus", CHARTED)).not.toMatch(/datagrams|fan_out|held_|handshakes/);
  });

  test("OpenMetrics ends with its end", () => {
    expect(render("openmetrics", CHARTED)).toMatch(/\n# EOF\n$/);
  });
});

describe("the page", () => {
  const charts = (page: string): { id: string; x: number[]; series: { values: (number | null)[] }[] }[] =>
    JSON.parse(/<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page)![1]!);

  test("draws rate, latency, errors, requests in flight, spectrum and lateness", () => {
    expect(charts(render("html", CHARTED)).map(({ id }) => id)).toEqual([
      "rate",
      "latency",
      "failures",
      "in-flight",
      "spectrum",
      "lateness",
    ]);
  });

  test("of a closed loop has no lateness, and says why", () => {
    const page = render("html", BRIEF);
    expect(charts(page).map(({ id }) => id)).not.toContain("lateness");
    expect(page).toContain("A closed loop has no schedule");
  });

  test("without anything measured has no chart and no script", () => {
    expect(render("html", NOTHING)).not.toContain("<script");
  });

  test("carries the licence of what it carries", () => {
    expect(render("html", CHARTED)).toContain("Copyright (c) 2022 Leon Sorokin");
  });

  test("of a day joins intervals, says so, loses no spike, and stays small", () => {
    const day = dayRun();
    const page = render("html", day);
    expect(page.length).toBeLessThan(512 * 1024);
    expect(page).toContain("86,400 intervals are drawn as 1,440 points of 60 s each");
    const latency = charts(page).find(({ id }) => id === "latency")!;
    expect(latency.x).toHaveLength(1_440);
    const worst = Math.max(...day.intervals.map(({ max }) => max ?? 0));
    expect(Math.max(...latency.series[3]!.values.map((value) => value ?? 0))).toBeCloseTo(worst, -2);
    const rate = charts(page).find(({ id }) => id === "rate")!;
    const requests = rate.series[0]!.values.reduce<number>((sum, value) => sum + (value ?? 0) * 60, 0);
    const total = day.intervals.reduce((sum, interval) => sum + interval.requests, 0);
    expect(requests / total).toBeCloseTo(1, 4);
  });
});
