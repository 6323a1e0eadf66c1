import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Exposition, Family, Sample } from "../../../../src/engine/stats/live/exposition/family.ts";
import { parseLine, parseNumber } from "../../../../src/engine/stats/live/exposition/line.ts";
import { readExposition } from "../../../../src/engine/stats/live/exposition/read.ts";

const HEX_LINE = "6d7b613d22785c22795c5c5c6e227d20312e3565332031373030303030303030303030"; // m{a="x\"y\\\n"} 1.5e3 1700000000000

function read(text: string, format: "prometheus" | "openmetrics" = "prometheus"): Exposition {
  const result = readExposition(text, format);
  if (result.kind === "violation") throw new Error(`line ${result.line} ${result.reason}`);
  return result.exposition;
}

function refused(text: string, format: "prometheus" | "openmetrics" = "prometheus"): string {
  const result = readExposition(text, format);
  if (result.kind !== "violation") throw new Error("it was read");
  return `line ${result.line} ${result.reason}`;
}

function only(family: Family | undefined): Sample {
  expect(family?.series.size).toBe(1);
  return [...family!.series.values()][0]!.sample;
}

describe("a line", () => {
  test("has escapes, an exponent and a timestamp", () => {
    expect(parseLine(Buffer.from(HEX_LINE, "hex").toString())).toEqual({
      kind: "sample",
      name: "m",
      labels: [["a", 'x"y\\\n']],
      value: 1500,
      timestamp: 1_700_000_000_000,
    });
  });

  test.each([
    ["a 1", "a", [], 1, null],
    ["  a\t+Inf  ", "a", [], Number.POSITIVE_INFINITY, null],
    ["a{} -Inf", "a", [], Number.NEGATIVE_INFINITY, null],
    ["a NaN 12", "a", [], Number.NaN, 12],
    ["job:a:rate5m .5e-3", "job:a:rate5m", [], 0.0005, null],
    [
      'a { b = "c" , d="e", } 1 -5',
      "a",
      [
        ["b", "c"],
        ["d", "e"],
      ],
      1,
      -5,
    ], // prettier than promtool allows, read by Prometheus
    ['a{b="}"} 2', "a", [["b", "}"]], 2, null],
    ['a{b="\\q"} 2', "a", [["b", "\\q"]], 2, null],
    ['a{b="# {"} 2 # {trace="1 2"} 0.5 1.5', "a", [["b", "# {"]], 2, null],
    ["a_total 2 1.25 # {} 3", "a_total", [], 2, 1.25],
    ['{"a.b",c="d"} 3', "a.b", [["c", "d"]], 3, null],
    ['{"a.b","c d"="e"} 3\r', "a.b", [["c d", "e"]], 3, null],
  ])("reads %s", (text, name, labels, value, timestamp) => {
    expect(parseLine(text)).toEqual({ kind: "sample", name, labels, value, timestamp });
  });

  test.each([
    ["1a 2", "does not begin with the name of a metric"],
    ["a", "has no value"],
    ["a b", "has a value that is no number"],
    ["a 0x1p4", "has a value that is no number"],
    ["a 1_000", "has a value that is no number"],
    ["a 1 x", "has a timestamp that is no number"],
    ["a 1 2 3", "goes on after its timestamp"],
    ["a{b} 1", "has no = behind the label b"],
    ["a{b=c} 1", "has a value of the label b that is not quoted"],
    ['a{="c"} 1', "has a label without a name"],
    ['a{b="c" d="e"} 1', "has labels that do not end with }"],
    ['a{b="c"', "has labels that do not end with }"],
    ['a{b="c} 1', "has a quotation mark that is never closed"],
    ['a{b="c",b="d"} 1', "has the label b twice"],
    ['{b="c"} 1', "does not begin with the name of a metric"],
    ['a{"b"} 1', "has two names"],
    ["a 1 # 3", "has an exemplar without labels"],
    ["a 1 # {} x", "has a value of an exemplar that is no number"],
    ["a 1 # {} 1 2 3", "goes on after its exemplar"],
    [`a{${Array.from({ length: 257 }, (_, at) => `l${at}="v"`).join(",")}} 1`, "has more than 256 labels"],
  ])("refuses %s", (text, reason) => {
    expect(parseLine(text)).toEqual({ kind: "violation", reason });
  });

  test.each([
    ["# TYPE a counter", { kind: "type", name: "a", text: "counter" }],
    ["# HELP a one\\ntwo \\\\ three", { kind: "help", name: "a", text: "one\ntwo \\ three" }],
    ["# HELP a", { kind: "help", name: "a", text: "" }],
    ["# UNIT a_seconds seconds", { kind: "unit", name: "a_seconds", text: "seconds" }],
    ['# TYPE "a.b" gauge', { kind: "type", name: "a.b", text: "gauge" }],
    ["# EOF", { kind: "eof" }],
    ["# TYPEa counter", { kind: "nothing" }],
    ["#", { kind: "nothing" }],
    ["", { kind: "nothing" }],
    [" \t", { kind: "nothing" }],
  ])("takes %s for what it is", (text, line) => {
    expect(parseLine(text)).toEqual(line);
  });

  test("whatever its bytes are, is a value and no exception, and labels written by the rules come back", () => {
    const alphabet = fc.constantFrom(...'ab_:{}=,"\\# \t1.eE+-nNaI\r\u00e9');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.oneof(alphabet, fc.string({ maxLength: 1 })), maxLength: 60 }),
        (text) => {
          parseLine(text);
          readExposition(text, "prometheus");
          readExposition(text, "openmetrics");
        },
      ),
      { numRuns: 3000 },
    );
    const escaped = (text: string) =>
      text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
    const value = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: alphabet }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), fc.double(), (values, number) => {
        const labels = values.map((text, at) => [`l${at}`, text.replaceAll("\r", "")] as [string, string]);
        const pairs = labels.map(([name, text]) => `${name}="${escaped(text)}"`).join(",");
        const line = parseLine(`m{${pairs}} ${number}`);
        expect(line).toMatchObject({ kind: "sample", name: "m", labels });
        expect((line as { value: number }).value).toBe(number === 0 ? Number(String(number)) : number);
      }),
    );
  });

  test("numbers are those of Go's ParseFloat", () => {
    expect(["1", "-1.", "+.5", "1e3", "INF", "-infinity", "nan"].map(parseNumber)).toEqual([
      1,
      -1,
      0.5,
      1000,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
    ]);
    expect(["", ".", "e3", "1e", "--1", "infi", "1,0"].map(parseNumber)).toEqual(Array(7).fill(undefined));
  });
});

const PROMETHEUS = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="0.1"} 33444
http_request_duration_seconds_bucket{le="0.2"} 100392
http_request_duration_seconds_bucket{le="0.5"} 129389
http_request_duration_seconds_bucket{le="1"} 133988
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# Finally a summary, which has a complex representation, too:
# HELP rpc_duration_seconds A summary of the RPC duration in seconds.
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds{quantile="0.05"} 3272
rpc_duration_seconds{quantile="0.5"} 4773
rpc_duration_seconds{quantile="0.9"} 9001
rpc_duration_seconds{quantile="0.99"} 76656
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`;

describe("an exposition", () => {
  test("is read as the format's own documentation shows it", () => {
    const { families, warnings } = read(PROMETHEUS);
    expect(warnings).toEqual([]);
    expect([...families.values()].map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
      ["http_requests_total", "counter", null],
      ["msdos_file_access_time_seconds", "unknown", "seconds"],
      ["metric_without_timestamp_and_labels", "unknown", null],
      ["something_weird", "unknown", null],
      ["http_request_duration_seconds", "histogram", "seconds"],
      ["rpc_duration_seconds", "summary", "seconds"],
    ]);
    const [first] = [...families.get("http_requests_total")!.series.values()];
    expect(first).toEqual({
      labels: [
        ["code", "200"],
        ["method", "post"],
      ],
      sample: { kind: "counter", value: 1027 },
      created: null,
      timestampMs: 1_395_066_363_000,
    });
    expect(only(families.get("http_request_duration_seconds"))).toEqual({
      kind: "histogram",
      sum: 53423,
      buckets: [
        { le: 0.05, count: 24054 },
        { le: 0.1, count: 33444 },
        { le: 0.2, count: 100392 },
        { le: 0.5, count: 129389 },
        { le: 1, count: 133988 },
        { le: Number.POSITIVE_INFINITY, count: 144320 },
      ],
    });
    expect(only(families.get("rpc_duration_seconds"))).toMatchObject({ count: 2693, sum: 17560473 });
    expect(families.get("http_request_duration_seconds")!.help).toBe("A histogram of the request duration.");
  });

  test("of OpenMetrics has units, created times, exemplars, infos and an end", () => {
    const text = `# TYPE acme_http_router_request_seconds summary
# UNIT acme_http_router_request_seconds seconds
# HELP acme_http_router_request_seconds Latency.
acme_http_router_request_seconds_sum{path="/api/v1"} 9036.32
acme_http_router_request_seconds_count{path="/api/v1"} 807283.0
acme_http_router_request_seconds_created{path="/api/v1"} 1605281325.0
# TYPE jobs counter
jobs_total 17.0 1520879607.789 # {trace_id="KOO5S4vxi0o"} 0.67
jobs_created 1520430000.123
# TYPE build info
build_info{version="8.2.7"} 1
# TYPE depth gaugehistogram
depth_bucket{le="10.0"} 3
depth_bucket{le="+Inf"} 4
depth_gcount 4
depth_gsum 30
# EOF
`;
    const { families } = read(text, "openmetrics");
    expect([...families.keys()]).toEqual([
      "acme_http_router_request_seconds",
      "jobs_total",
      "build_info",
      "depth",
    ]);
    const [jobs] = [...families.get("jobs_total")!.series.values()];
    expect(jobs).toMatchObject({ created: 1_520_430_000.123, timestampMs: 1_520_879_607_789 });
    expect(families.get("depth")!.kind).toBe("gauge-histogram");
    expect(only(families.get("depth"))).toMatchObject({ sum: 30 });
    expect(refused(text.replace("# EOF\n", ""), "openmetrics")).toMatch(/is the last, and no # EOF$/);
    expect(refused(`${text}more 1\n`, "openmetrics")).toBe("line 18 stands behind # EOF");
  });

  test("cut at any byte is refused or is a part, never another number", () => {
    const whole = read(PROMETHEUS);
    let taken = 0;
    for (let end = 0; end <= PROMETHEUS.length; end++) {
      const result = readExposition(PROMETHEUS.slice(0, end), "prometheus");
      if (result.kind === "violation") continue;
      taken++;
      for (const { name, kind, series } of result.exposition.families.values()) {
        if (kind === "summary") continue;
        for (const [key, { sample }] of series) {
          expect(sample).toMatchObject({ kind: whole.families.get(name)!.series.get(key)!.sample.kind });
          if (sample.kind !== "histogram") {
            expect(sample).toEqual(whole.families.get(name)!.series.get(key)!.sample);
          } else {
            expect(sample.buckets).toHaveLength(6);
          }
        }
      }
    }
    expect(taken).toBeGreaterThan(30);
    expect(refused("a 1\nb 12")).toBe("line 2 has no end: the answer was cut");
  });

  test("without types knows counters and histograms by their names", () => {
    const { families } = read(
      'a_total 1\nb_bucket{le="1"} 1\nb_bucket{le="+Inf"} 2\nb_sum 3\nb_count 2\nc 4\n',
    );
    expect([...families.values()].map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "a_total counter",
      "b histogram",
      "c unknown",
    ]);
  });

  test("declares families that have no series yet", () => {
    const { families } = read("# TYPE errors_total counter\n# HELP errors_total None so far.\n");
    expect(families.get("errors_total")).toMatchObject({ kind: "counter", help: "None so far." });
    expect(families.get("errors_total")!.series.size).toBe(0);
  });

  test("says what was wrong and could be lived with", () => {
    const text = 'a 1\na 2\n# TYPE h histogram\nh_sum 3\nh_bucket{x="1",le="5"} 2\nh_count{x="1"} 3\n';
    const { families, warnings } = read(text);
    expect(warnings).toEqual([
      "1 samples repeat a series; the first counts",
      "1 histograms have no whole set of buckets and are left out",
    ]);
    expect(only(families.get("a"))).toEqual({ kind: "gauge", value: 1 });
    // `_count` stands in for the bucket of infinity.
    expect(only(families.get("h"))).toMatchObject({
      buckets: [
        { le: 5, count: 2 },
        { le: Infinity, count: 3 },
      ],
    });
  });

  test("refuses what passes its limits and what breaks the rules, with the line", () => {
    const limits = { maxLineLength: 20, maxSamples: 2 };
    expect(readExposition(`a 1\n${"b".repeat(21)} 1\n`, "prometheus", limits)).toMatchObject({
      line: 2,
      reason: "is longer than 20 characters",
    });
    expect(readExposition("a 1\nb 1\nc 1\n", "prometheus", limits)).toMatchObject({
      line: 3,
      text: "c 1",
      reason: "is one more than the 2 samples that are read",
    });
    expect(refused("a 1\n\nb x\n")).toBe("line 3 has a value that is no number");
    expect(refused("# TYPE a meter\n")).toBe("line 1 names a type that does not exist");
    expect(refused('# TYPE h histogram\nh_bucket{x="1"} 1\n')).toBe("line 2 has no label le");
    expect(refused('# TYPE h histogram\nh_bucket{le="x"} 1\n')).toBe(
      "line 2 has a label le that is no number",
    );
  });
});
