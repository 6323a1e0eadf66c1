/** Where the connections of a flood go and from where, by which TLS: from the URL and the flags of the way. */
import { createSecureContext, type SecureVersion } from "node:tls";
import type { Endpoint, SchemeFor } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type { TlsPlan, TunnelPlan, WayPlan } from "../../engine/flood/plan.ts";
import { parseProxy, refuseBesideProxy } from "./proxy-plan.ts";
import { parseOverride, planLocalAddress, planSni, refuseVersions } from "./way-plan.ts";

export interface WaySettings {
  readonly resolve?: readonly string[] | undefined;
  readonly "connect-to"?: readonly string[] | undefined;
  readonly "unix-socket"?: string | undefined;
  readonly "local-address"?: readonly string[] | undefined;
  readonly proxy?: string | undefined;
  readonly sni?: string | undefined;
  readonly alpn?: string | undefined;
  readonly "tls-min"?: string | undefined;
  readonly "tls-max"?: string | undefined;
  readonly ciphers?: string | undefined;
  readonly "tls-resume"?: boolean | undefined;
}

/** Linux's bound for the name of a unix socket, and the shortest of all systems'. */
const LONGEST_SOCKET = 103;

/** @throws NetkitError `NK_USAGE` for what is no address, no rule, or contradicts another flag */
export function planWay(settings: WaySettings, endpoint: Endpoint<SchemeFor<"flood">>): WayPlan {
  const unixSocket = settings["unix-socket"];
  const localAddresses = (settings["local-address"] ?? []).map((address) => planLocalAddress(address)!);
  if (unixSocket !== undefined) {
    if (endpoint.protocol === "udp") {
      throw usageError("udp: does not go to a unix socket here", "leave --unix-socket away", "--unix-socket");
    }
    refuseBeside(settings);
    if (Buffer.byteLength(unixSocket) > LONGEST_SOCKET) {
      throw usageError(
        `a unix socket's name has at most ${LONGEST_SOCKET} bytes`,
        "name it from a nearer folder",
        "--unix-socket",
      );
    }
  }
  const target = dialled(settings["connect-to"] ?? [], endpoint);
  const tunnel = planTunnel(settings, endpoint, target);
  const { host, port } = tunnel?.proxy ?? target;
  const found = (settings.resolve ?? [])
    .map(parseOverride)
    .find((rule) => rule.host === host.toLowerCase() && (rule.port === undefined || rule.port === port));
  return { host, port, addresses: found?.addresses, unixSocket, localAddresses, tunnel };
}

function planTunnel(
  { proxy, "unix-socket": unixSocket }: WaySettings,
  { protocol }: Endpoint,
  target: { readonly host: string; readonly port: number },
): TunnelPlan | undefined {
  if (proxy === undefined) return undefined;
  refuseBesideProxy({ unixSocket, isUdp: protocol === "udp" });
  return { proxy: parseProxy(proxy), ...target };
}

function refuseBeside(settings: WaySettings): void {
  for (const flag of ["resolve", "connect-to", "local-address"] as const) {
    if ((settings[flag] ?? []).length === 0) continue;
    throw usageError(
      `--${flag} means nothing to a unix socket`,
      "leave out one of them: a socket has no addresses",
      `--${flag}`,
    );
  }
}

/** The first rule that fits, as curl has them: an empty host or port fits any, or stays as it is. */
function dialled(rules: readonly string[], { host, port }: Endpoint): { host: string; port: number } {
  const parsed = rules.map(parseRule);
  const rule = parsed.find(
    (one) =>
      (one.from.host === "" || one.from.host === host.toLowerCase()) && (one.from.port ?? port) === port,
  );
  if (rule === undefined) return { host, port };
  return { host: rule.to.host === "" ? host : rule.to.host, port: rule.to.port ?? port };
}

interface Place {
  /** Empty for any. */
  readonly host: string;
  readonly port: number | undefined;
}

function parseRule(text: string): { readonly from: Place; readonly to: Place } {
  const host = String.raw`\[[^\]]+\]|[^:[\]]*`;
  const match = new RegExp(`^(${host}):(\\d*):(${host}):(\\d*)$`).exec(text);
  const [from, to] = match === null ? [] : [placeOf(match[1]!, match[2]!), placeOf(match[3]!, match[4]!)];
  if (from === undefined || to === undefined) {
    throw usageError(
      `"${text}" says not where to connect to instead`,
      "write it like --connect-to example.com:443:staging.example.com:8443",
      "--connect-to",
    );
  }
  return { from, to };
}

function placeOf(host: string, port: string): Place | undefined {
  const number = port === "" ? undefined : Number(port);
  if (number !== undefined && !(number >= 1 && number <= 65_535)) return undefined;
  return { host: host.replace(/^\[(.*)\]$/, "$1").toLowerCase(), port: number };
}

/** @throws NetkitError `NK_USAGE` for flags of TLS without TLS, and for what is no name or no list */
export function planTlsWay(
  settings: WaySettings,
  { tls, scheme }: Endpoint<SchemeFor<"flood">>,
): Pick<TlsPlan, "servername" | "alpn" | "minVersion" | "maxVersion" | "ciphers" | "resume"> {
  for (const flag of ["sni", "alpn", "tls-min", "tls-max", "ciphers", "tls-resume"] as const) {
    if (settings[flag] === undefined || settings[flag] === false || tls) continue;
    throw usageError(
      `--${flag} means nothing to ${scheme}:`,
      "leave it out, or use a URL with TLS",
      `--${flag}`,
    );
  }
  const { "tls-min": least, "tls-max": most, ciphers } = settings;
  refuseVersions(least, most);
  return {
    servername: planSni(settings.sni),
    alpn: planAlpn(settings.alpn),
    minVersion: least as SecureVersion | undefined,
    maxVersion: most as SecureVersion | undefined,
    ciphers: planCiphers(ciphers),
    resume: settings["tls-resume"] === true ? true : undefined,
  };
}

function planCiphers(list: string | undefined): string | undefined {
  if (list === undefined) return undefined;
  try {
    createSecureContext({ ciphers: list });
  } catch {
    throw usageError(
      `"${list}" holds no cipher suite that can be offered`,
      "write it like --ciphers ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256",
      "--ciphers",
    );
  }
  return list;
}

/** Names by comma; each is 1 to 255 bytes (RFC 7301 section 3.1). */
function planAlpn(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name.length >= 1 && name.length <= 255)) return names;
  throw usageError(`"${text}" is no list of protocols`, "write it like --alpn h2,http/1.1", "--alpn");
}
