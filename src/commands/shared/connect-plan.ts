/**
 * Connect settings, as the user wrote them, to a ConnectPlan, which the engine carries out.
 *
 * Every default of `connect` stands in CONNECT_DEFAULTS, every rule between settings in this file.
 */

import type { SecureVersion } from "node:tls";
import { MAX_TIMER_MS } from "../../core/backpressure/timers.ts";
import { parseEndpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type {
  CompareWay,
  ConnectEndpoint,
  ConnectMode,
  ConnectPlan,
  ProxyPlan,
} from "../../engine/connect/plan.ts";
import { alpnFor, PROBES } from "../../engine/connect/probes/catalog.ts";
import { parseResolver } from "../../engine/connect/resolve/parse-resolver.ts";
import { planHttpVersion } from "./http-version.ts";
import { parseProxy, refuseBesideProxy } from "./proxy-plan.ts";
import { planRequest, type RequestInputs, type RequestSettings } from "./request-plan.ts";
import { planTls, type TlsSettings } from "./tls-plan.ts";
import { parseOverride, planLocalAddress, planSni, refuseVersions } from "./way-plan.ts";

/** What `connect` does when nobody says otherwise. */
const CONNECT_DEFAULTS = {
  timeoutMs: 10_000,
  slowMs: 3000,
  intervalMs: 1000,
  attemptDelayMs: 250,
} as const;

/** Parsed settings; absent ones are `undefined`. Durations are milliseconds. */
export interface ConnectSettings extends RequestSettings, TlsSettings {
  readonly url?: string | undefined;
  readonly dns?: string | undefined;
  readonly resolve?: readonly string[] | undefined;
  readonly ipv4?: boolean | undefined;
  readonly ipv6?: boolean | undefined;
  readonly "local-address"?: string | undefined;
  readonly "unix-socket"?: string | undefined;
  readonly proxy?: string | undefined;
  readonly sni?: string | undefined;
  readonly ndjson?: boolean | undefined;
  readonly "tls-min"?: string | undefined;
  readonly "tls-max"?: string | undefined;
  readonly http?: string | undefined;
  readonly timeout?: number | undefined;
  readonly slow?: number | undefined;
  readonly "all-addresses"?: boolean | undefined;
  readonly compare?: string | undefined;
  readonly count?: number | undefined;
  readonly interval?: number | undefined;
  readonly watch?: boolean | undefined;
}

/** @throws NetkitError `NK_USAGE` for settings that contradict each other or cannot be carried out. */
export async function buildConnectPlan(
  settings: ConnectSettings,
  inputs: RequestInputs,
): Promise<ConnectPlan> {
  if (settings.url === undefined) {
    throw usageError("connect needs a URL", "write it like https://example.com or tcp://127.0.0.1:7000");
  }
  const endpoint = parseEndpoint(settings.url, "connect");
  const http = planHttpVersion(settings.http, endpoint);
  if (endpoint.protocol === "udp" && settings["unix-socket"] !== undefined) {
    throw usageError("udp: does not go to a unix socket here", "leave --unix-socket away", "--unix-socket");
  }
  refuseVersions(settings["tls-min"], settings["tls-max"]);
  const planned = await planTls(settings, inputs);
  const timeoutMs = positive(settings.timeout ?? CONNECT_DEFAULTS.timeoutMs, "--timeout");
  return {
    endpoint,
    resolver: parseResolver(settings.dns ?? "system"),
    overrides: (settings.resolve ?? []).map(parseOverride),
    family: planFamily(settings),
    localAddress: planLocalAddress(settings["local-address"]),
    unixSocket: settings["unix-socket"],
    proxy: planProxy(settings),
    tls: {
      servername: planSni(settings.sni),
      ca: planned.ca,
      cert: planned.cert,
      key: planned.key,
      insecure: !planned.verify,
      alpn: alpnFor(endpoint, { http }),
      minVersion: settings["tls-min"] as SecureVersion | undefined,
      maxVersion: settings["tls-max"] as SecureVersion | undefined,
    },
    http,
    request: await planRequest(settings, [endpoint], inputs),
    timeouts: {
      resolveMs: timeoutMs,
      connectMs: timeoutMs,
      proxyMs: timeoutMs,
      secureMs: timeoutMs,
      answerMs: timeoutMs,
    },
    attemptDelayMs: CONNECT_DEFAULTS.attemptDelayMs,
    slowMs: positive(settings.slow ?? CONNECT_DEFAULTS.slowMs, "--slow"),
    mode: planMode(settings, endpoint),
  };
}

function positive(value: number, flag: string): number {
  if (!(value > 0)) throw usageError(`${flag} must be more than 0`, `write it like ${flag} 5s`, flag);
  if (value <= MAX_TIMER_MS) return value;
  throw usageError(`${flag} is longer than a timer can wait`, "name less than 24 days", flag);
}

function planFamily({ ipv4, ipv6 }: ConnectSettings): 4 | 6 | undefined {
  return ipv4 === true ? 4 : ipv6 === true ? 6 : undefined;
}

function planProxy({ proxy, "unix-socket": unixSocket, url }: ConnectSettings): ProxyPlan | undefined {
  if (proxy === undefined) return undefined;
  refuseBesideProxy({ unixSocket, isUdp: url?.toLowerCase().startsWith("udp:") === true });
  return parseProxy(proxy);
}

const WAYS: readonly CompareWay[] = ["cold", "warm", "resumed"];

function planMode(settings: ConnectSettings, endpoint: ConnectEndpoint): ConnectMode {
  const { count, interval, watch, compare } = settings;
  if (settings["all-addresses"] === true) return { kind: "all-addresses" };
  if (compare !== undefined) return { kind: "compare", ways: possibleWays(parseWays(compare), endpoint) };
  if (settings.ndjson === true && count === undefined && interval === undefined && watch !== true) {
    throw usageError(
      "--ndjson is a line a path of a repetition",
      "give --count or --interval, or use --json",
      "--ndjson",
    );
  }
  if (count === undefined && interval === undefined && watch !== true) return { kind: "once" };
  // No pause at all is possible: one path right after the other.
  const intervalMs = interval === undefined || interval === 0 ? interval : positive(interval, "--interval");
  return { kind: "repeat", count, intervalMs: intervalMs ?? CONNECT_DEFAULTS.intervalMs };
}

/** @throws NetkitError `NK_USAGE` for a way that the protocol does not have */
function possibleWays(ways: readonly CompareWay[], endpoint: ConnectEndpoint): readonly CompareWay[] {
  const { scheme, protocol, tls } = endpoint;
  if (ways.includes("resumed") && !tls) {
    throw usageError(
      `${scheme}: has no TLS to resume from the first byte`,
      "leave resumed away",
      "--compare",
    );
  }
  if (ways.includes("warm") && PROBES.every((probe) => probe.protocol !== protocol || !probe.reusable)) {
    throw usageError(
      `a connection of ${scheme}: takes one dialogue, and is never warm`,
      "leave warm away",
      "--compare",
    );
  }
  return ways;
}

function parseWays(text: string): readonly CompareWay[] {
  const words = text.split(",").map((word) => word.trim());
  const strange = words.find((word) => !(WAYS as readonly string[]).includes(word));
  if (strange !== undefined || words.length < 2 || new Set(words).size < words.length) {
    throw usageError(
      `"${text}" names no ways to compare`,
      "write two or three of them, like --compare cold,warm,resumed",
      "--compare",
    );
  }
  // What the others are compared with comes first.
  return WAYS.filter((way) => way === "cold" || words.includes(way));
}
