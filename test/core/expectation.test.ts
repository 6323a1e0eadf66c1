import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../src/core/errors.ts";
import {
  checkExpectation,
  type ExpectationLookup,
  evaluate,
  type Judgement,
  type Limit,
  type Operator,
  parseExpectation,
  percentileOf,
  type WindowValue,
} from "../../src/core/expectation.ts";
import type { Dimension } from "../../src/core/quantity.ts";
import { refusal } from "../support/refusal.ts";

const absolute = (dimension: Dimension, value: number): Limit => ({ kind: "absolute", dimension, value });
const relative = (change: number): Limit => ({ kind: "baseline-relative", change });
const offset = (dimension: Dimension, value: number): Limit => {
  return { kind: "baseline-offset", offset: { dimension, value } };
};

describe("reading", () => {
  test.each<
    [
      text: string,
      metric: string,
      operator: Operator,
      limit: Limit,
      over?: number | undefined,
      endpoint?: string,
    ]
  >([
    ["p99<200ms", "p99", "<", absolute("duration", 200_000)],
    ["p99.9<=1s", "p99.9", "<=", absolute("duration", 1_000_000)],
    ["p99_9<=1s", "p99.9", "<=", absolute("duration", 1_000_000)],
    ["p99.90<1s", "p99.9", "<", absolute("duration", 1_000_000)],
    ["p50.0<1s", "p50", "<", absolute("duration", 1_000_000)],
    ["p100<1m30s", "p100", "<", absolute("duration", 90_000_000)],
    ["max<2s", "max", "<", absolute("duration", 2_000_000)],
    ["mean<50ms", "mean", "<", absolute("duration", 50_000)],
    ["mean<0", "mean", "<", absolute("number", 0)],
    ["error_rate<1%", "error_rate", "<", absolute("share", 0.01)],
    ["error_rate<0.01", "error_rate", "<", absolute("number", 0.01)],
    ["rate>=950/s", "rate", ">=", absolute("rate", 950)],
    ["rate>=60/min", "rate", ">=", absolute("rate", 1)],
    ["rate>2k/s", "rate", ">", absolute("rate", 2000)],
    ["throughput>10MB/s", "throughput", ">", absolute("byte-rate", 10_000_000)],
    ["throughput>1KiB/s", "throughput", ">", absolute("byte-rate", 1024)],
    ["size<64KiB", "size", "<", absolute("size", 65_536)],
    ["size<512B", "size", "<", absolute("size", 512)],
    ["requests>=1000", "requests", ">=", absolute("number", 1000)],
    ["requests>=10k", "requests", ">=", absolute("number", 10_000)],
    ["failed==0", "failed", "==", absolute("number", 0)],
    ["failed != 0", "failed", "!=", absolute("number", 0)],
    ["tls.daysLeft>14", "tls.daysLeft", ">", absolute("number", 14)],
    ["tls.daysLeft>-1.5", "tls.daysLeft", ">", absolute("number", -1.5)],
    ["total<300ms", "total", "<", absolute("duration", 300_000)],
    ["wait.p99<5ms", "wait.p99", "<", absolute("duration", 5000)],
    ["latency.connect.p99_99<10ms", "latency.connect.p99.99", "<", absolute("duration", 10_000)],
    ["service.p99<1us", "service.p99", "<", absolute("duration", 1)],
    ["p99<300ms over 10s", "p99", "<", absolute("duration", 300_000), 10],
    ["  p99  <  300ms   over   500ms ", "p99", "<", absolute("duration", 300_000), 0.5],
    ["p95<baseline", "p95", "<", relative(0)],
    ["p95<baseline+10%", "p95", "<", relative(0.1)],
    ["p95 <= baseline + 150%", "p95", "<=", relative(1.5)],
    ["rate>baseline-5%", "rate", ">", relative(-0.05)],
    ["p95<baseline+5ms", "p95", "<", offset("duration", 5000)],
    ["rate>baseline-50/s", "rate", ">", offset("rate", -50)],
    ["p95<baseline+10% over 10s", "p95", "<", relative(0.1), 10],
    ["[home] p99<100ms", "p99", "<", absolute("duration", 100_000), undefined, "home"],
    ["[GET /a b]p99<100ms", "p99", "<", absolute("duration", 100_000), undefined, "GET /a b"],
    ["[http://[::1]:80/] p99<1s", "p99", "<", absolute("duration", 1_000_000), undefined, "http://[::1]:80/"],
  ])("%s", (text, metric, operator, limit, windowSeconds, endpoint) => {
    const parsed = parseExpectation(text);
    expect(parsed).toMatchObject({ text: text.trim(), metric, operator, windowSeconds, endpoint });
    expect(parsed.limit).toEqual(limit);
  });

  test.each([
    "",
    "   ",
    "p99",
    "<200ms",
    "p99<",
    "p99=200ms",
    "p99=<200ms",
    "p99=>200ms",
    "p99<>200ms",
    "p99 under 200ms",
    "p99<200 ms",
    "p99<fast",
    "p99<200ms,max<1s",
    "p99<200ms<300ms",
    "p101<1s",
    "p100.5<1s",
    "p99..9<1s",
    ".p99<1s",
    "9p<1s",
    "p99<-5ms",
    "rate>=950/y",
    "error_rate<1%%",
    "size<1XB",
    "throughput>1XB/s",
    "p99<300ms over",
    "p99<300ms over 10",
    "p99<300ms over 0s",
    "p99<300ms over ten seconds",
    "p99<300ms for 10s",
    "p95<baseline+",
    "p95<baseline+fast",
    "p95<baseline*2",
    "p95<baseline+-5ms",
    "p95<baselines",
    "[] p99<1s",
    "[home p99<1s",
    "home] p99<1s",
    "[home]<1s",
  ])("refuses %j, quoting it and showing an example", (text) => {
    const error = refusal(() => parseExpectation(text));
    expect(error.exitCode).toBe(2);
    expect(error.code).toBe("NK_USAGE");
    expect(error.message).toContain(`"${text}"`);
    expect(error.next).toMatch(/p99<\d00ms/);
  });

  test("secrets in the name of an endpoint are neither kept nor quoted", () => {
    const { text, endpoint } = parseExpectation("[/a?token=t0ps&x=1] p99<1s");
    expect(text).toBe("[/a?token=…&x=1] p99<1s");
    expect(endpoint).toBe("/a?token=…&x=1");
    for (const wrong of ["[/a?token=t0ps] p99", "[/a?token=t0ps p99<1s", " [/a?x=1&token=t0ps] p99<1x"]) {
      expect(refusal(() => parseExpectation(wrong)).message).not.toContain("t0ps");
    }
  });

  test("any text is either read or refused as a usage error", () => {
    const token = fc.constantFrom(
      "p99",
      "[a]",
      "<",
      ">=",
      "=",
      "200ms",
      "1%",
      "baseline",
      "+",
      "over",
      "10s",
      " ",
      ".",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((parts) => parts.join("")),
        ),
        (text) => {
          try {
            expect(parseExpectation(text).text).toBe(text.trim());
          } catch (error) {
            expect(error).toBeInstanceOf(NetkitError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test.each([
  ["p99", { prefix: "", percentile: 99 }],
  ["p99.9", { prefix: "", percentile: 99.9 }],
  ["latency.connect.p99.99", { prefix: "latency.connect.", percentile: 99.99 }],
  ["p0", { prefix: "", percentile: 0 }],
  ["max", undefined],
  ["stop99", undefined],
  ["p99.count", undefined],
])("the percentile of %s", (metric, found) => expect(percentileOf(metric)).toEqual(found));

const known = {
  pNN: "duration",
  max: "duration",
  "service.pNN": "duration",
  error_rate: "share",
  rate: "rate",
  throughput: "byte-rate",
  body: "size",
  requests: "number",
} as const;

/** A lookup over fixed figures; `[a]` figures stand under `a/metric`. */
function lookup(
  figures: Record<string, number | undefined>,
  more: { baseline?: Record<string, number>; windows?: WindowValue[] } = {},
): ExpectationLookup {
  const { baseline, windows } = more;
  const key = (metric: string, endpoint?: string) =>
    endpoint === undefined ? metric : `${endpoint}/${metric}`;
  return {
    known,
    endpoints: ["a", "b c"],
    value: (metric, endpoint) => figures[key(metric, endpoint)],
    ...(baseline === undefined
      ? {}
      : { baseline: (metric: string, endpoint?: string) => baseline[key(metric, endpoint)] }),
    ...(windows === undefined ? {} : { windows: () => windows }),
  };
}

function judge(text: string, from: ExpectationLookup): Judgement {
  return evaluate(parseExpectation(text), from);
}

describe("judging", () => {
  const figures = lookup(
    {
      p99: 200_000,
      "p99.9": 300_000,
      max: 0,
      "service.p50": 1500,
      error_rate: 0.01,
      rate: 950,
      throughput: 5_000_000,
      body: 65_536,
      requests: 12_345,
      "a/p99": 100_000,
      "b c/p99": 400_000,
    },
    { baseline: { p99: 190_000, rate: 1000, "a/p99": 50_000 } },
  );

  test.each<[text: string, holds: boolean, observed: number, detail: string]>([
    ["p99<201ms", true, 200_000, "p99 is 200 ms, as expected < 201 ms"],
    ["p99<200ms", false, 200_000, "p99 is 200 ms, expected < 200 ms"],
    ["p99<=200ms", true, 200_000, "p99 is 200 ms, as expected <= 200 ms"],
    ["p99>200ms", false, 200_000, "p99 is 200 ms, expected > 200 ms"],
    ["p99>=200ms", true, 200_000, "p99 is 200 ms, as expected >= 200 ms"],
    ["p99==200ms", true, 200_000, "p99 is 200 ms, as expected == 200 ms"],
    ["p99!=200ms", false, 200_000, "p99 is 200 ms, expected != 200 ms"],
    ["p99<199.99ms", false, 200_000, "p99 is 200000 us, expected < 200 ms"],
    ["p99_9<=300ms", true, 300_000, "p99.9 is 300 ms, as expected <= 300 ms"],
    ["max==0", true, 0, "max is 0 us, as expected == 0 us"],
    ["service.p50<1ms", false, 1500, "service.p50 is 1.5 ms, expected < 1 ms"],
    ["error_rate<1%", false, 0.01, "error_rate is 1%, expected < 1%"],
    ["error_rate<0.02", true, 0.01, "error_rate is 1%, as expected < 2%"],
    ["rate>=950/s", true, 950, "rate is 950/s, as expected >= 950/s"],
    ["rate>=1000", false, 950, "rate is 950/s, expected >= 1,000/s"],
    ["throughput>1MB/s", true, 5_000_000, "throughput is 5 MB/s, as expected > 1 MB/s"],
    ["body<=64KiB", true, 65_536, "body is 65.5 kB, as expected <= 65.5 kB"],
    ["requests>=10k", true, 12_345, "requests is 12,345, as expected >= 10,000"],
    ["[a] p99<100ms", false, 100_000, "p99 is 100 ms, expected < 100 ms"],
    ["[b c] p99<1s", true, 400_000, "p99 is 400 ms, as expected < 1 s"],
    ["p99<baseline", false, 200_000, "p99 is 200 ms, expected < 190 ms (baseline 190 ms)"],
    ["p99<baseline+10%", true, 200_000, "p99 is 200 ms, as expected < 209 ms (baseline 190 ms)"],
    ["p99<baseline+5ms", false, 200_000, "p99 is 200 ms, expected < 195 ms (baseline 190 ms)"],
    ["rate>baseline-10%", true, 950, "rate is 950/s, as expected > 900/s (baseline 1,000/s)"],
    ["rate>baseline-5/s", false, 950, "rate is 950/s, expected > 995/s (baseline 1,000/s)"],
    ["p99>baseline-1s", true, 200_000, "p99 is 200 ms, as expected > -810 ms (baseline 190 ms)"],
    ["[a] p99<baseline+10%", false, 100_000, "p99 is 100 ms, expected < 55 ms (baseline 50 ms)"],
  ])("%s holds: %s", (text, holds, observed, detail) => {
    expect(judge(text, figures)).toEqual({ text, holds, observed, detail });
  });

  test("a figure that does not exist satisfies nothing", () => {
    for (const operator of ["<", "<=", ">", ">=", "==", "!="]) {
      for (const absent of [undefined, Number.NaN]) {
        const found = judge(`p99${operator}1s`, lookup({ p99: absent }));
        expect(found).toMatchObject({ holds: false, observed: null });
        expect(found.detail).toContain("p99 has no value");
      }
    }
  });

  test("a baseline without the metric satisfies nothing", () => {
    const found = judge("p99<baseline+10%", lookup({ p99: 5 }, { baseline: {} }));
    expect(found).toMatchObject({ holds: false, observed: null, detail: "the baseline has no p99" });
  });
});

describe("over: in every window", () => {
  const windows = (...values: (number | undefined)[]) => {
    return lookup(
      {},
      { windows: values.map((value, at) => ({ start: at * 10, value })), baseline: { p99: 100_000 } },
    );
  };

  test.each<[text: string, values: number[], holds: boolean, observed: number, detail: string]>([
    [
      "p99<300ms over 10s",
      [100_000, 250_000, 200_000],
      true,
      250_000,
      "p99 is < 300 ms in all 3 windows, at worst 250 ms in the 10 s from 10 s",
    ],
    [
      "p99<300ms over 10s",
      [100_000, 300_000, 900_000],
      false,
      900_000,
      "p99 is not < 300 ms in 2 of 3 windows, at worst 900 ms in the 10 s from 20 s",
    ],
    [
      "rate>=50/s over 10s",
      [49.5, 100],
      false,
      49.5,
      "rate is not >= 50/s in 1 of 2 windows, at worst 49.5/s in the 10 s from 0 s",
    ],
    [
      "requests==5 over 10s",
      [5, 4, 9],
      false,
      9,
      "requests is not == 5 in 2 of 3 windows, at worst 9 in the 10 s from 20 s",
    ],
    [
      "requests!=5 over 10s",
      [9, 6],
      true,
      6,
      "requests is != 5 in all 2 windows, at worst 6 in the 10 s from 10 s",
    ],
    [
      "p99<baseline+10% over 10s",
      [110_000],
      false,
      110_000,
      "p99 is not < 110 ms (baseline 100 ms) in 1 of 1 windows, at worst 110 ms in the 10 s from 0 s",
    ],
  ])("%s of %j", (text, values, holds, observed, detail) => {
    expect(judge(text, windows(...values))).toEqual({ text, holds, observed, detail });
  });

  test("asks for windows of the length that was written", () => {
    const asked: unknown[] = [];
    judge("[a] p99<1s over 1500ms", {
      ...windows(),
      windows: (...args) => {
        asked.push(args);
        return [{ start: 0, value: 1 }];
      },
    });
    expect(asked).toEqual([["p99", 1.5, "a"]]);
  });

  test("a window without the figure does not hold, and is named", () => {
    const found = judge("p99<300ms over 10s", windows(1, undefined, 1));
    expect(found).toEqual({
      text: "p99<300ms over 10s",
      holds: false,
      observed: null,
      detail: "p99 has no value in the 10 s from 10 s",
    });
  });

  test("a run shorter than one window does not hold", () => {
    const found = judge("p99<300ms over 10s", windows());
    expect(found).toMatchObject({ holds: false, detail: "the measurement holds no whole window of 10 s" });
  });
});

describe("what could never be judged is refused before the run", () => {
  const offers = { endpoints: ["a", "b c"], windows: false, baseline: false };
  test.each<[text: string, message: string, next: string]>([
    ["p98x<1s", '"p98x", which is not measured here', "write a name such as p50, p90, p95"],
    ["eror_rate<1%", '"eror_rate", which is not measured here', "did you mean error_rate?"],
    ["service<1s", '"service", which is not measured here', "service.p50, service.p90 or service.p95?"],
    ["servce.p99<1s", '"servce.p99", which is not measured here', "did you mean service.p99?"],
    ["wait.p99<1s", '"wait.p99", which is not measured here', "write a name such as"],
    ["toString<1s", '"toString", which is not measured here', "write a name such as"],
    ["[c] p99<1s", 'the endpoint "c", which does not exist', "[a] [b c]"],
    ["p99<200", "compares p99, a duration, with a plain number", "p99<200ms"],
    ["p99<1%", "compares p99, a duration, with a share", "p99<200ms"],
    ["error_rate<5ms", "compares error_rate, a share, with a duration", "error_rate<1%"],
    ["rate>=1MB/s", "compares rate, a rate, with a byte rate", "rate>=950/s"],
    ["throughput>1/s", "compares throughput, a byte rate, with a rate", "throughput>10MB/s"],
    ["body<1000", "compares body, a size, with a plain number", "body<1MB"],
    ["requests<1/s", "compares requests, a plain number, with a rate", "requests<1000"],
    ["p99<baseline+10%", "needs a baseline", "--baseline"],
    ["p99<baseline+10/s", "compares p99, a duration, with a rate", "p99<200ms"],
    ["p99<1s over 10s", "keeps no history", "leave"],
  ])("%s", (text, message, next) => {
    for (const run of [
      () => checkExpectation(parseExpectation(text), known, offers),
      () => judge(text, lookup({ p99: 1 })),
    ]) {
      const error = refusal(run);
      expect(error.exitCode).toBe(2);
      expect(error.message).toContain(`"${text}"`);
      expect(error.message).toContain(message);
      expect(error.next).toContain(next);
    }
  });

  test("a metric nobody knows names the place of the list, not the list", () => {
    const next = (text: string) =>
      refusal(() => checkExpectation(parseExpectation(text), known, { ...offers, list: "netkit x --help" }))
        .next;
    expect(next("eror_rate<1%")).toBe("did you mean error_rate? netkit x --help has them all.");
    expect(next("latency<1s")).toBe("write a name such as p50, p90, p95. netkit x --help has them all.");
  });

  test("of many endpoints the first are named", () => {
    const endpoints = Array.from({ length: 30 }, (_, index) => `/${index}`);
    const error = refusal(() =>
      checkExpectation(parseExpectation("[/x] p99<1s"), known, { ...offers, endpoints }),
    );
    expect(error.next).toBe("the endpoints are [/0] [/1] [/2] [/3] [/4] [/5] [/6] [/7] and 22 more");
  });

  test("an endpoint where the command has none", () => {
    const error = refusal(() => {
      checkExpectation(parseExpectation("[a] p99<1s"), known, { windows: false, baseline: false });
    });
    expect(error.next).toContain("leave the [name] away");
  });

  test("what can be judged passes, with its dimension", () => {
    expect(checkExpectation(parseExpectation("rate>=0"), known, offers)).toBe("rate");
    expect(checkExpectation(parseExpectation("[b c] p99.9<=0"), known, offers)).toBe("duration");
  });
});
