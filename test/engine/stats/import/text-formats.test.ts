// Results of wrk2, k6, vegeta and autocannon in their documented shapes: read whole, and refused when cut or altered.
import { describe, expect, test } from "vitest";
import { decodeHistogram } from "../../../../src/core/metrics/hdr-codec.ts";
import { compareRuns } from "../../../../src/engine/stats/compare/compare.ts";
import { IMPORTERS } from "../../../../src/engine/stats/import/catalog.ts";
import { mergeRuns } from "../../../../src/engine/stats/merge/merge.ts";
import { RUN_FORMATS } from "../../../../src/report/catalog.ts";
import { runSchema } from "../../../../src/report/schemas/run.ts";
import { imported, inPieces } from "./imported.ts";
import { ALL, AUTOCANNON, K6, VEGETA, VEGETA_CSV, WRK2 } from "./sources.ts";

describe("every source", () => {
  test.each(Object.entries(ALL))(
    "%s is recognised alone, fits the schema, and is what every report takes",
    async (_, text) => {
      const run = await imported(text);
      expect(runSchema.parse(run)).toEqual(run);
      expect(run.quality.verdict).toBe("suspect");
      for (const format of RUN_FORMATS) {
        const shown = format.render(run, { width: 80, color: 0 }).replace(/<script[\s\S]*?<\/script>/g, "");
        expect(shown).not.toMatch(/NaN|undefined|generator 0|0% of one core/);
        expect(shown).not.toContain("no request was answered");
      }
      expect(IMPORTERS.filter((importer) => importer.recognises(text.split("\n")))).toHaveLength(1);
    },
  );

  test.each(Object.entries(ALL))("%s says the same split anywhere, and with CRLF", async (_, text) => {
    const whole = await imported(text);
    for (let at = 1; at < text.length; at += 13) expect(await inPieces(text, at)).toEqual(whole);
    expect(await imported(text.replaceAll("\n", "\r\n"))).toEqual(whole);
  });

  test.each(Object.entries(ALL))("%s cut within a line is refused, never a smaller run", async (_, text) => {
    const last = text.trimEnd().lastIndexOf("\n") + 1;
    for (const at of [Math.floor((last + text.trimEnd().length) / 2)]) {
      // wrk2's last line is not read; its figures end with the one before.
      const cut = text === WRK2 ? text.slice(0, text.indexOf("Requests/sec") + 4) : text.slice(0, at);
      const from = { WRK2: "wrk2", AUTOCANNON: "autocannon" } as const;
      const name =
        text === WRK2
          ? from.WRK2
          : text === AUTOCANNON
            ? from.AUTOCANNON
            : text === K6
              ? "k6-json"
              : "vegeta";
      await expect(imported(cut, { from: name })).rejects.toMatchObject({ code: "NK_IMPORT", stage: "file" });
    }
  });
});

describe("wrk2", () => {
  test("is rebuilt to its printed counts, and says what it cannot know", async () => {
    const run = await imported(WRK2, { startedAt: new Date("2026-03-01T12:00:00Z") });
    const histogram = decodeHistogram(run.histograms.response!);
    expect([histogram.count, histogram.countBetween(0, 6671), histogram.countBetween(0, 9003)]).toEqual([
      39500, 19750, 35550,
    ]);
    expect(run.latency.response).toMatchObject({ mean: 6460, p50: 6671, max: 12336 });
    expect(run.totals).toMatchObject({ requests: 60021, succeeded: 60013, failed: 8, seconds: 30 });
    expect(run.plan).toMatchObject({ connections: 100, threads: 2, rate: null, durationSeconds: 30 });
    expect(run.quality.reasons.join()).toMatch(/39500 of 60018[\s\S]*10 time-outs[\s\S]*no intervals/);
  });

  test.each([
    ["a count that falls", (text: string) => text.replace("35550", "15550"), "line 16"],
    [
      "a total that differs",
      (text: string) => text.replace("count    =        39500", "count    =        39501"),
      "39501",
    ],
    ["no spectrum", (text: string) => text.replace(/ {2}Latency Distribution.*\n/, ""), "--latency"],
  ])("with %s is refused", async (_, damage, words) => {
    await expect(imported(damage(WRK2), { from: "wrk2" })).rejects.toMatchObject({
      why: expect.stringContaining(words),
    });
  });
});

test("vegeta's nanoseconds are microseconds, its successes and failures apart, its seconds intervals", async () => {
  const run = await imported(VEGETA);
  expect(run.startedAt).toBe("2026-03-01T11:00:00.250Z");
  expect(run.latency.response).toMatchObject({ count: 2, max: 3057 });
  expect(run.latency.failed).toMatchObject({ count: 1, max: 1000 });
  expect(run.intervals.map(({ requests, failed }) => [requests, failed])).toEqual([
    [1, 0],
    [1, 1],
    [1, 0],
  ]);
  expect(run.totals).toMatchObject({ bytesSent: 30, bytesReceived: 60, succeeded: 2, failed: 1 });
  expect((await imported(VEGETA_CSV)).errors[0]!.example).toBe('500 "Internal", Server Error');
  const gob = Buffer.from([0xff, 0x81, 0x03, 0x01, 0x01, 0x06, 0x52, 0x65]);
  await expect(imported(gob)).rejects.toMatchObject({
    next: expect.stringContaining("vegeta encode --to json"),
  });
});

test("k6's milliseconds are microseconds, and only new connections connect", async () => {
  const run = await imported(K6);
  expect(run.latency.response).toMatchObject({ count: 1, max: 12345 });
  expect(run.latency.failed).toMatchObject({ count: 1, max: 20_000 });
  expect(run.latency.connect.count).toBe(1);
  expect(run.totals.bytesReceived).toBe(1234);
  const summary = '{"metrics":{"http_req_duration":{"avg":1,"p(95)":2}}}';
  await expect(imported(summary, { from: "k6-json" })).rejects.toMatchObject({
    why: expect.stringContaining("summary"),
  });
});

test("autocannon's percentiles come back, and no other is made up", async () => {
  const run = await imported(AUTOCANNON);
  expect(run.latency.response).toMatchObject({
    p50: 4000,
    p95: null,
    p99_99: null,
    p75: null,
    mean: 4200,
    max: 40_000,
  });
  expect(run.totals).toMatchObject({ succeeded: 990, failed: 11, timedOut: 2 });
  const altered = AUTOCANNON.replace('"p99":12', '"p99":1');
  await expect(imported(altered)).rejects.toMatchObject({ why: expect.stringContaining("99 %") });
});

test("runs without intervals merge, and a comparison of two stays undecided", async () => {
  const [a, b] = await Promise.all(
    [0, 1].map(async (at) => ({
      name: `${at}`,
      run: await imported(WRK2, { startedAt: new Date(Date.UTC(2026, 2, 1, at)) }),
    })),
  );
  expect(mergeRuns([a!, b!]).latency.response.count).toBe(79_000);
  expect(compareRuns([a!], [b!], { version: "0.1.0" }).verdict).toBe("undecided");
});

test("what nothing recognises asks for --from", async () => {
  await expect(imported("hello\n")).rejects.toMatchObject({
    code: "NK_USAGE",
    next: expect.stringContaining("--from"),
  });
  await expect(imported("")).rejects.toMatchObject({ why: "it is empty" });
});
