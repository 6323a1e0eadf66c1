/**
 * Serve settings, as the user wrote them, to a ServePlan. Defaults of limits live with the engine
 * (DEFAULT_LIMITS), each with its reason.
 */
import { type Endpoint, parseEndpoint, type SchemeFor } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import { rawMode } from "../../engine/serve/echo/raw-mode.ts";
import {
  type AdminPlan,
  DEFAULT_ADMIN,
  type HttpVersion,
  type ListenerPlan,
  type ServeLimits,
  type ServePlan,
  servePlan,
  type TlsPlan,
} from "../../engine/serve/plan.ts";

export const DEFAULT_SERVE_URL = "http://127.0.0.1:8080";

/** `sun_path` of the system, without its end. Longer ones would be cut off silently. */
const MAX_SOCKET_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

/** Parsed settings; absent ones are `undefined`. Durations are milliseconds, sizes bytes. */
export interface ServeSettings {
  readonly url?: readonly string[] | undefined;
  readonly "unix-socket"?: string | undefined;
  readonly admin?: string | undefined;
  readonly "no-admin"?: boolean | undefined;
  readonly http?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly "self-signed"?: boolean | undefined;
  readonly "client-ca"?: string | undefined;
  readonly "ws-deflate"?: boolean | undefined;
  readonly "max-connections"?: number | undefined;
  readonly "max-in-flight"?: number | undefined;
  readonly "max-frame"?: number | undefined;
  readonly "max-header"?: number | undefined;
  readonly "header-timeout"?: number | undefined;
  readonly "idle-timeout"?: number | undefined;
  readonly "max-body"?: number | undefined;
  readonly drain?: number | undefined;
  readonly threads?: number | undefined;
}

/** @throws NetkitError `NK_USAGE` for settings that contradict each other or cannot be carried out. */
export function buildServePlan(settings: ServeSettings): ServePlan {
  const urls = settings.url === undefined || settings.url.length === 0 ? [DEFAULT_SERVE_URL] : settings.url;
  const endpoints = urls.map((url) => parseEndpoint(url, "serve"));
  checkDistinct(endpoints);
  checkPaths(endpoints);
  const tls = planTls(settings, endpoints);
  const place = planSocket(settings["unix-socket"], endpoints);
  const http = planHttp(settings.http, endpoints);
  const websocketDeflate = planDeflate(settings["ws-deflate"], endpoints);
  const listeners = endpoints.map(
    (endpoint): ListenerPlan => ({
      endpoint,
      ...(endpoint.tls ? { tls } : {}),
      ...(endpoint.scheme === "https" ? { http } : {}),
      ...place,
    }),
  );
  return servePlan(listeners, {
    limits: planLimits(settings),
    admin: planAdmin(settings),
    websocketDeflate,
    ...(settings.drain === undefined ? {} : { drainMs: settings.drain }),
    ...(settings.threads === undefined ? {} : { threads: settings.threads }),
  });
}

/** Two listeners cannot share an address; port 0 is a new port every time. */
function checkDistinct(endpoints: readonly Endpoint[]): void {
  const seen = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    if (endpoint.port === 0) continue;
    const address = `${endpoint.protocol === "udp" ? "udp " : ""}${endpoint.host}:${endpoint.port}`;
    const other = seen.get(address);
    if (other !== undefined) {
      throw usageError(
        `${other.origin} and ${endpoint.origin} are the same address`,
        "give each listener a port of its own, or port 0 for a free one",
        endpoint.origin,
      );
    }
    seen.set(address, endpoint);
  }
}

/** Only raw listeners do different things by path; elsewhere it is the client who names one. */
function checkPaths(endpoints: readonly Endpoint[]): void {
  for (const { protocol, path, origin } of endpoints) {
    if (protocol !== "raw" || rawMode(path) !== undefined) continue;
    throw usageError(
      `${origin} cannot be served with the path ${path}`,
      `use ${origin}/echo, ${origin}/sink or ${origin}/source`,
      origin,
    );
  }
}

/** Of `https:` listeners; the other schemes have one version each. */
function planHttp(asked: string | undefined, endpoints: readonly Endpoint[]): HttpVersion | undefined {
  if (asked === undefined) return undefined;
  if (!endpoints.some(({ scheme }) => scheme === "https")) {
    const next = "add an https: listener, or leave --http away; http: is HTTP/1.1, h2c: is HTTP/2";
    throw usageError("--http is for https: listeners, and there is none", next, "--http");
  }
  return asked === "2" ? "2" : "1.1";
}

function planDeflate(asked: boolean | undefined, endpoints: readonly Endpoint[]): boolean {
  if (asked !== true) return false;
  if (
    endpoints.some(({ scheme, protocol }) => protocol === "ws" || (protocol === "http" && scheme !== "h2c"))
  ) {
    return true;
  }
  const next = "add a ws:, wss:, http: or https: listener, or leave --ws-deflate away";
  throw usageError("--ws-deflate is for WebSockets, and no listener has them", next, "--ws-deflate");
}

function planSocket(
  path: string | undefined,
  endpoints: readonly Endpoint<SchemeFor<"serve">>[],
): Pick<ListenerPlan, "unixSocket"> {
  if (path === undefined) return {};
  if (endpoints[0]?.scheme === "udp") {
    throw usageError("udp: cannot be served on a unix socket", "leave --unix-socket out", "--unix-socket");
  }
  if (endpoints.length > 1) {
    const next = "give one URL with --unix-socket, and start another server for the others";
    throw usageError(`one unix socket cannot serve ${endpoints.length} URLs`, next, "--unix-socket");
  }
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || bytes > MAX_SOCKET_PATH_BYTES || path.includes("\0")) {
    const message = `a unix socket's path has 1 to ${MAX_SOCKET_PATH_BYTES} bytes, this one ${bytes}`;
    throw usageError(message, "write it like --unix-socket /tmp/netkit.sock", "--unix-socket");
  }
  return { unixSocket: path };
}

function planTls(settings: ServeSettings, endpoints: readonly Endpoint[]): TlsPlan | undefined {
  const { cert, key } = settings;
  const selfSigned = settings["self-signed"] === true;
  const secure = endpoints.find((endpoint) => endpoint.tls);
  const options = { clientCa: settings["client-ca"] };
  if (cert !== undefined || key !== undefined) {
    if (cert === undefined || key === undefined) {
      const missing = cert === undefined ? "--cert" : "--key";
      throw usageError("--cert and --key belong together", `add ${missing}`, missing);
    }
    needsSecure(secure, "--cert");
    return { certificate: { kind: "files", cert, key }, ...options };
  }
  if (selfSigned) {
    needsSecure(secure, "--self-signed");
    return { certificate: { kind: "self-signed" }, ...options };
  }
  if (secure !== undefined) {
    throw usageError(
      `${secure.origin} needs a certificate`,
      "add --self-signed for one made in memory, or --cert and --key",
      secure.origin,
    );
  }
  if (settings["client-ca"] !== undefined) needsSecure(secure, "--client-ca");
  return undefined;
}

function needsSecure(secure: Endpoint | undefined, flag: string): void {
  if (secure !== undefined) return;
  throw usageError(
    `${flag} is given, but no listener uses TLS`,
    `add a listener like https://127.0.0.1:8443, or leave ${flag} out`,
    flag,
  );
}

function planLimits(settings: ServeSettings): Partial<ServeLimits> {
  const asked: Partial<Record<keyof ServeLimits, number | undefined>> = {
    maxConnections: settings["max-connections"],
    maxInFlight: settings["max-in-flight"],
    maxFrameBytes: settings["max-frame"],
    maxHeaderBytes: settings["max-header"],
    headerTimeoutMs: settings["header-timeout"],
    idleTimeoutMs: settings["idle-timeout"],
    maxBodyBytes: settings["max-body"],
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** `127.0.0.1:9090`, `[::1]:9090`, `:9090` or `9090`. Loopback unless an address is named. */
export function parseAdmin(text: string): AdminPlan {
  const trimmed = text
    .trim()
    .replace(/^http:\/\//, "")
    .replace(/\/$/, "");
  const match = /^(?:(\[[0-9a-f:.]+\]|[^:[\]/]*):)?(\d{1,5})$/i.exec(trimmed);
  const port = match === null ? Number.NaN : Number(match[2]);
  if (match === null || !(port <= 65_535)) {
    throw usageError(
      `"${text}" is not an address and a port`,
      "write it like --admin 127.0.0.1:9090",
      "--admin",
    );
  }
  const host = (match[1] ?? "").replace(/^\[|\]$/g, "");
  return { host: host === "" ? DEFAULT_ADMIN.host : host, port };
}

function planAdmin(settings: ServeSettings): AdminPlan | undefined {
  if (settings["no-admin"] === true) return undefined;
  return settings.admin === undefined ? DEFAULT_ADMIN : parseAdmin(settings.admin);
}
