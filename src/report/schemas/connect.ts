/** `netkit.connect/1`: what `netkit connect --json` prints; `netkit.connect-path/1`: a line of `--ndjson`. */
import { z } from "zod";
import type { ConnectResult } from "../../engine/connect/result.ts";
import type { Agrees } from "./agreement.ts";
import { stageSchema } from "./error.ts";
import { expectationSchema, latencySummarySchema } from "./run.ts";

const count = z.int().min(0);
const us = z.number().min(0).describe("Microseconds.");
const instant = z.string().describe("ISO 8601, UTC.");

const phaseName = z.enum([
  "dns",
  "connect",
  "proxy",
  "greeting",
  "upgrade",
  "tls",
  "request",
  "firstByte",
  "transfer",
]);

const phase = z.strictObject({
  name: phaseName,
  startUs: us,
  durationUs: us,
  failed: z.boolean().describe("The path ended in this phase."),
});

const query = z.strictObject({
  type: z.enum(["A", "AAAA"]),
  startUs: us,
  durationUs: us,
  outcome: z.enum(["answered", "no-data", "no-such-name", "failed", "timed-out", "late"]),
  code: z.string().nullable(),
  records: z.array(z.strictObject({ address: z.string(), ttlSeconds: count.nullable() })),
});

const resolution = z.strictObject({
  name: z.string(),
  resolver: z.string().describe("system, address:port, a DoH URL, --resolve, or literal."),
  transport: z.enum(["udp", "tcp", "https"]).nullable(),
  queries: z.array(query),
  cname: z.array(z.string()),
});

const attempt = z.strictObject({
  address: z.string(),
  family: z.literal([4, 6]),
  startUs: us,
  durationUs: us,
  outcome: z.enum(["connected", "failed", "lost", "cut", "not-started"]),
  code: z.string().nullable(),
});

const certificate = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()),
  notBefore: instant,
  notAfter: instant,
  daysLeft: z.int(),
  key: z.string(),
  sha256: z.string(),
});

const tls = z.strictObject({
  version: z.string(),
  cipher: z.string(),
  group: z.string().nullable(),
  alpn: z.string().nullable(),
  servername: z.string().nullable(),
  resumed: z.boolean(),
  authorized: z.boolean(),
  authorizationError: z.string().nullable(),
  chain: z
    .array(certificate)
    .describe("Leaf first: what the peer sent, completed with the authority that is trusted."),
  daysLeft: z.int().nullable(),
});

const probe = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("http"),
    version: z.enum(["1.0", "1.1", "2"]),
    status: count,
    reason: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    bodyBytes: count,
  }),
  z.strictObject({
    kind: z.literal("websocket"),
    subprotocol: z.string().nullable(),
    extensions: z.string().nullable(),
    pingUs: us,
  }),
  z.strictObject({ kind: z.literal("echo"), sentBytes: count, receivedBytes: count, equal: z.boolean() }),
  z.strictObject({ kind: z.literal("banner"), text: z.string().nullable(), bytes: count }),
  z.strictObject({ kind: z.literal("redis"), reply: z.string(), version: z.string().nullable() }),
  z.strictObject({
    kind: z.literal("postgres"),
    tls: z.enum(["accepted", "refused", "not-asked"]),
    authentication: z.string(),
    serverVersion: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal("mysql"),
    serverVersion: z.string(),
    authentication: z.string(),
    tls: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("mail"),
    greeting: z.string(),
    capabilities: z.array(z.string()),
    starttls: z.enum(["used", "offered", "not-offered"]),
  }),
]);

const verdict = z.strictObject({
  outcome: z.enum(["ok", "degraded", "failed", "interrupted"]),
  layer: z
    .enum([
      "name",
      "route",
      "refused",
      "filtered",
      "proxy",
      "tls-trust",
      "tls-name",
      "tls-version",
      "tls",
      "protocol",
      "slow",
      "local",
    ])
    .nullable()
    .describe("The layer that failed, or that is slow."),
  title: z.string(),
  evidence: z.array(z.string()),
  next: z.string().nullable().describe("The next thing to try."),
});

const error = z.strictObject({
  stage: stageSchema,
  code: z.string(),
  message: z.string(),
  why: z.string().nullable(),
  next: z.string().nullable(),
});

const path = z.strictObject({
  label: z.string().nullable().describe("The address, or the way (cold, warm, resumed)."),
  startedAt: instant,
  resolution: resolution.nullable(),
  attempts: z.array(attempt),
  remote: z.strictObject({ address: z.string(), port: count, family: z.literal([4, 6]) }).nullable(),
  local: z.strictObject({ address: z.string(), port: count }).nullable(),
  proxy: z.strictObject({ url: z.string(), answer: z.string() }).nullable(),
  tls: tls.nullable(),
  probe: probe.nullable(),
  phases: z.array(phase),
  totalUs: us,
  bytesSent: count,
  bytesReceived: count,
  errorBarUs: us.describe("The longest that the event loop was late: how far a stamp may be off."),
  error: error.nullable(),
  verdict,
});

const repeat = z.strictObject({
  sent: count,
  succeeded: count,
  loss: z.number().min(0).max(1).describe("Share that failed."),
  total: latencySummarySchema,
  phases: z.partialRecord(phaseName, latencySummarySchema),
  jitterUs: us.nullable(),
  spans: z.array(
    z.strictObject({
      state: z.enum(["up", "down"]),
      from: instant,
      seconds: z.number().min(0),
      paths: count,
    }),
  ),
  failures: z.array(z.strictObject({ code: z.string(), count })),
  resolutionChanges: z.array(
    z.strictObject({ at: instant, before: z.array(z.string()), after: z.array(z.string()) }),
  ),
});

export const connectSchema = z
  .strictObject({
    schema: z.literal("netkit.connect/1"),
    command: z.literal("connect"),
    version: z.string(),
    startedAt: instant,
    url: z.string(),
    mode: z.enum(["once", "all-addresses", "compare", "repeat"]),
    paths: z.array(path).describe("One; one an address; one a way; of a repetition the last one."),
    repeat: repeat.nullable(),
    expectations: z.array(expectationSchema),
    verdict,
    interrupted: z.boolean(),
  })
  .meta({ id: "netkit.connect_1", title: "netkit.connect/1", description: "The result of netkit connect." });

export const connectAgrees: Agrees<z.infer<typeof connectSchema>, ConnectResult> = true;

/** A path as a line of its own. */
export const connectPathSchema = path
  .extend({ schema: z.literal("netkit.connect-path/1"), number: count.min(1) })
  .meta({
    id: "netkit.connect-path_1",
    title: "netkit.connect-path/1",
    description: "One path of a repetition: a line of netkit connect --ndjson.",
  });
