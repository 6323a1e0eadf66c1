/**
 * One pooled resource and where it stands. The state is moved by one pure function; nothing else changes it.
 *
 *     creating ──created──► idle ◄──returned──────────┐
 *        │                  │  ▲ └──leased──► leased ─┘
 *        │           validate  valid            │
 *        │                  ▼  │                │
 *      failed            validating             │
 *        │                  │                   │
 *        │                  └──────retired──────┤ (from idle, validating and leased)
 *        ▼                                      ▼
 *      gone ◄──────────────gone──────────── destroying
 *
 * A resource is destroyed exactly once because only the way into `destroying` destroys, and nothing leads back.
 */
import type { Linked } from "../backpressure/linked-list.ts";
import { assertNever } from "../exhaustive.ts";
import type { Attempt } from "./attempt.ts";
import type { CheckoutSite } from "./leak.ts";
import type { Lease } from "./lease.ts";

/** Why a resource was destroyed. Every reason has a counter of its own. */
export type DestroyReason =
  /** Idle for too long. */
  | "idle-timeout"
  /** Too old. */
  | "max-lifetime"
  /** Validation said no, failed or took too long. */
  | "invalid"
  /** Its user said that it is broken. */
  | "discarded"
  /** More than the pool may hold since it was made smaller. */
  | "resize"
  /** The pool was drained or closed. */
  | "closed"
  /** Still leased at the deadline of a drain or at close. */
  | "revoked"
  /** Its lease was garbage collected without a return. */
  | "leaked"
  /** Created, but after its time-out or after the pool had closed. */
  | "late";

export type EntryState =
  | { readonly kind: "creating" }
  | { readonly kind: "idle" }
  | { readonly kind: "validating" }
  | { readonly kind: "leased" }
  | { readonly kind: "destroying"; readonly reason: DestroyReason }
  | { readonly kind: "gone" };

export type EntryEvent =
  | { readonly kind: "created" }
  | { readonly kind: "failed" }
  | { readonly kind: "leased" }
  | { readonly kind: "returned" }
  | { readonly kind: "validate" }
  | { readonly kind: "valid" }
  | { readonly kind: "retired"; readonly reason: DestroyReason }
  | { readonly kind: "gone" };

// States and events without data are shared, so that leasing and returning allocate none.
const CREATING: EntryState = { kind: "creating" };
const IDLE: EntryState = { kind: "idle" };
const VALIDATING: EntryState = { kind: "validating" };
const LEASED: EntryState = { kind: "leased" };
const GONE: EntryState = { kind: "gone" };

export const EVENT = {
  created: { kind: "created" },
  failed: { kind: "failed" },
  leased: { kind: "leased" },
  returned: { kind: "returned" },
  validate: { kind: "validate" },
  valid: { kind: "valid" },
  gone: { kind: "gone" },
} as const satisfies Record<string, EntryEvent>;

/** @throws Error when the event cannot happen in this state: a bug in the pool. */
export function nextEntryState(state: EntryState, event: EntryEvent): EntryState {
  switch (state.kind) {
    case "idle":
      if (event.kind === "leased") return LEASED;
      if (event.kind === "validate") return VALIDATING;
      if (event.kind === "retired") return { kind: "destroying", reason: event.reason };
      break;
    case "leased":
      if (event.kind === "returned") return IDLE;
      if (event.kind === "retired") return { kind: "destroying", reason: event.reason };
      break;
    case "creating":
      if (event.kind === "created") return IDLE;
      if (event.kind === "failed") return GONE;
      break;
    case "validating":
      if (event.kind === "valid") return IDLE;
      if (event.kind === "retired") return { kind: "destroying", reason: event.reason };
      break;
    case "destroying":
      if (event.kind === "gone") return GONE;
      break;
    case "gone":
      break;
    default:
      return assertNever(state);
  }
  throw new Error(`a pooled resource that is ${state.kind} cannot be ${event.kind}`);
}

/** Where a lease goes back to. */
export interface Desk<T> {
  takeBack(entry: Entry<T>): void;
  takeBackBroken(entry: Entry<T>, cause: unknown): void;
}

/** The bookkeeping of one resource, reused by all its leases. Only the pool and its tracker write here. */
export class Entry<T> implements Linked<Entry<T>> {
  previous: Entry<T> | undefined = undefined;
  next: Entry<T> | undefined = undefined;
  readonly desk: Desk<T>;
  state: EntryState = CREATING;
  /** Defined from `created` on. */
  resource: T | undefined = undefined;
  /** Odd while leased. Grows at every lease and every return: a lease is valid while it knows the number. */
  serial = 0;
  /** The creation or validation under way. */
  attempt: Attempt | undefined = undefined;
  /** Age at which it goes, as a point in time. */
  expiresAtUs = Number.POSITIVE_INFINITY;
  /** Set on a leased resource that is to go when it comes back. */
  retireOnReturn: DestroyReason | undefined = undefined;
  /** Written only if the policy validates after a time. */
  idleSinceUs = 0;
  /** Written only if somebody observes hold times. */
  leasedAtUs = 0;
  /** What the last sweeps saw: the serial, and when it was seen first. */
  seenSerial = -1;
  seenAtUs = 0;
  /** How long the last sweep found it leased, at least. */
  heldUs = 0;
  /** Leak tracking: the lease until it is watched weakly, the place of checkout, and what was reported. */
  lease: Lease<T> | undefined = undefined;
  site: CheckoutSite | undefined = undefined;
  watched = false;
  overdue = false;

  constructor(desk: Desk<T>) {
    this.desk = desk;
  }
}
