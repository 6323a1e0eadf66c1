/** What the primary and its workers say to each other over IPC. Plain data that survives JSON. */

import type { ErrorRecord } from "../../../core/errors.ts";
import type { MetricsSnapshot } from "../../../core/metrics/snapshot.ts";
import type { ServePlan } from "../plan.ts";
import type { DrainReport, ListeningAt } from "../running.ts";

/** A ServerEvent whose error is plain. */
export type PlainEvent =
  | { readonly kind: "certificate-warning"; readonly text: string; readonly fingerprint: string }
  | { readonly kind: "certificate-reloaded"; readonly listener: string; readonly fingerprint: string }
  | { readonly kind: "certificate-kept"; readonly listener: string; readonly error: ErrorRecord }
  | { readonly kind: "accept-failed"; readonly listener: string; readonly error: ErrorRecord };

/** A call with a number; the answer has the same one. */
export type ToWorker =
  | { readonly kind: "start"; readonly id: number; readonly plan: ServePlan; readonly version: string }
  /** `maxConnections` is the worker's share until the next question. */
  | { readonly kind: "snapshot"; readonly id: number; readonly maxConnections: number | undefined }
  | { readonly kind: "reload"; readonly id: number }
  /** The workers share the queue of new connections: it goes when the last of them has let go of it. */
  | { readonly kind: "stop-accepting"; readonly id: number }
  | { readonly kind: "drain"; readonly id: number; readonly deadlineMs: number };

export type WorkerAnswer =
  | { readonly kind: "started"; readonly id: number; readonly listeners: readonly ListeningAt[] }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorRecord }
  | {
      readonly kind: "snapshot";
      readonly id: number;
      readonly snapshot: MetricsSnapshot;
      readonly open: number;
    }
  | { readonly kind: "reloaded"; readonly id: number; readonly events: readonly PlainEvent[] }
  | { readonly kind: "stopped-accepting"; readonly id: number }
  | { readonly kind: "drained"; readonly id: number; readonly report: DrainReport };

export type FromWorker =
  | WorkerAnswer
  /** It listens now: what is sent before its modules are loaded is lost. */
  | { readonly kind: "here" }
  | { readonly kind: "event"; readonly event: PlainEvent };
