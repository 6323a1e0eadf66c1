/**
 * What `--dns` takes: `system`, the address of a server with or without a port, or the URL of DNS over HTTPS.
 */
import { isIP } from "node:net";
import { usageError } from "../../../core/errors.ts";
import type { ResolverPlan } from "../plan.ts";

const DNS_PORT = 53;
const EXAMPLE = "write it like 1.1.1.1, [2606:4700:4700::1111]:53 or https://dns.example/dns-query";

/** @throws NetkitError `NK_USAGE` for anything else, and for `http:` that leaves this machine. */
export function parseResolver(text: string): ResolverPlan {
  const source = text.trim();
  if (source === "system") return { kind: "system" };
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return parseUrl(source);
  if (isIP(source) !== 0) return { kind: "dns", address: source, port: DNS_PORT };
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(source) ?? /^([^:]+):(\d+)$/.exec(source);
  const address = match?.[1] ?? "";
  const port = match?.[2] === undefined ? DNS_PORT : Number(match[2]);
  if (isIP(address) === 0 || port < 1 || port > 65_535) {
    throw usageError(`"${source}" is not a DNS server: it takes an address, not a name`, EXAMPLE, source);
  }
  return { kind: "dns", address, port };
}

/** Questions tell where a user goes: in clear they may go to this machine only, as tests do. */
function parseUrl(source: string): ResolverPlan {
  let url: URL;
  try {
    url = new URL(source);
  } catch {
    throw usageError(`"${source}" is not a URL`, EXAMPLE, source);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "") {
    const bare = `${url.protocol}//${url.host}${url.pathname}`;
    throw usageError(`a DNS-over-HTTPS URL takes no user name, password or fragment`, EXAMPLE, bare);
  }
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))) {
    return { kind: "https", url: url.href };
  }
  const why = url.protocol === "http:" ? "asks without encryption" : "is not DNS over HTTPS";
  throw usageError(`"${source}" ${why}`, EXAMPLE, source);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
