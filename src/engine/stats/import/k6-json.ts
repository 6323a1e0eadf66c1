/**
 * `k6 run --out json=FILE`: a JSON object a line, `Metric` (what is measured) or `Point` (one value at the time at which the
 * request ended). Times are milliseconds. A request is one point of `http_req_duration` (sending, waiting and receiving:
 * without the wait for a connection). Read line by line, so a file may be larger than memory.
 */
import { z } from "zod";
import { LatencyHistogram } from "../../../core/metrics/histogram.ts";
import { composeImported } from "./imported-run.ts";
import { type Importer, notImportable } from "./importer.ts";
import { SampleGatherer } from "./samples.ts";
import { instantMs } from "./vegeta.ts";

const point = z.looseObject({
  time: z.iso.datetime({ offset: true }),
  value: z.number(),
  tags: z.record(z.string(), z.string()).nullish(),
});
const line = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("Metric"), metric: z.string(), data: z.looseObject({}) }),
  z.looseObject({ type: z.literal("Point"), metric: z.string(), data: point }),
]);

const WHAT = "k6's JSON output";
const NEXT = "write it with: k6 run --out json=results.json script.js";
const MOST_URLS = 20;

export const k6Json = {
  id: "k6-json",
  summary: "k6 run --out json",
  recognises([first = ""]) {
    const found = line.safeParse(parsed(first));
    return found.success;
  },
  async read(lines, { name, version }) {
    const gatherer = new SampleGatherer();
    const phases = {
      http_req_connecting: new LatencyHistogram(),
      http_req_tls_handshaking: new LatencyHistogram(),
    };
    const bytes = { data_sent: 0, data_received: 0 };
    const urls = new Set<string>();
    let number = 0;
    let dropped = 0;
    for await (const text of lines) {
      number++;
      if (text.trim() === "") continue;
      const checked = line.safeParse(parsed(text));
      if (!checked.success) throw refusal(name, number, text);
      if (checked.data.type === "Metric") continue;
      const { metric, data } = checked.data;
      if (data.value < 0) throw notImportable(name, WHAT, `line ${number}: ${metric} is ${data.value}`, NEXT);
      switch (metric) {
        case "http_req_duration": {
          const tags = data.tags ?? {};
          const status = Number(tags.status ?? 0);
          if (!Number.isInteger(status) || status < 0) {
            throw notImportable(name, WHAT, `line ${number}: the status is ${tags.status}`, NEXT);
          }
          const url = tags.name ?? tags.url ?? "";
          if (url !== "" && urls.size < MOST_URLS) urls.add(url);
          gatherer.add({
            startMs: instantMs(data.time) - data.value,
            durationUs: data.value * 1000,
            status,
            error: failure(tags, status),
            bytesReceived: 0,
          });
          break;
        }
        case "http_req_connecting":
        case "http_req_tls_handshaking":
          // 0 is a connection that was there already.
          if (data.value > 0) phases[metric].record(data.value * 1000);
          break;
        case "data_sent":
        case "data_received":
          bytes[metric] += data.value;
          break;
        case "dropped_iterations":
          dropped += data.value;
          break;
      }
    }
    if (gatherer.isEmpty) {
      throw notImportable(
        name,
        WHAT,
        "it holds no point of http_req_duration",
        "only HTTP requests of k6 can be imported",
      );
    }
    return composeImported({
      source: "k6",
      version,
      startedAt: gatherer.startedAt,
      urls: [...urls],
      load: "closed",
      seconds: gatherer.seconds,
      succeeded: gatherer.succeeded,
      failed: gatherer.failed,
      bytesSent: Math.round(bytes.data_sent),
      bytesReceived: Math.round(bytes.data_received),
      response: gatherer.response,
      connect: phases.http_req_connecting,
      tls: phases.http_req_tls_handshaking,
      failedResponse: gatherer.failedResponse,
      statuses: gatherer.statuses,
      errors: gatherer.errors,
      intervals: gatherer.intervals,
      remarks: [
        "the times are k6's http_req_duration: the wait for a connection is not in them",
        "whether k6 ran an open or a closed loop is not in the file: it stands as closed",
        ...(dropped > 0 ? [`k6 dropped ${dropped} iterations, which are no requests here`] : []),
      ],
    });
  },
} as const satisfies Importer;

/** k6's own judgement where it is there, else netkit's: an error, no answer, or a status from 400. */
function failure(tags: Readonly<Record<string, string>>, status: number): string | undefined {
  const said = tags.error || `status ${status}`;
  if (tags.expected_response !== undefined) return tags.expected_response === "true" ? undefined : said;
  return status === 0 || status >= 400 || (tags.error ?? "") !== "" ? said : undefined;
}

function refusal(name: string, number: number, text: string) {
  if (number === 1 && /^\s*\{/.test(text) && !text.includes('"type"')) {
    return notImportable(
      name,
      WHAT,
      "line 1 is no point; if it is k6's summary, that has percentiles without counts, of which no run can be made",
      NEXT,
    );
  }
  return notImportable(name, WHAT, `line ${number} is no metric and no point, or is cut short`, NEXT);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
