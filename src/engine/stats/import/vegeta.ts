/**
 * vegeta's results, one a line: `vegeta encode --to json` (objects) or `--to csv` (Go's encoding/csv: time in nanoseconds
 * since 1970, code, latency in nanoseconds, bytes out, bytes in, error, body, attack, seq, method, url, headers).
 * vegeta counts status 200 to 399 as success and measures from the sending, not from the instant that was planned.
 */
import { z } from "zod";
import { composeImported } from "./imported-run.ts";
import { type Importer, notImportable } from "./importer.ts";
import { SampleGatherer } from "./samples.ts";

const jsonLine = z.looseObject({
  code: z.number().int().min(0),
  timestamp: z.iso.datetime({ offset: true }),
  latency: z.number().min(0),
  bytes_out: z.number().int().min(0),
  bytes_in: z.number().int().min(0),
  error: z.string(),
  url: z.string().default(""),
});

interface VegetaResult {
  readonly code: number;
  readonly startMs: number;
  readonly latencyNs: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly error: string;
  readonly url: string;
}

const NEXT = "write it anew with: vegeta encode --to json results.bin > results.json";
/** A run of many URLs names these. */
const MOST_URLS = 20;
/** Fields of a line since vegeta 12; the first seven were always there. */
const LEAST_FIELDS = 7;

export const vegeta = {
  id: "vegeta",
  summary: "vegeta encode --to json or --to csv",
  recognises([first = ""]) {
    return (first.startsWith("{") && fromJson(first) !== undefined) || fromCsv(first) !== undefined;
  },
  async read(lines, { name, version }) {
    const gatherer = new SampleGatherer();
    const urls = new Set<string>();
    let number = 0;
    let bytesSent = 0;
    let bytesReceived = 0;
    for await (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      const result = line.startsWith("{") ? fromJson(line) : fromCsv(line);
      if (result === undefined) {
        throw notImportable(name, "vegeta's results", `line ${number} is no result, or is cut short`, NEXT);
      }
      const { code, startMs, latencyNs, bytesOut, bytesIn, error, url } = result;
      if (url !== "" && urls.size < MOST_URLS) urls.add(url);
      bytesSent += bytesOut;
      bytesReceived += bytesIn;
      const succeeded = code >= 200 && code < 400;
      gatherer.add({
        startMs,
        durationUs: latencyNs / 1000,
        status: code,
        error: succeeded ? undefined : error || `status ${code}`,
        bytesReceived: bytesIn,
      });
    }
    if (gatherer.isEmpty) throw notImportable(name, "vegeta's results", "it holds no result", NEXT);
    return composeImported({
      source: "vegeta",
      version,
      startedAt: gatherer.startedAt,
      urls: [...urls],
      load: "open",
      seconds: gatherer.seconds,
      succeeded: gatherer.succeeded,
      failed: gatherer.failed,
      bytesSent,
      bytesReceived,
      response: gatherer.response,
      failedResponse: gatherer.failedResponse,
      statuses: gatherer.statuses,
      errors: gatherer.errors,
      intervals: gatherer.intervals,
      remarks: [
        "vegeta measures from the sending of a request, not from the instant planned: a slow generator does not show",
        "the offered rate is not in the file",
      ],
    });
  },
} as const satisfies Importer;

function fromJson(line: string): VegetaResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = jsonLine.safeParse(value);
  if (!parsed.success) return undefined;
  const { code, timestamp, latency, bytes_out: bytesOut, bytes_in: bytesIn, error, url } = parsed.data;
  return { code, startMs: instantMs(timestamp), latencyNs: latency, bytesOut, bytesIn, error, url };
}

function fromCsv(line: string): VegetaResult | undefined {
  const fields = csvFields(line);
  if (fields === undefined || fields.length < LEAST_FIELDS) return undefined;
  const [stamp = "", code = "", latency = "", bytesOut = "", bytesIn = "", error = ""] = fields;
  if (!/^\d{16,20}$/.test(stamp)) return undefined;
  if (![code, latency, bytesOut, bytesIn].every((text) => /^\d{1,16}$/.test(text))) return undefined;
  return {
    code: Number(code),
    // Nanoseconds since 1970 do not fit a double; their microseconds do.
    startMs: Number(BigInt(stamp) / 1000n) / 1000,
    latencyNs: Number(latency),
    bytesOut: Number(bytesOut),
    bytesIn: Number(bytesIn),
    error,
    url: fields[10] ?? "",
  };
}

/** Undefined for a quote that is not closed. */
function csvFields(line: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let text = "";
      for (;;) {
        const end = line.indexOf('"', at + 1);
        if (end < 0) return undefined;
        text += line.slice(at + 1, end);
        at = end + 1;
        if (line[at] !== '"') break;
        text += '"';
      }
      if (at < line.length && line[at] !== ",") return undefined;
      fields.push(text);
    } else {
      const end = line.indexOf(",", at);
      fields.push(line.slice(at, end < 0 ? undefined : end));
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** ISO 8601 with up to nine decimals, which Date.parse cuts to three. */
export function instantMs(text: string): number {
  const decimals = /\.\d{3}(\d+)/.exec(text)?.[1] ?? "";
  return Date.parse(text.replace(/(\.\d{3})\d+/, "$1")) + (decimals === "" ? 0 : Number(`0.${decimals}`));
}
