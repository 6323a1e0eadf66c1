/**
 * What `serve` is asked to do, as plain data: it can be cloned to a worker process or thread as it stands.
 *
 * A command turns flags into a ServePlan; `startServer` carries it out. Every bound has a default here, with
 * its reason, and every bound is on unless the plan says otherwise.
 */
import type { Endpoint, SchemeFor } from "../../core/endpoint.ts";

/** Where the certificate of a TLS listener comes from. */
type CertificateSource =
  | {
      readonly kind: "files";
      /** File path or PEM text, each. */
      readonly cert: string;
      readonly key: string;
      /** Load again when a file changes. Default true; needs file paths. */
      readonly watch?: boolean | undefined;
    }
  /**
   * Made in memory at the start, for localhost, 127.0.0.1, ::1 and the hosts listened on; its fingerprint is in
   * `RunningServer.listeners`.
   */
  | { readonly kind: "self-signed" };

export interface TlsPlan {
  readonly certificate: CertificateSource;
  /** Certificate authorities (file path or PEM text) that client certificates must lead to: mutual TLS. */
  readonly clientCa?: string | undefined;
}

export type HttpVersion = "1.1" | "2";

export interface ListenerPlan {
  /** Scheme, host and port; port 0 takes a free one. The path says what a raw listener does (see echo/raw-mode.ts). */
  readonly endpoint: Endpoint<SchemeFor<"serve">>;
  /** Listen on this unix socket; of the endpoint only the scheme is used then, and the host in what is shown. */
  readonly unixSocket?: string | undefined;
  /** Of `https:`: the one version of HTTP to offer. Absent: the client chooses by ALPN, HTTP/2 first. */
  readonly http?: HttpVersion | undefined;
  /** Needed when `endpoint.tls` is true. */
  readonly tls?: TlsPlan | undefined;
}

export interface ServeLimits {
  /**
   * Open connections of all listeners. Up to `MAX_WAITING_CONNECTIONS` more for each listener are accepted and wait
   * unread for one to end; those beyond are reset. Infinity for no limit.
   */
  readonly maxConnections: number;
  /** HTTP requests whose head is complete and whose answer is not; one more gets 503. */
  readonly maxInFlight: number;
  /** Payload of one length-prefixed frame, or of one WebSocket message. */
  readonly maxFrameBytes: number;
  /** Start line and fields of one HTTP request; more gets 431. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  /** Decoded bytes of one request body; more gets 413. */
  readonly maxBodyBytes: number;
  /** From the first byte of a request head to its end; later gets 408. */
  readonly headerTimeoutMs: number;
  /** Silence between requests, or on an echo connection, until it is closed. */
  readonly idleTimeoutMs: number;
  /** Window in which `minBytesPerSecond` is looked at while a body or a frame comes in. */
  readonly stallTimeoutMs: number;
  /** Slower than this over a whole window counts as stalled: a body gets 408, a frame a reset. */
  readonly minBytesPerSecond: number;
  /** A client that reads so little that the kernel takes nothing more for this long is reset. */
  readonly sendTimeoutMs: number;
}

/**
 * Connections of one listener that wait for a place within `maxConnections`, in each process. They cannot be left in
 * the kernel's queue (see core/lifecycle/listener.ts), so the bound is the length that queues usually have.
 */
export const MAX_WAITING_CONNECTIONS = 511;

const DEFAULT_LIMITS: ServeLimits = {
  // Half of the 20,000 descriptors that a tuned shell gives; beyond them a listener spins on EMFILE.
  maxConnections: 10_000,
  // Above any sensible pipeline × connections; it bounds what /hang and /delay can pile up.
  maxInFlight: 10_000,
  // Large enough for any message of a test, small enough that a stray 4-byte prefix is refused.
  maxFrameBytes: 16 * 1024 * 1024,
  // What node and most proxies take.
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 128,
  // Nothing is kept of a body, so the bound guards time, not memory.
  maxBodyBytes: 16 * 1024 * 1024 * 1024,
  // Slower than any real client, faster than slowhttptest.
  headerTimeoutMs: 10_000,
  // Longer than the 60 s that proxies keep their side.
  idleTimeoutMs: 65_000,
  stallTimeoutMs: 10_000,
  // A GSM line does 1 kB/s; slowhttptest sends some ten bytes a second.
  minBytesPerSecond: 240,
  // Linux takes more only when a third of the send buffer is free, 1.3 MiB of 4: a shorter time would cut
  // downloads at 20 kB/s. nginx waits as long.
  sendTimeoutMs: 60_000,
};

/** How long work in flight may take after SIGTERM. */
const DEFAULT_DRAIN_MS = 10_000;

export interface AdminPlan {
  readonly host: string;
  readonly port: number;
}

/** Loopback: the dashboard and the figures are nobody else's business. */
export const DEFAULT_ADMIN: AdminPlan = { host: "127.0.0.1", port: 9090 };

export interface ServePlan {
  readonly listeners: readonly ListenerPlan[];
  readonly limits: ServeLimits;
  /** Default of `RunningServer.drain`, in milliseconds. */
  readonly drainMs: number;
  /** 1 serves in this very thread; more starts that many worker processes. */
  readonly threads: number;
  readonly admin: AdminPlan | undefined;
  /** WebSocket clients that offer permessage-deflate (RFC 7692) get it. */
  readonly websocketDeflate: boolean;
}

/** A plan with every default filled in. */
export function servePlan(
  listeners: readonly ListenerPlan[],
  options: Partial<Omit<ServePlan, "listeners" | "limits">> & { limits?: Partial<ServeLimits> } = {},
): ServePlan {
  return {
    listeners,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    drainMs: options.drainMs ?? DEFAULT_DRAIN_MS,
    threads: options.threads ?? 1,
    admin: options.admin,
    websocketDeflate: options.websocketDeflate ?? false,
  };
}
