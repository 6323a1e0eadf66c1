/**
 * Shutdown with a deadline: stop taking work, let what was begun finish, cut the rest.
 *
 * Driven by calls; whoever owns the process binds signals to them. Two AbortSignals tell the others:
 * `stopping` when draining starts (stop accepting, answer `Connection: close`, turn not ready) and `cut` when
 * the time is over or a second request came (destroy what is left). The report says how many pieces of work
 * finished after the drain started and how many were cut; together they are all that were in flight.
 */
import { type Clock, monotonicClock } from "../clock.ts";
import { assertNever } from "../exhaustive.ts";

/**
 *   running ──drain──► draining ──idle──────────────► closed (cut = 0)
 *      │                  └──cut: deadline, 2nd call──► closed (cut = what was in flight)
 *      └──cut, or drain with nothing in flight────────► closed
 */
export type ShutdownState =
  | { readonly kind: "running" }
  | {
      readonly kind: "draining";
      /** When it started and when the rest is cut, in microseconds of the process clock. */
      readonly startedUs: number;
      readonly deadlineUs: number;
    }
  | {
      readonly kind: "closed";
      /** Pieces of work that finished between the start of the drain and its end. */
      readonly finished: number;
      /** Pieces of work still in flight at the end. */
      readonly cut: number;
      /** From the start of the drain to its end. */
      readonly seconds: number;
    };

export type ShutdownEvent =
  | { readonly kind: "drain"; readonly atUs: number; readonly graceUs: number }
  /** The last piece of work is done; `finished` of them since the drain started. */
  | { readonly kind: "idle"; readonly atUs: number; readonly finished: number }
  | { readonly kind: "cut"; readonly atUs: number; readonly finished: number; readonly inFlight: number };

/** The one place where the state moves; an event that means nothing in a state leaves it as it is. */
export function next(state: ShutdownState, event: ShutdownEvent): ShutdownState {
  switch (state.kind) {
    case "running":
      if (event.kind === "drain") {
        return { kind: "draining", startedUs: event.atUs, deadlineUs: event.atUs + event.graceUs };
      }
      if (event.kind === "cut") return { kind: "closed", finished: 0, cut: event.inFlight, seconds: 0 };
      return state;
    case "draining": {
      if (event.kind === "drain") return state;
      const seconds = (event.atUs - state.startedUs) / 1e6;
      const cut = event.kind === "cut" ? event.inFlight : 0;
      return { kind: "closed", finished: event.finished, cut, seconds };
    }
    case "closed":
      return state;
    default:
      return assertNever(state);
  }
}

export type DrainReport = Extract<ShutdownState, { kind: "closed" }>;

export class Shutdown {
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #cut = new AbortController();
  readonly #report: Promise<DrainReport>;
  #resolve!: (report: DrainReport) => void;
  #state: ShutdownState = { kind: "running" };
  #inFlight = 0;
  #finished = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock = monotonicClock) {
    this.#clock = clock;
    this.#report = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get state(): ShutdownState {
    return this.#state;
  }

  /** Pieces of work begun and not finished. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Aborted as soon as draining starts (or the work is cut without a drain). */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when what is still in flight must go. Not aborted when all of it finished. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Resolves at the end, whoever asked for it. */
  get closed(): Promise<DrainReport> {
    return this.#report;
  }

  /** A piece of work begins. Hot path: a counter. Work may begin while draining; it is waited for, too. */
  begin(): void {
    this.#inFlight++;
  }

  /** It is finished; once for each `begin`. */
  finish(): void {
    this.#inFlight--;
    if (this.#state.kind === "draining") this.#finishDraining();
  }

  /** `using work = shutdown.work()`: begin and finish for those who can spare an object. */
  work(): Disposable {
    this.begin();
    let open = true;
    return {
      [Symbol.dispose]: () => {
        if (open) this.finish();
        open = false;
      },
    };
  }

  /** Waits up to `graceMs` for the work in flight, then cuts it. Called again while draining, it cuts at once. */
  drain(graceMs: number): Promise<DrainReport> {
    if (this.#state.kind !== "running") {
      this.now();
      return this.#report;
    }
    this.#move({ kind: "drain", atUs: this.#clock.nowUs(), graceUs: graceMs * 1000 });
    this.#timer = setTimeout(() => this.now(), graceMs);
    this.#stopping.abort();
    if (this.#inFlight === 0)
      this.#move({ kind: "idle", atUs: this.#clock.nowUs(), finished: this.#finished });
    return this.#report;
  }

  /** Cuts what is in flight, at once. */
  now(): void {
    if (this.#state.kind === "closed") return;
    const inFlight = this.#inFlight;
    this.#move({ kind: "cut", atUs: this.#clock.nowUs(), finished: this.#finished, inFlight });
    this.#stopping.abort();
    if (inFlight > 0) this.#cut.abort();
  }

  #finishDraining(): void {
    this.#finished++;
    if (this.#inFlight === 0)
      this.#move({ kind: "idle", atUs: this.#clock.nowUs(), finished: this.#finished });
  }

  #move(event: ShutdownEvent): void {
    this.#state = next(this.#state, event);
    if (this.#state.kind !== "closed") return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#resolve(this.#state);
  }
}
