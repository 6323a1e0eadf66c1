/**
 * What `wrk2 --latency` prints. Its spectrum (milliseconds, and how many requests were at or below) is the response time,
 * corrected for delayed starts; with `--u_latency` a second one is the service time. wrk2 leaves its calibration out of both, and
 * mixes answers of any status into them.
 */
import type { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { composeImported } from "./imported-run.ts";
import { type Importer, notImportable } from "./importer.ts";
import { type PrintedStep, rebuilt } from "./rebuilt.ts";

const WHAT = "wrk2's output";
const NEXT = "write it with: wrk2 --latency … > results.txt, and let it end";

const HEAD = /^Running (\S+) test @ (\S+)$/;
const THREADS = /^\s+(\d+) threads and (\d+) connections$/;
const SPECTRUM = /^\s+Latency Distribution \(HdrHistogram - (Recorded|Uncorrected) Latency/;
const STEP = /^\s*(\d+\.\d+)\s+(\d\.\d+)\s+(\d+)\s+(\d+\.\d+|inf)$/;
const MEAN = /^#\[Mean\s+=\s*(\d+\.\d+), StdDeviation\s+=\s*(\d+\.\d+)\]$/;
const MAX = /^#\[Max\s+=\s*(\d+\.\d+), Total count\s+=\s*(\d+)\]$/;
const TOTAL = /^\s+(\d+) requests in (\d+(?:\.\d+)?)(us|ms|s|m|h), (\d+(?:\.\d+)?)([KMGTP]?)B read$/;
const SOCKET = /^\s+Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/;
const BAD = /^\s+Non-2xx or 3xx responses: (\d+)$/;
const RATE = /^Requests\/sec:\s+(\d+(?:\.\d+)?)$/;

const SECONDS: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };
/** wrk counts bytes in powers of 1024. */
const BYTES: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
  P: 2 ** 50,
};

interface Spectrum {
  readonly line: number;
  readonly steps: PrintedStep[];
  mean?: readonly [mean: number, stdev: number];
  max?: readonly [max: number, count: number];
}

export const wrk2 = {
  id: "wrk2",
  summary: "wrk2 --latency, its text",
  recognises: (head) => head.some((line) => HEAD.test(line)) && head.some((line) => SPECTRUM.test(line)),
  async read(lines, { name, version, startedAt }) {
    const refuse = (why: string) => notImportable(name, WHAT, why, NEXT);
    const found = new Map<RegExp, RegExpExecArray>();
    const spectra = new Map<string, Spectrum>();
    let spectrum: Spectrum | undefined;
    let number = 0;
    for await (const line of lines) {
      number++;
      for (const pattern of [HEAD, THREADS, TOTAL, SOCKET, BAD, RATE]) {
        const match = pattern.exec(line);
        if (match === null) continue;
        if (found.has(pattern)) throw refuse(`line ${number} says again what was said: it holds two runs`);
        found.set(pattern, match);
      }
      const kind = SPECTRUM.exec(line)?.[1];
      if (kind !== undefined) {
        if (spectra.has(kind)) throw refuse(`line ${number} begins a second ${kind} latency`);
        spectrum = { line: number, steps: [] };
        spectra.set(kind, spectrum);
      }
      if (spectrum !== undefined) readSpectrumLine(spectrum, line, number, refuse);
      if (found.has(TOTAL)) spectrum = undefined;
    }
    const need = (pattern: RegExp, what: string): RegExpExecArray => {
      const match = found.get(pattern);
      if (match === undefined)
        throw refuse(`it ends at line ${number} without ${what}: it is cut short, or of another tool`);
      return match;
    };
    const [, planned = "", url = ""] = need(HEAD, 'the line "Running … test @ URL"');
    const [, threads, connections] = need(THREADS, "the line of threads and connections");
    const recorded = spectra.get("Recorded");
    if (recorded === undefined) throw refuse("it has no Recorded Latency: wrk2 prints it with --latency");
    const [, completed, time, unit = "", read, scale = ""] = need(TOTAL, 'the line "… requests in …"');
    const [, rate] = need(RATE, "the line Requests/sec");
    const [connect = 0, readErrors = 0, write = 0, timeout = 0] = (found.get(SOCKET) ?? [])
      .slice(1)
      .map(Number);
    const bad = Number(found.get(BAD)?.[1] ?? 0);
    if (bad > Number(completed))
      throw refuse(`${bad} responses of other status than 2xx and 3xx are more than there were`);
    const uncorrected = spectra.get("Uncorrected");
    const errors = Object.entries({ status: bad, connect, read: readErrors, write, timeout })
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => ({ kind: `wrk2-${kind}`, count, example: "" }));
    return composeImported({
      source: "wrk2",
      version,
      startedAt,
      urls: [url],
      load: "open",
      seconds: Number(time) * SECONDS[unit]!,
      plannedSeconds: plannedSeconds(planned),
      connections: Number(connections),
      threads: Number(threads),
      succeeded: Number(completed) - bad,
      failed: bad + connect + readErrors + write,
      bytesReceived: Math.round(Number(read) * BYTES[scale]!),
      achieved: Number(rate),
      response: histogramOf(recorded, refuse),
      service: uncorrected === undefined ? undefined : histogramOf(uncorrected, refuse),
      errors,
      remarks: [
        "percentiles are wrk2's printed steps; one between two steps is the upper one",
        `latencies are of ${recorded.max?.[1] ?? 0} of ${completed} requests: wrk2 leaves out its calibration`,
        "answers of any status are in the response time; statuses are not in the file",
        "bytes received are as rounded as wrk2 prints them; the offered rate is not printed",
        ...(timeout > 0
          ? [`wrk2 counts ${timeout} time-outs beside its requests: they are in errors only`]
          : []),
      ],
    });
  },
} as const satisfies Importer;

type Refuse = (why: string) => Error;

function readSpectrumLine(spectrum: Spectrum, line: string, number: number, refuse: Refuse): void {
  const step = STEP.exec(line);
  if (step !== null) {
    const last = spectrum.steps.at(-1);
    const next = { valueUs: micros(step[1]!), total: Number(step[3]) };
    if (last !== undefined && (next.valueUs < last.valueUs || next.total < last.total)) {
      throw refuse(`line ${number}: value or count is below that of the line before`);
    }
    spectrum.steps.push(next);
    return;
  }
  const mean = MEAN.exec(line);
  if (mean !== null) spectrum.mean = [micros(mean[1]!, false), micros(mean[2]!, false)];
  const max = MAX.exec(line);
  if (max !== null) spectrum.max = [micros(max[1]!), Number(max[2])];
}

function histogramOf({ line, steps, mean, max }: Spectrum, refuse: Refuse): LatencyHistogram {
  const last = steps.at(-1);
  if (last === undefined || mean === undefined || max === undefined) {
    throw refuse(`the spectrum that begins at line ${line} is not whole`);
  }
  const [maxUs, count] = max;
  if (last.total !== count) {
    throw refuse(
      `the spectrum that begins at line ${line} ends at ${last.total} requests, and its total count is ${count}`,
    );
  }
  try {
    return rebuilt(steps, { maxUs, meanUs: mean[0], stdevUs: mean[1] });
  } catch {
    throw refuse(`the spectrum that begins at line ${line} contradicts its maximum`);
  }
}

/** Milliseconds with three decimals are whole microseconds. */
function micros(text: string, whole = true): number {
  const us = Number(text) * 1000;
  return whole ? Math.round(us) : us;
}

function plannedSeconds(text: string): number | undefined {
  const [, figure, unit = "s"] = /^(\d+)([smh])?$/.exec(text) ?? [];
  return figure === undefined ? undefined : Number(figure) * SECONDS[unit]!;
}
