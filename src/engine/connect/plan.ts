/**
 * What a connect is to do, as plain data: one endpoint, the way to it, what to ask there, and how often.
 */
import type { Endpoint, SchemeFor } from "../../core/endpoint.ts";
import type { DialTls } from "../../core/lifecycle/dial-types.ts";
import type { ProxyAt } from "../../core/lifecycle/proxy.ts";

/** Who is asked for addresses. */
export type ResolverPlan =
  /** The system's (getaddrinfo): hosts file, caches and all. */
  | { readonly kind: "system" }
  /** One DNS server, over UDP, and over TCP when an answer is cut (RFC 1035, RFC 7766). */
  | { readonly kind: "dns"; readonly address: string; readonly port: number }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: "https"; readonly url: string };

/** `--resolve host:port:address`: asked of nobody. */
export interface Override {
  readonly host: string;
  /** Undefined: every port. */
  readonly port: number | undefined;
  readonly addresses: readonly string[];
}

/** HTTP CONNECT (RFC 9110 section 9.3.6), or SOCKS version 5 (RFC 1928); it resolves the target's name. */
export type ProxyPlan = ProxyAt;

export interface RequestPlan {
  readonly method: string;
  /** In order, names as given. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
}

/** Milliseconds. One for each step, so that one slow step does not hide behind another. */
export interface ConnectTimeouts {
  readonly resolveMs: number;
  /** Of the whole race. */
  readonly connectMs: number;
  readonly proxyMs: number;
  readonly secureMs: number;
  /** From the request to the first byte, and again from there to the end. */
  readonly answerMs: number;
}

/** `cold`: everything new; `warm`: a second request on the same connection; `resumed`: a new one with a TLS ticket. */
export type CompareWay = "cold" | "warm" | "resumed";

export type ConnectMode =
  | { readonly kind: "once" }
  | { readonly kind: "all-addresses" }
  | { readonly kind: "compare"; readonly ways: readonly CompareWay[] }
  | {
      readonly kind: "repeat";
      /** Undefined: until it is interrupted. */
      readonly count: number | undefined;
      readonly intervalMs: number;
    };

export type ConnectEndpoint = Endpoint<SchemeFor<"connect">>;

export interface ConnectPlan {
  readonly endpoint: ConnectEndpoint;
  readonly resolver: ResolverPlan;
  readonly overrides: readonly Override[];
  readonly family: 4 | 6 | undefined;
  readonly localAddress: string | undefined;
  readonly unixSocket: string | undefined;
  readonly proxy: ProxyPlan | undefined;
  /** Used when the scheme has TLS from the first byte or on the way (STARTTLS); ALPN follows from `http`. */
  readonly tls: DialTls;
  /** Forces a version; undefined: by ALPN, HTTP/1.1 without TLS. */
  readonly http: "1.1" | "2" | undefined;
  readonly request: RequestPlan;
  readonly timeouts: ConnectTimeouts;
  /** Head start of each address (RFC 8305 section 5). */
  readonly attemptDelayMs: number;
  /** A path that took longer than this is told to be slow; its slowest phase is named. */
  readonly slowMs: number;
  readonly mode: ConnectMode;
}
