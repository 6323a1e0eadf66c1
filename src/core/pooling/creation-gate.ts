/**
 * Keeps a pool from storming a server that is down: after a failed creation one at a time is tried.
 *
 *     open ──failed──► probing ──failed──► cooling ──(pause)──► probing
 *      ▲                  │ succeeded         │ succeeded
 *      └──────────────────┴───────────────────┘
 *
 * The first failure costs no pause, since one bad connection is no outage; from the second in a row on the
 * pause doubles, with up to half of it taken off at random so that many pools do not knock together.
 */
import type { TimerHandle, Timers } from "../backpressure/timers.ts";
import { assertNever } from "../exhaustive.ts";

export type GateState =
  | { readonly kind: "open" }
  | { readonly kind: "probing"; readonly failures: number }
  | { readonly kind: "cooling"; readonly failures: number };

export type GateEvent = "succeeded" | "failed" | "cooled";

const OPEN: GateState = { kind: "open" };

export function nextGateState(state: GateState, event: GateEvent): GateState {
  switch (event) {
    case "succeeded":
      return OPEN;
    case "failed":
      if (state.kind === "open") return { kind: "probing", failures: 1 };
      // While cooling, what fails was begun before: the same outage, not another one.
      return state.kind === "probing" ? { kind: "cooling", failures: state.failures + 1 } : state;
    case "cooled":
      return state.kind === "cooling" ? { kind: "probing", failures: state.failures } : state;
    default:
      return assertNever(event);
  }
}

export interface GateOptions {
  readonly maxCreating: number;
  readonly retryPauseMs: number;
  readonly maxRetryPauseMs: number;
  readonly timers: Timers;
  readonly random: () => number;
  /** Creations may be tried again. */
  readonly onCooled: () => void;
}

export class CreationGate {
  readonly #options: GateOptions;
  #state: GateState = OPEN;
  #timer: TimerHandle | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Creations that may run at once just now. */
  get limit(): number {
    switch (this.#state.kind) {
      case "open":
        return this.#options.maxCreating;
      case "probing":
        return 1;
      case "cooling":
        return 0;
      default:
        return assertNever(this.#state);
    }
  }

  succeeded(): void {
    this.#state = nextGateState(this.#state, "succeeded");
    this.close();
  }

  failed(): void {
    const before = this.#state;
    this.#state = nextGateState(before, "failed");
    if (this.#state.kind !== "cooling" || before.kind === "cooling") return;
    const { retryPauseMs, maxRetryPauseMs, random, timers } = this.#options;
    const pauseMs = Math.min(maxRetryPauseMs, retryPauseMs * 2 ** (this.#state.failures - 2));
    this.#timer = timers.set(() => this.#cooled(), pauseMs * (1 - random() / 2));
  }

  /** Clears the pause's timer. */
  close(): void {
    if (this.#timer !== undefined) this.#options.timers.clear(this.#timer);
    this.#timer = undefined;
  }

  #cooled(): void {
    this.#timer = undefined;
    this.#state = nextGateState(this.#state, "cooled");
    this.#options.onCooled();
  }
}
