/** `--proxy`: the same for every command that goes through one. */
import { credential } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type { ProxyAt } from "../../core/lifecycle/proxy.ts";

const PROXY_KINDS: Readonly<Record<string, { readonly kind: ProxyAt["kind"]; readonly port: number }>> = {
  "http:": { kind: "http", port: 8080 },
  "socks5:": { kind: "socks5", port: 1080 },
  "socks5h:": { kind: "socks5", port: 1080 },
};

/** @throws NetkitError `NK_USAGE` for ways that lead through no proxy */
export function refuseBesideProxy(way: {
  readonly unixSocket: string | undefined;
  readonly isUdp: boolean;
}): void {
  if (way.unixSocket !== undefined) {
    throw usageError("--proxy and --unix-socket cannot be used together", "leave out one of them", "--proxy");
  }
  if (way.isUdp) throw usageError("udp: does not go through a proxy", "leave --proxy away", "--proxy");
}

/** `http://[name:password@]host[:port]`, `socks5://…`; without a scheme it is HTTP's. @throws NetkitError `NK_USAGE` */
export function parseProxy(text: string): ProxyAt {
  const source = /^[a-z][a-z0-9]*:\/\//i.test(text) ? text : `http://${text}`;
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
  return {
    kind: facts.kind,
    host: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    username: credential(parsed.username),
    password: credential(parsed.password),
    display: `${parsed.protocol}//${parsed.hostname}:${port}`,
  };
}
