/** `netkit.serve-stats/1`: what a server tells of itself at `/stats` of its admin address. */
import { z } from "zod";
import { schemesFor } from "../../core/endpoint.ts";
import type { ServeStats } from "../../engine/serve/stats.ts";
import type { Agrees } from "./agreement.ts";

const count = z.int().min(0);
const figure = z.number().min(0).nullable();
const tally = z.record(z.string(), count);

const latency = z
  .strictObject({
    unit: z.literal("us"),
    count,
    mean: figure,
    p50: figure,
    p90: figure,
    p99: figure,
    p99_9: figure,
    max: figure,
  })
  .describe("Microseconds; every figure is null when count is 0.");

const listener = z.strictObject({
  scheme: z.enum(schemesFor("serve")),
  url: z.string(),
  address: z.string(),
  port: z.int().min(0).max(65_535),
  path: z.string().optional().describe("File of a unix socket."),
  fingerprint: z.string().optional().describe("SHA-256 of the certificate; TLS only."),
});

export const serveStatsSchema = z
  .strictObject({
    schema: z.literal("netkit.serve-stats/1"),
    startedAt: z.string().describe("ISO 8601, UTC."),
    uptimeSeconds: z.number().min(0),
    state: z.enum(["serving", "draining"]),
    version: z.string(),
    threads: count,
    workerRestarts: count,
    workersMissing: count.describe(
      "Workers that are dead or did not answer within a second; of these the last known figures are in the totals.",
    ),
    listeners: z.array(listener),
    connections: z.strictObject({
      open: count,
      accepted: count,
      refused: count,
      waiting: count,
      handshakeFailures: count,
    }),
    requests: z.strictObject({ total: count, inFlight: count, statuses: tally }),
    echoed: count.describe("Echoed messages."),
    broadcast: z
      .strictObject({ delivered: count, dropped: count })
      .describe(
        "Messages of /broadcast, each counted for each member; dropped ones were for members that read too slowly.",
      ),
    streams: z
      .strictObject({ sunkBytes: count, sourcedBytes: count })
      .describe("Bytes of raw listeners with the path /sink or /source."),
    datagrams: z
      .strictObject({ received: count, echoed: count, dropped: count })
      .describe("UDP; dropped ones were received and not sent back."),
    bytes: z.strictObject({ received: count, sent: count }),
    latency,
    routes: z.array(z.strictObject({ route: z.string(), requests: count, statuses: tally, latency })),
    limits: tally.describe("Clients turned away, by limit."),
    violations: tally.describe("Broken protocol, by reason."),
    process: z.strictObject({
      cpuSeconds: z.number().min(0),
      residentBytes: count,
      openDescriptors: count.nullable(),
    }),
  })
  .meta({
    id: "netkit.serve-stats_1",
    title: "netkit.serve-stats/1",
    description: "What netkit serve tells of itself at /stats.",
  });

export const serveStatsAgrees: Agrees<z.infer<typeof serveStatsSchema>, ServeStats> = true;
