import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../src/core/errors.ts";
import { metricsFromJson, metricsToJson } from "../../../src/core/metrics/json.ts";
import { MetricsRegistry } from "../../../src/core/metrics/registry.ts";

function sample(values: readonly number[], gauge: number): MetricsRegistry {
  const registry = new MetricsRegistry();
  registry.counterFamily("hits_total", "Hits.", ["path"]).labels({ path: "/" }).value = values.length;
  registry.gauge("open", "Open.", { merge: "max" }).set(gauge);
  const wait = registry.histogram("wait_seconds", "Wait.", { boundsSeconds: [0.1, 1] });
  for (const value of values) wait.record(value);
  return registry;
}

test("figures are written beside the whole distribution", () => {
  const { families } = metricsToJson(sample([1000, 2000, 3000], 4).snapshot());
  expect(families.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "counter hits_total",
    "gauge open",
    "histogram wait_seconds",
  ]);
  expect(families[0]!.series).toEqual([{ labels: { path: "/" }, value: 3 }]);
  expect(families[1]!.series).toEqual([{ labels: {}, value: 4 }]);
  expect(families[2]!.series).toEqual([
    {
      labels: {},
      unit: "us",
      count: 3,
      sum: 6000,
      sumSquares: 14_000_000,
      min: 1000,
      mean: 2000,
      stdev: expect.closeTo(816.4966, 4),
      p50: 2000,
      p75: 3000,
      p90: 3000,
      p95: 3000,
      p99: 3000,
      p99_9: 3000,
      p99_99: 3000,
      max: 3000,
      histogram: expect.stringMatching(/^HISTFAAA/),
    },
  ]);
});

test("an empty histogram has null figures", () => {
  const [, , wait] = metricsToJson(sample([], 0).snapshot()).families;
  expect(wait!.series[0]).toMatchObject({
    count: 0,
    min: null,
    mean: null,
    stdev: null,
    p50: null,
    max: null,
  });
});

test("what was written and read back is the same snapshot", () => {
  const gauge = fc.oneof(
    fc.double(),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  const values = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(values, gauge, (list, open) => {
      // JSON has no negative zero.
      const snapshot = sample(list, open === 0 ? 0 : open).snapshot();
      const text = JSON.stringify(metricsToJson(snapshot));
      expect(metricsFromJson(JSON.parse(text))).toEqual(snapshot);
    }),
  );
});

describe("what is no metrics JSON is a file error that names the field", () => {
  const sound = () => JSON.parse(JSON.stringify(metricsToJson(sample([5, 6], 1).snapshot())));
  // biome-ignore lint/suspicious/noExplicitAny: the cases break the shape on purpose
  test.each<[string, (json: any) => unknown, string]>([
    ["null", () => null, "the document"],
    ["a list", () => [], "families"],
    ["families that are no list", (json) => ({ ...json, families: {} }), "families"],
    ["a family without a kind", (json) => delete json.families[0].kind && json, "kind"],
    ["a family without a name", (json) => delete json.families[0].name && json, "name"],
    [
      "a gauge merged in an unknown way",
      (json) => Object.assign(json.families[1], { merge: "min" }) && json,
      "merge",
    ],
    [
      "a label that is missing",
      (json) => Object.assign(json.families[0].series[0], { labels: {} }) && json,
      "labels",
    ],
    [
      "a value that is text",
      (json) => Object.assign(json.families[0].series[0], { value: "3" }) && json,
      "hits_total",
    ],
    ["a histogram without a sum", (json) => delete json.families[2].series[0].sum && json, "sum"],
    [
      "a minimum that is not its own",
      (json) => Object.assign(json.families[2].series[0], { min: 1 }) && json,
      "wait",
    ],
    [
      "bounds that are text",
      (json) => Object.assign(json.families[2], { boundsSeconds: ["1"] }) && json,
      "bounds",
    ],
  ])("%s", (_, change, field) => {
    let error: unknown;
    try {
      metricsFromJson(change(sound()), "http://127.0.0.1:9090/stats");
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(NetkitError);
    expect(error).toMatchObject({
      stage: "file",
      code: "NK_METRICS_BAD",
      subject: "http://127.0.0.1:9090/stats",
    });
    expect((error as NetkitError).why).toContain(field);
  });

  test("a damaged histogram is named as such", () => {
    const json = sound();
    json.families[2].series[0].histogram = "HISTFAAA";
    expect(() => metricsFromJson(json)).toThrow("latency histogram");
  });
});
