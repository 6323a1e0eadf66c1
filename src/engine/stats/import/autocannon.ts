/**
 * `autocannon --json`. Latencies are whole milliseconds, as fifteen percentiles and a count; between two of them nothing is
 * known, so figures of other percentiles are null and the histogram stands at the upper one.
 */
import { z } from "zod";
import { summarize } from "../../../core/metrics/latency-summary.ts";
import { composeImported } from "./imported-run.ts";
import { type Importer, notImportable } from "./importer.ts";
import { rebuilt } from "./rebuilt.ts";

const PERCENTILES = [
  ["p2_5", 2.5],
  ["p50", 50],
  ["p97_5", 97.5],
  ["p99", 99],
  ["p0_001", 0.001],
  ["p0_01", 0.01],
  ["p0_1", 0.1],
  ["p1", 1],
  ["p10", 10],
  ["p25", 25],
  ["p75", 75],
  ["p90", 90],
  ["p99_9", 99.9],
  ["p99_99", 99.99],
  ["p99_999", 99.999],
] as const;

const count = z.int().min(0);
const figure = z.number().min(0);
const document = z.looseObject({
  url: z.string(),
  connections: count,
  pipelining: count,
  workers: count.optional(),
  duration: figure,
  start: z.iso.datetime(),
  errors: count,
  timeouts: count,
  non2xx: count,
  "2xx": count,
  statusCodeStats: z.record(z.string(), z.looseObject({ count })).optional(),
  latency: z.looseObject({ mean: figure, stddev: figure, min: figure, max: figure, totalCount: count }),
  requests: z.looseObject({ total: count }),
  throughput: z.looseObject({ total: count }),
});

const WHAT = "autocannon's JSON";
const NEXT = "write it with: autocannon --json URL > results.json";
/** A result with every percentile is some 3 kB. */
const MOST_CHARS = 4 * 1024 * 1024;

export const autocannon = {
  id: "autocannon",
  summary: "autocannon --json",
  recognises(head) {
    const text = head.join("\n");
    return (
      text.trimStart().startsWith("{") && /"sampleInt"|"non2xx"/.test(text) && text.includes('"pipelining"')
    );
  },
  async read(lines, { name, version }) {
    const refuse = (why: string) => notImportable(name, WHAT, why, NEXT);
    const text: string[] = [];
    let chars = 0;
    for await (const line of lines) {
      text.push(line);
      chars += line.length;
      if (chars > MOST_CHARS) throw refuse(`line ${text.length}: it is longer than any result of autocannon`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text.join("\n"));
    } catch (error) {
      throw refuse(`it is not one JSON document, or is cut short: ${(error as Error).message}`);
    }
    const checked = document.safeParse(value);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw refuse(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "it is of another form"}`);
    }
    const run = checked.data;
    const { latency, requests } = run;
    const answered = run["2xx"] + run.non2xx;
    if (latency.totalCount > requests.total + run.errors) {
      throw refuse(`latency.totalCount is ${latency.totalCount}, more than its ${requests.total} requests`);
    }
    const { histogram, known } = histogramOf(latency, refuse);
    const printed = (figure: string) => (known.has(figure) ? Number(latency[figure]) * 1000 : null);
    const statuses = Object.entries(run.statusCodeStats ?? {}).map(
      ([status, found]) => [status, found.count] as const,
    );
    const broken = Math.max(0, run.errors - run.timeouts);
    return composeImported({
      source: "autocannon",
      version,
      startedAt: new Date(run.start),
      urls: [run.url],
      load: "closed",
      seconds: run.duration,
      connections: run.connections,
      depth: run.pipelining,
      threads: run.workers ?? 1,
      succeeded: run["2xx"],
      failed: run.non2xx + broken,
      timedOut: run.timeouts,
      bytesReceived: run.throughput.total,
      achieved: run.duration > 0 ? Math.round((requests.total / run.duration) * 1000) / 1000 : 0,
      response: histogram,
      responseSummary: {
        ...summarize(histogram),
        p50: printed("p50"),
        p75: printed("p75"),
        p90: printed("p90"),
        p95: null,
        p99: printed("p99"),
        p99_9: printed("p99_9"),
        p99_99: printed("p99_99"),
      },
      statuses: Object.fromEntries(statuses),
      errors: [
        { kind: "autocannon-non2xx", count: run.non2xx, example: "" },
        { kind: "autocannon-errors", count: broken, example: "" },
        { kind: "timeout", count: run.timeouts, example: "" },
      ].filter((error) => error.count > 0),
      remarks: [
        "latencies are autocannon's percentiles in whole milliseconds; between two of them the histogram stands at the upper one",
        "answers of any status are in the response time; requests that timed out are not",
        ...(answered === requests.total
          ? []
          : [`autocannon counts ${requests.total} requests and ${answered} by status`]),
      ],
    });
  },
} as const satisfies Importer;

interface PrintedLatency {
  readonly [name: string]: unknown;
  readonly mean: number;
  readonly stddev: number;
  readonly min: number;
  readonly max: number;
  readonly totalCount: number;
}

function histogramOf(latency: PrintedLatency, refuse: (why: string) => Error) {
  const { totalCount, min, max, mean, stddev } = latency;
  const known = new Set<string>();
  const steps = PERCENTILES.flatMap(([name, percent]) => {
    const value = latency[name];
    if (typeof value !== "number" || value < 0) return [];
    known.add(name);
    return [
      { percent, valueUs: value * 1000, total: Math.ceil((percent / 100) * totalCount * (1 - 2 ** -51)) },
    ];
  }).sort((a, b) => a.percent - b.percent);
  const falling = steps.findIndex((step, at) => at > 0 && step.valueUs < steps[at - 1]!.valueUs);
  if (falling > 0)
    throw refuse(`latency: the ${steps[falling]!.percent} % are below the ${steps[falling - 1]!.percent} %`);
  if (steps.length === 0 || (steps.at(-1)!.valueUs > max * 1000 * 1.001 && totalCount > 0)) {
    throw refuse("latency: it has no percentiles, or one above its maximum");
  }
  try {
    const histogram = rebuilt([...steps, { valueUs: max * 1000, total: totalCount }], {
      minUs: min * 1000,
      maxUs: max * 1000,
      meanUs: mean * 1000,
      stdevUs: stddev * 1000,
    });
    return { histogram, known };
  } catch {
    throw refuse("latency: its percentiles and its maximum contradict each other");
  }
}
