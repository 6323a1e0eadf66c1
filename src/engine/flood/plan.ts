/**
 * What a flood is to do, as plain data: it travels to the generator threads and into the result file.
 *
 * Load model × stop rule × protocol are independent fields; nothing here knows how they are carried out.
 */

import type { SecureVersion } from "node:tls";
import type { SchemeFor } from "../../core/endpoint.ts";
import type { LengthPrefixOptions } from "../../core/framing/length-prefixed.ts";
import type { ProxyAt } from "../../core/lifecycle/proxy.ts";
import { SENDER } from "./fan-out-plan.ts";

/** Closed loop: a connection sends when an answer came. Open loop: request k is due at its planned instant. */
export type LoadPlan =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly ratePerSecond: number; readonly arrival: Arrival }
  /** Connections are opened and kept, and nothing is asked on them. */
  | { readonly kind: "hold" };

export type Arrival = "constant" | "poisson";

export type StopPlan =
  | { readonly kind: "duration"; readonly seconds: number }
  | { readonly kind: "requests"; readonly count: number };

export interface TargetPlan {
  /** URL without credentials, as shown. */
  readonly url: string;
  /** Name in `endpoints[]` and in `--expect '[name] …'`. */
  readonly name: string;
  readonly scheme: SchemeFor<"flood">;
  /** TLS from the first byte. */
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** Host header value. */
  readonly authority: string;
  readonly path: string;
}

export interface RequestPlan {
  readonly method: string;
  /** In order, names as given. `Host`, `Content-Length` and `Connection` are added unless given. */
  readonly headers: readonly (readonly [string, string])[];
  /** Base64 would waste memory in threads: the bytes themselves; `undefined` for no body. */
  readonly body: Uint8Array | undefined;
  /** Messages that take turns, on each connection from a place of its own; the first of them is `body`. */
  readonly bodies?: readonly Uint8Array[] | undefined;
}

/** `agreed`: HTTP/2 where ALPN agrees on it, else HTTP/1.1. */
export type HttpVersion = "1.1" | "2" | "agreed";

/** What is spoken on each connection. Messages of protocols without requests are `request.body`. */
export type ProtocolPlan =
  | { readonly kind: "http"; readonly version: HttpVersion }
  | {
      readonly kind: "websocket";
      readonly text: boolean;
      readonly echo: boolean;
      /** Messages go compressed by permessage-deflate, which the server has to agree on. */
      readonly deflate: boolean;
      /** The first connection sends, the others listen; the mark of each message stands `markAt` bytes into it. */
      readonly fanOut?: { readonly markAt: number } | undefined;
    }
  | {
      readonly kind: "framed";
      readonly length: LengthPrefixOptions;
      /** Where an answer names its request; undefined where answers come in order. */
      readonly id: IdField | undefined;
      readonly echo: boolean;
    }
  | { readonly kind: "handshake"; readonly alpn: readonly string[] | undefined }
  | { readonly kind: "datagram"; readonly echo: boolean }
  /** Bytes without requests; what is sent over and over is `request.body`. */
  | { readonly kind: "stream"; readonly send: boolean; readonly receive: boolean }
  | { readonly kind: "raw"; readonly answer: AnswerEndPlan; readonly echo: boolean };

/** Where an answer of raw bytes ends. */
export type AnswerEndPlan =
  | { readonly kind: "bytes"; readonly count: number }
  | { readonly kind: "until"; readonly terminator: Uint8Array }
  | { readonly kind: "match"; readonly pattern: RegExp };

/** A correlation id: an unsigned big-endian integer of `width` bytes, `offset` bytes into each payload. */
export interface IdField {
  readonly offset: number;
  /** 1 to 6. */
  readonly width: number;
}

export interface TlsPlan {
  /** False with `--insecure`. */
  readonly verify: boolean;
  /** PEM text of `--cacert`, `--cert`, `--key`. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Name to ask for and to find in the certificate; undefined: the URL's. */
  readonly servername?: string | undefined;
  /** Protocols to offer by ALPN; undefined: those of the scheme. */
  readonly alpn?: readonly string[] | undefined;
  readonly minVersion?: SecureVersion | undefined;
  readonly maxVersion?: SecureVersion | undefined;
  /** OpenSSL's list, TLS 1.3 suites by their names. */
  readonly ciphers?: string | undefined;
  /** Sessions of earlier connections of the thread are offered again; otherwise every handshake is a full one. */
  readonly resume?: boolean | undefined;
}

/** Where connections go and from where, when the URL alone does not say. */
export interface WayPlan {
  /** Where to dial: of the URL, or of `--connect-to`. */
  readonly host: string;
  readonly port: number;
  /** Undefined: the name is resolved. */
  readonly addresses: readonly string[] | undefined;
  /** Instead of host and port. */
  readonly unixSocket: string | undefined;
  /** Taken in turn; none: the system chooses. */
  readonly localAddresses: readonly string[];
  /** Host, port and addresses are then the proxy's. */
  readonly tunnel?: TunnelPlan | undefined;
}

/** A way through a proxy, to where the connections really go. */
export interface TunnelPlan {
  readonly proxy: ProxyAt;
  readonly host: string;
  readonly port: number;
}

/** A fan-out, whose listeners carry no requests. */
export function isFanOut({ protocol }: Pick<FloodPlan, "protocol">): boolean {
  return protocol.kind === "websocket" && protocol.fanOut !== undefined;
}

/** Requests in flight at most on a connection, by its number. */
export function depthOf(plan: FloodPlan, slot: number): number {
  if (isFanOut(plan) && slot !== SENDER) return 0;
  return plan.newConnection ? 1 : plan.depth;
}

/** Infinity for no end. */
export function requestsPerConnection(plan: FloodPlan): number {
  return plan.newConnection ? 1 : (plan.requestsPerConnection ?? Number.POSITIVE_INFINITY);
}

export interface FloodPlan {
  /** All of one origin; requests take them in turn. */
  readonly targets: readonly [TargetPlan, ...TargetPlan[]];
  readonly way: WayPlan;
  readonly protocol: ProtocolPlan;
  readonly request: RequestPlan;
  readonly tls: TlsPlan;
  readonly load: LoadPlan;
  readonly stop: StopPlan;
  readonly connections: number;
  /** Requests in flight on one connection: pipelined, or streams of HTTP/2. */
  readonly depth: number;
  readonly threads: number;
  /** Excluded from the statistics; the load runs from its first moment. */
  readonly warmupSeconds: number;
  /** From sent to complete; also for connecting. */
  readonly timeoutMs: number;
  /** One request a connection. */
  readonly newConnection: boolean;
  /** After so many a connection is closed and another one opened; undefined for no end. */
  readonly requestsPerConnection?: number | undefined;
  /** Connections begun per second, over all threads; undefined for as fast as they come about. */
  readonly connectRate?: number | undefined;
}
