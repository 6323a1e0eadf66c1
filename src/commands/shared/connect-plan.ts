/**
 * Connect settings, as the user wrote them, to a ConnectPlan, which the engine carries out.
 *
 * Every default of `connect` stands in CONNECT_DEFAULTS, every rule between settings in this file.
 */
import { isIP } from "node:net";
import type { SecureVersion } from "node:tls";
import { parseEndpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type {
  CompareWay,
  ConnectEndpoint,
  ConnectMode,
  ConnectPlan,
  Override,
  ProxyPlan,
} from "../../engine/connect/plan.ts";
import { parseResolver } from "../../engine/connect/resolve/parse-resolver.ts";
import { planRequest, type RequestInputs, type RequestSettings } from "./request-plan.ts";
import { planTls, type TlsSettings } from "./tls-plan.ts";

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
  const http = planHttp(settings.http, endpoint);
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
      alpn: alpnOf(endpoint, http),
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
    mode: planMode(settings),
  };
}

function positive(value: number, flag: string): number {
  if (value > 0) return value;
  throw usageError(`${flag} must be more than 0`, `write it like ${flag} 5s`, flag);
}

function planHttp(asked: string | undefined, { protocol, scheme }: ConnectEndpoint): ConnectPlan["http"] {
  if (scheme === "h2c") {
    if (asked === "1.1") {
      throw usageError("h2c: is HTTP/2", "use http: for HTTP/1.1, or leave --http away", "--http");
    }
    return "2";
  }
  if (asked === undefined) return undefined;
  if (protocol !== "http") {
    throw usageError(`--http is for http: and https:, not for ${scheme}:`, "leave --http away", "--http");
  }
  if (asked === "2" && scheme === "http") {
    throw usageError("http: has no HTTP/2 to agree on", "use h2c: for HTTP/2 without TLS", "--http");
  }
  return asked === "2" ? "2" : "1.1";
}

function alpnOf(
  { protocol, tls }: ConnectEndpoint,
  http: ConnectPlan["http"],
): readonly string[] | undefined {
  if (!tls) return undefined;
  if (protocol === "http") return http === "2" ? ["h2"] : http === "1.1" ? ["http/1.1"] : ["h2", "http/1.1"];
  return protocol === "ws" ? ["http/1.1"] : undefined;
}

function planFamily({ ipv4, ipv6 }: ConnectSettings): 4 | 6 | undefined {
  return ipv4 === true ? 4 : ipv6 === true ? 6 : undefined;
}

function planLocalAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) !== 0) return address;
  throw usageError(`"${address}" is not an address`, "write it like 192.0.2.7", "--local-address");
}

function planSni(name: string | undefined): string | undefined {
  if (name === undefined || isIP(name) === 0) return name;
  throw usageError(
    `"${name}" cannot be asked for: SNI carries names only`,
    "name a host with --sni, or leave it away",
    "--sni",
  );
}

/** `host:port:address`, the address in brackets or not; `*` for any port. Several addresses by comma. */
export function parseOverride(text: string): Override {
  const match = /^(?<host>\[[^\]]+\]|[^:]+):(?<port>\d+|\*):(?<addresses>.+)$/.exec(text)?.groups;
  const addresses = (match?.addresses ?? "")
    .split(",")
    .map((address) => address.trim().replace(/^\[(.*)\]$/, "$1"));
  const port = match?.port === "*" ? undefined : Number(match?.port);
  const wrong = match === undefined || addresses.some((address) => isIP(address) === 0);
  if (wrong || (port !== undefined && !(port >= 1 && port <= 65_535))) {
    throw usageError(
      `"${text}" says not which address a host has`,
      "write it like --resolve example.com:443:192.0.2.7",
      "--resolve",
    );
  }
  return { host: match.host!.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port, addresses };
}

const PROXY_KINDS: Readonly<Record<string, { readonly kind: ProxyPlan["kind"]; readonly port: number }>> = {
  "http:": { kind: "http", port: 8080 },
  "socks5:": { kind: "socks5", port: 1080 },
  "socks5h:": { kind: "socks5", port: 1080 },
};

function planProxy({ proxy, "unix-socket": unixSocket, url }: ConnectSettings): ProxyPlan | undefined {
  if (proxy === undefined) return undefined;
  if (unixSocket !== undefined) {
    throw usageError("--proxy and --unix-socket cannot be used together", "leave out one of them", "--proxy");
  }
  if (url?.toLowerCase().startsWith("udp:")) {
    throw usageError("udp: does not go through a proxy", "leave --proxy away", "--proxy");
  }
  const source = /^[a-z][a-z0-9]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  const parsed = URL.canParse(source) ? new URL(source) : undefined;
  const facts = parsed === undefined ? undefined : PROXY_KINDS[parsed.protocol];
  if (parsed === undefined || facts === undefined || parsed.hostname === "") {
    throw usageError(
      "--proxy is no proxy that netkit knows",
      "write it like --proxy http://127.0.0.1:3128 or --proxy socks5://127.0.0.1:1080",
      "--proxy",
    );
  }
  const port = parsed.port === "" ? facts.port : Number(parsed.port);
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
  const decoded = (text: string): string | undefined => (text === "" ? undefined : decodeURIComponent(text));
  return {
    kind: facts.kind,
    host,
    port,
    username: decoded(parsed.username),
    password: decoded(parsed.password),
    display: `${parsed.protocol}//${parsed.hostname}:${port}`,
  };
}

const WAYS: readonly CompareWay[] = ["cold", "warm", "resumed"];

function planMode(settings: ConnectSettings): ConnectMode {
  const { count, interval, watch, compare } = settings;
  if (settings["all-addresses"] === true) return { kind: "all-addresses" };
  if (compare !== undefined) return { kind: "compare", ways: parseWays(compare) };
  if (count === undefined && interval === undefined && watch !== true) return { kind: "once" };
  return { kind: "repeat", count, intervalMs: interval ?? CONNECT_DEFAULTS.intervalMs };
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
