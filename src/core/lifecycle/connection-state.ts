/**
 * The states of a connection and the one function that moves them: pure, total, without a socket.
 */
import type { NetkitError } from "../errors.ts";
import { assertNever } from "../exhaustive.ts";

/** How it ended: both sides in order, the peer's reset, silence, the owner's abort, or something else. */
export type CloseReason = "clean" | "reset" | "timeout" | "aborted" | "error";

/** The side that has said it will send no more. */
export type Side = "local" | "remote";

/**
 *   connecting ──connected──► securing ──secured──► open ──ended(side)──► half-closed(side)
 *       │  └──────connected (no TLS)──────────────►  │                        │ ended(the other)
 *       │                        │                   │                        ▼
 *       └──── fail(reason), or leave (the owner goes), from any of these ──► closing(reason)
 *                                                                             │ gone
 *                                                                             ▼
 *                                                                          closed(reason)
 *
 * The first reason stays: what happens to a socket that is closing is no news. `gone`, the descriptor's end,
 * leads to closed from everywhere; coming without a reason while data could still flow, it is a reset.
 */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "securing" }
  | { readonly kind: "open" }
  | { readonly kind: "half-closed"; readonly side: Side }
  | { readonly kind: "closing"; readonly reason: CloseReason; readonly error: NetkitError | undefined }
  | ClosedState;

export interface ClosedState {
  readonly kind: "closed";
  readonly reason: CloseReason;
  /** What to throw at those who still want to read or write; undefined after a clean end. */
  readonly error: NetkitError | undefined;
}

export type ConnectionEvent =
  | { readonly kind: "connected"; readonly tls: boolean }
  | { readonly kind: "secured" }
  | { readonly kind: "ended"; readonly side: Side }
  /** The owner leaves: what was written still goes out, then it closes. */
  | { readonly kind: "leave" }
  | {
      readonly kind: "fail";
      readonly reason: Exclude<CloseReason, "clean">;
      readonly error: NetkitError;
    }
  /** The descriptor is closed. */
  | { readonly kind: "gone" };

const OPEN: ConnectionState = { kind: "open" };
const CLEAN: ConnectionState = { kind: "closing", reason: "clean", error: undefined };

/** An event that means nothing in a state leaves it as it is, the same object. */
export function next(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  if (state.kind === "closed") return state;
  switch (event.kind) {
    case "connected":
      return state.kind === "connecting" ? (event.tls ? { kind: "securing" } : OPEN) : state;
    case "secured":
      return state.kind === "securing" ? OPEN : state;
    case "ended":
      if (state.kind === "open") return { kind: "half-closed", side: event.side };
      return state.kind === "half-closed" && state.side !== event.side ? CLEAN : state;
    case "leave":
      return state.kind === "closing" ? state : CLEAN;
    case "fail":
      return state.kind === "closing" ? state : { kind: "closing", reason: event.reason, error: event.error };
    case "gone":
      return state.kind === "closing" ? { ...state, kind: "closed" } : closedUnasked(state.kind);
    default:
      return assertNever(event);
  }
}

function closedUnasked(kind: Exclude<ConnectionState["kind"], "closing" | "closed">): ClosedState {
  switch (kind) {
    case "connecting":
    case "securing":
      return { kind: "closed", reason: "error", error: undefined };
    case "open":
    case "half-closed":
      return { kind: "closed", reason: "reset", error: undefined };
    default:
      return assertNever(kind);
  }
}
