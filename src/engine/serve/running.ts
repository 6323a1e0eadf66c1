/**
 * A server that runs, as its starter sees it: the same face whether it is this thread, a worker thread or
 * several processes.
 */
import type { SchemeFor } from "../../core/endpoint.ts";
import type { NetkitError } from "../../core/errors.ts";
import type { HttpVersion } from "./plan.ts";
import type { ServeStats } from "./stats.ts";

/** One listener that accepts. */
export interface ListeningAt {
  readonly scheme: SchemeFor<"serve">;
  /** `scheme://host:port`, with the real port; for a unix socket `scheme://host` and `path`. */
  readonly url: string;
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** The unix socket's file. */
  readonly path?: string | undefined;
  /** Of `https:`: the one version offered, where there is but one. */
  readonly http?: HttpVersion | undefined;
  /** SHA-256 of the certificate, `AA:BB:…`; TLS only. */
  readonly fingerprint?: string | undefined;
}

export interface AdminAt {
  readonly url: string;
  readonly address: string;
  readonly port: number;
}

export interface DrainReport {
  /** Requests (and echo messages) that were answered in full after the drain began. */
  readonly finished: number;
  /** Those still in flight at the deadline: their connections were cut. */
  readonly cut: number;
  /** Connections closed because nothing was under way on them. */
  readonly idleClosed: number;
  readonly seconds: number;
}

/** What happens beside the answers. A command shows these as warnings. */
export type ServerEvent =
  | { readonly kind: "certificate-warning"; readonly text: string; readonly fingerprint: string }
  | { readonly kind: "certificate-reloaded"; readonly listener: string; readonly fingerprint: string }
  | { readonly kind: "certificate-kept"; readonly listener: string; readonly error: NetkitError }
  | { readonly kind: "accept-failed"; readonly listener: string; readonly error: NetkitError }
  | {
      readonly kind: "worker-died";
      readonly worker: number;
      readonly code: number | null;
      readonly signal: string | null;
      /** False when the server is stopping, or when workers die too fast to be replaced. */
      readonly restarted: boolean;
    };

export interface StartOptions {
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

export interface RunningServer extends AsyncDisposable {
  readonly listeners: readonly ListeningAt[];
  readonly admin: AdminAt | undefined;
  stats(): Promise<ServeStats>;
  /** Loads the certificates again; connections stay. What could not be loaded is kept as it was and reported. */
  reload(): Promise<readonly ServerEvent[]>;
  /**
   * Stops accepting, lets what was begun finish within `deadlineMs` (default: the plan's), cuts the rest, and
   * closes. Called again, or with a signal that aborts, it cuts at once. The admin listener answers until the end.
   */
  drain(deadlineMs?: number, signal?: AbortSignal): Promise<DrainReport>;
  /** Cuts everything at once. */
  close(): Promise<void>;
}
