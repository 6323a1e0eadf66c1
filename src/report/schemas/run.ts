/** `netkit.run/1`: the result of a flood, as printed by `--json` and written by `--out`. */
import { z } from "zod";
import type { RunResult } from "../../core/run-document.ts";
import type { Agrees } from "./agreement.ts";

const count = z.int().min(0);
const figure = z.number().min(0).nullable();

export const latencySummarySchema = z
  .strictObject({
    unit: z.literal("us"),
    count,
    min: figure,
    mean: figure,
    stdev: figure,
    p50: figure,
    p75: figure,
    p90: figure,
    p95: figure,
    p99: figure,
    p99_9: figure,
    p99_99: figure,
    max: figure,
  })
  .describe("Microseconds; every figure is null when count is 0.");

export const expectationSchema = z.strictObject({
  text: z.string(),
  observed: z.number().nullable(),
  holds: z.boolean(),
  detail: z.string(),
});

const totals = z.strictObject({
  requests: count.describe("Always succeeded + failed + censored."),
  succeeded: count,
  failed: count,
  censored: count.describe("Unanswered at their time-out or at the end of the run; counted at their age."),
  timedOut: count.describe("Part of censored."),
  unsent: count.describe("Part of censored: due by the plan, but no connection was free."),
  bytesSent: count,
  bytesReceived: count,
  connectionsOpened: count,
  seconds: z.number().min(0).describe("Measured time, warm-up excluded."),
});

const statuses = z.record(z.string(), count).describe("Number of answers by status code.");

const latency = z.strictObject({
  response: latencySummarySchema.describe("End − intended."),
  service: latencySummarySchema.describe("End − sent."),
  lateness: latencySummarySchema.describe("Sent − intended."),
  dns: latencySummarySchema,
  connect: latencySummarySchema,
  tls: latencySummarySchema,
  firstByte: latencySummarySchema,
  failed: latencySummarySchema.describe("Response time of failed requests."),
});

const plan = z.strictObject({
  urls: z.array(z.string()).min(1),
  protocol: z.string().describe("In words, as far as it decides what is measured."),
  method: z.string(),
  headers: z.array(z.tuple([z.string(), z.string()])),
  bodyBytes: count,
  rows: count.optional().describe("Messages that took turns; bodyBytes is the first one's."),
  load: z.enum(["closed", "open", "hold", "stream"]),
  rate: z.number().nullable(),
  arrival: z.string().nullable(),
  durationSeconds: z.number().nullable(),
  requests: count.nullable(),
  connections: count,
  depth: count,
  threads: count,
  warmupSeconds: z.number(),
  timeoutMs: z.number(),
  way: z.string().optional().describe("Where connections went and by which TLS, when flags said so."),
  newConnection: z.boolean(),
  requestsPerConnection: count.optional().describe("Of one connection, before the next takes its place."),
  connectRate: z.number().optional().describe("Connections begun per second."),
  insecure: z.boolean(),
});

const environment = z.strictObject({
  netkit: z.string(),
  node: z.string(),
  platform: z.string(),
  arch: z.string(),
  cpus: count,
  cpuModel: z.string(),
  memoryBytes: count,
  hostname: z.string(),
});

const interval = z.strictObject({
  start: z.number().describe("Seconds since the end of the warm-up."),
  seconds: z.number(),
  requests: count,
  failed: count,
  bytes: count,
  inFlight: count,
  p50: figure,
  p90: figure,
  p99: figure,
  max: figure,
  histogram: z.string().describe("Response time, base64 of a compressed HdrHistogram V2."),
});

const endpoint = z.strictObject({
  name: z.string(),
  url: z.string(),
  totals: totals.pick({ requests: true, succeeded: true, failed: true, censored: true }),
  latency: latency.pick({ response: true, service: true, failed: true }),
  statuses,
});

const datagrams = z.strictObject({
  sent: count,
  arrived: count.describe("First answers, late ones too."),
  lost: count,
  late: count,
  reordered: count.describe("Behind a later one (RFC 4737)."),
  duplicates: count,
  stray: count.describe("Answers to nothing that was sent."),
  jitterUs: z.number().min(0).nullable().describe("Mean interarrival jitter (RFC 3550), there and back."),
  sentPerSecond: z.number().min(0),
  arrivedPerSecond: z.number().min(0),
});

const fanOut = z
  .strictObject({
    listeners: count,
    messages: count.describe("Sent."),
    expected: count.describe("Receipts: one for each listener that was there when a message was sent."),
    delivered: count.describe("First receipts, late ones too."),
    lost: count,
    late: count,
    reordered: count.describe("Behind a later one."),
    duplicates: count,
    stray: count.describe("Messages of somebody else."),
    connectionsLost: count,
    perSecond: z.number().min(0).describe("Receipts."),
    latency: latencySummarySchema.describe("From sending to each receipt."),
  })
  .describe("Messages that one connection sent and the others were to receive.");

const held = z
  .strictObject({
    asked: count,
    opened: count,
    failed: count.describe("Attempts that came to nothing."),
    lost: count.describe("Opened, and gone before the end."),
    live: count.describe("At the end."),
    openingSeconds: z.number().min(0).describe("From the first dial to the last connection."),
    residentBytesEach: z
      .number()
      .min(0)
      .nullable()
      .describe("By how much netkit's resident memory grew while they were opened, for each."),
    seconds: z.array(count).describe("Live at the end of each second."),
  })
  .describe("Connections that were kept and asked nothing.");

const throughput = z
  .strictObject({
    sentPerSecond: count.describe("Bytes; what was sent is what the system has taken."),
    receivedPerSecond: count,
    lost: count.describe("Connections that ended before the end."),
    seconds: z.array(z.strictObject({ sent: count, received: count })).describe("Bytes of each second."),
  })
  .describe("Bytes of a run without requests.");

const quality = z.strictObject({
  verdict: z.enum(["valid", "suspect", "invalid"]),
  reasons: z.array(z.string()),
  cpu: z.strictObject({
    busy: z.number().describe("Share of one core, the busiest generator thread."),
    waiting: z.number().nullable(),
    usPerRequest: z.number().nullable(),
  }),
  loopLag: latencySummarySchema,
  lateness: latencySummarySchema,
  gc: z.strictObject({ pauses: count, totalMs: z.number(), maxMs: z.number() }),
  descriptors: z.strictObject({ used: count.nullable(), limit: count.nullable() }),
  ports: z.strictObject({ used: count, available: count.nullable() }),
});

export const runSchema = z
  .strictObject({
    schema: z.literal("netkit.run/1"),
    command: z.literal("flood"),
    version: z.string(),
    startedAt: z.string().describe("ISO 8601, UTC."),
    plan,
    environment,
    totals,
    rate: z.strictObject({ offered: z.number().nullable(), achieved: z.number() }),
    latency,
    held: held.optional(),
    throughput: throughput.optional(),
    handshakes: z
      .strictObject({ full: count, resumed: count })
      .optional()
      .describe("TLS handshakes, of a run that asked for sessions to be resumed."),
    datagrams: datagrams.optional(),
    fanOut: fanOut.optional(),
    statuses,
    errors: z.array(z.strictObject({ kind: z.string(), count, example: z.string() })),
    endpoints: z.array(endpoint),
    intervals: z.array(interval),
    histograms: z
      .record(z.string(), z.string())
      .describe("Base64 of compressed HdrHistogram V2; an empty distribution is left out."),
    expectations: z.array(expectationSchema),
    quality,
    interrupted: z.boolean(),
  })
  .meta({ id: "netkit.run_1", title: "netkit.run/1", description: "The result of netkit flood." });

export const runAgrees: Agrees<z.infer<typeof runSchema>, RunResult> = true;
