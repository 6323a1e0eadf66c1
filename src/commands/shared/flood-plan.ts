/**
 * Flood settings, as the user wrote them, to a FloodPlan, which the engine carries out.
 *
 * Every default of `flood` stands in FLOOD_DEFAULTS, every rule between settings in this file.
 */
import { Buffer } from "node:buffer";
import { type Endpoint, parseEndpoint, type SchemeFor } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import { maskUrl } from "../../core/secrets.ts";
import { groupThousands } from "../../core/units.ts";
import type { FloodPlan, LoadPlan, StopPlan, TargetPlan } from "../../engine/flood/plan.ts";
import { bodiesOf } from "./data-rows.ts";
import { refuseBesideFanOut } from "./fan-out-plan.ts";
import { planTlsWay, planWay, type WaySettings } from "./flood-way.ts";
import { refuseBesideHold } from "./hold-plan.ts";
import { type ProtocolSettings, planProtocol } from "./protocol-plan.ts";
import { type PlannedRequest, planRequest, type RequestSettings } from "./request-plan.ts";
import { isStream } from "./stream-plan.ts";
import { planTls, type TlsSettings } from "./tls-plan.ts";

/** What `flood` does when nobody says otherwise (PRODUCT contract). */
const FLOOD_DEFAULTS = {
  connections: 50,
  depth: 1,
  durationMs: 10_000,
  timeoutMs: 10_000,
  warmupMs: 0,
} as const;

/** More than any machine sends or any result can mean; a slip of the finger, and memory and time without bound. */
const MOST = { ratePerSecond: 10_000_000, inFlight: 10_000_000, depth: 10_000 } as const;

/** Parsed settings; absent ones are `undefined`. Durations are milliseconds. */
export interface FloodSettings extends RequestSettings, TlsSettings, ProtocolSettings, WaySettings {
  readonly url?: readonly string[] | undefined;
  readonly connections?: number | undefined;
  readonly depth?: number | undefined;
  readonly duration?: number | undefined;
  readonly requests?: number | undefined;
  readonly rate?: number | undefined;
  readonly arrival?: string | undefined;
  readonly threads?: number | undefined;
  readonly warmup?: number | undefined;
  readonly timeout?: number | undefined;
  readonly "new-connection"?: boolean | undefined;
  readonly hold?: boolean | undefined;
  readonly "requests-per-connection"?: number | undefined;
  readonly "connect-rate"?: number | undefined;
}

/** What the plan needs from outside: files are read before the run, never during it. */
export interface PlanInputs {
  /** `-` reads standard input. @throws NetkitError of stage `file`. */
  readonly readBytes: (path: string) => Promise<Uint8Array>;
  /** Cores that netkit may use. */
  readonly parallelism: number;
}

/** @throws NetkitError `NK_USAGE` for settings that contradict each other or cannot be carried out. */
export async function buildFloodPlan(
  settings: FloodSettings,
  urls: readonly string[],
  inputs: PlanInputs,
): Promise<FloodPlan> {
  const endpoints = urls.map((url) => parseEndpoint(url, "flood"));
  const targets = planTargets(endpoints);
  const [endpoint] = endpoints;
  const streams = isStream(settings, endpoint!);
  // Who listens is asked for; who sends comes to it.
  const fansOut = settings["fan-out"] === true;
  const connections =
    (settings.connections ?? (streams ? 1 : FLOOD_DEFAULTS.connections)) + (fansOut ? 1 : 0);
  const depth = settings.depth ?? (fansOut ? depthOfFanOut(settings) : FLOOD_DEFAULTS.depth);
  // A connection that is all there is to ask for is a new one each time.
  const newConnection = settings["new-connection"] === true || settings["handshake-only"] === true;
  if (newConnection && depth > 1) {
    throw usageError(
      "--new-connection and --depth cannot be used together",
      "leave out one of them: a connection of one request has nothing to pipeline",
      "--depth",
    );
  }
  if (!fansOut && connections * depth > MOST.inFlight) {
    throw usageError(
      `${connections} connections of ${depth} requests in flight are more than ${groupThousands(MOST.inFlight)} at once`,
      "use fewer --connections or a smaller --depth",
      "--depth",
    );
  }
  if (settings.hold === true || streams) refuseBesideHold(settings, endpoint!, streams);
  if (fansOut) refuseBesideFanOut(settings);
  const request = await planRows(settings, await planRequest(settings, endpoints, inputs), inputs);
  return {
    targets,
    way: planWay(settings, endpoint!),
    ...planProtocol(settings, endpoint!, request, depth),
    tls: { ...(await planTls(settings, inputs)), ...planTlsWay(settings, endpoint!) },
    load: streams ? { kind: "hold" } : planLoad(settings),
    stop: planStop(settings),
    connections,
    depth,
    threads: fansOut ? 1 : planThreads(settings.threads, connections, inputs.parallelism),
    warmupSeconds: (settings.warmup ?? FLOOD_DEFAULTS.warmupMs) / 1000,
    timeoutMs: positive(timeoutOf(settings), "--timeout", "10s"),
    newConnection,
    requestsPerConnection: settings["requests-per-connection"],
    connectRate: planConnectRate(settings["connect-rate"]),
  };
}

/** Rows of `--data`, each as a body. */
async function planRows(
  { data }: FloodSettings,
  request: PlannedRequest,
  inputs: PlanInputs,
): Promise<PlannedRequest> {
  if (data === undefined) return request;
  const template = request.body === undefined ? "" : Buffer.from(request.body).toString("utf8");
  if (!/\{\{.*\}\}/s.test(template)) {
    throw usageError(
      "--data gives values, and nothing says where they go",
      'add a body like --body \'{"id":"{{column}}"}\', or a --body-file with such places',
      "--data",
    );
  }
  const bodies = bodiesOf(template, await inputs.readBytes(data), data);
  return { ...request, body: bodies[0], bodies };
}

function timeoutOf(settings: FloodSettings): number {
  return settings.timeout ?? FLOOD_DEFAULTS.timeoutMs;
}

/** One connection sends all, so in an open loop it has to hold all messages of a time-out, which is looked at every 20 ms. */
function depthOfFanOut(settings: FloodSettings): number {
  if (settings.rate === undefined) return FLOOD_DEFAULTS.depth;
  return Math.min(MOST.depth, Math.ceil((settings.rate * timeoutOf(settings) * 1.25) / 1000) + 16);
}

function positive(value: number, flag: string, example: string): number {
  if (value > 0) return value;
  throw usageError(`${flag} must be more than 0`, `write it like ${flag} ${example}`, flag);
}

function planTargets(endpoints: readonly Endpoint<SchemeFor<"flood">>[]): [TargetPlan, ...TargetPlan[]] {
  const seen = new Map<string, number>();
  const targets = endpoints.map((endpoint): TargetPlan => {
    const shown = maskUrl(endpoint.path);
    const times = (seen.get(shown) ?? 0) + 1;
    seen.set(shown, times);
    return {
      url: endpoint.display,
      name: times === 1 ? shown : `${shown}#${times}`,
      scheme: endpoint.scheme,
      tls: endpoint.tls,
      host: endpoint.host,
      port: endpoint.port,
      authority: endpoint.authority,
      path: endpoint.path,
    };
  });
  const [first, ...rest] = targets;
  if (first === undefined) throw usageError("flood needs a URL", "write it like http://127.0.0.1:8080/");
  const origin = endpoints[0]!.origin;
  const stranger = endpoints.find((endpoint) => endpoint.origin !== origin);
  if (stranger !== undefined) {
    throw usageError(
      `the URLs of one flood must share one origin: ${origin} and ${stranger.origin} do not`,
      "flood each origin in a run of its own, so that each has its own numbers",
      stranger.display,
    );
  }
  return [first, ...rest];
}

function planLoad(settings: FloodSettings): LoadPlan {
  if (settings.hold === true) return { kind: "hold" };
  if (settings.rate === undefined) {
    if (settings.arrival === undefined) return { kind: "closed" };
    throw usageError("--arrival needs --rate", "add a rate like --rate 1000/s", "--arrival");
  }
  if (settings.rate > MOST.ratePerSecond) {
    throw usageError(
      `--rate ${settings.rate}/s is more than the ${groupThousands(MOST.ratePerSecond)}/s that netkit plans for`,
      "use a lower --rate, or none for as fast as the target answers",
      "--rate",
    );
  }
  const arrival = settings.arrival === "poisson" ? "poisson" : "constant";
  return { kind: "open", ratePerSecond: positive(settings.rate, "--rate", "1000/s"), arrival };
}

function planConnectRate(rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : positive(rate, "--connect-rate", "100/s");
}

function planStop(settings: FloodSettings): StopPlan {
  if (settings.requests !== undefined) return { kind: "requests", count: settings.requests };
  const durationMs = positive(settings.duration ?? FLOOD_DEFAULTS.durationMs, "--duration", "10s");
  return { kind: "duration", seconds: durationMs / 1000 };
}

/** One core is left to the system and the embedded or local target; a thread needs a connection to drive. */
function planThreads(asked: number | undefined, connections: number, parallelism: number): number {
  if (asked === undefined) return Math.max(1, Math.min(parallelism - 1, connections));
  if (asked <= connections) return asked;
  throw usageError(
    `--threads ${asked} needs at least ${asked} connections, and there are ${connections}`,
    `use --threads ${connections} or --connections ${asked}`,
    "--threads",
  );
}
