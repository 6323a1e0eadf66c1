/**
 * Happy Eyeballs version 2 (RFC 8305): several addresses of one name are tried one after the other with a
 * head start each, and the first connection that stands wins.
 *
 *      t0        +250 ms     +500 ms
 *      ├─ v6 #1 ─────────────────────── … no answer        every attempt is recorded: started, ended, how
 *      │         ├─ v4 #1 ── connected                     the losers are closed at once
 *      │         │           (v6 #2 is never started)      a failure starts the next attempt early
 *
 * Guarantees: whatever the outcome, no socket but the winner's is left, no timer and no listener.
 */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { systemCodeOf } from "../errors.ts";

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

export type AttemptOutcome =
  | { readonly kind: "connected" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  /** Another attempt was first. */
  | { readonly kind: "lost" }
  /** Time-out or abort of the whole race. */
  | { readonly kind: "cut" };

/** One attempt, times in microseconds of the process clock. */
export interface Attempt extends Address {
  readonly startUs: number;
  readonly endUs: number;
  readonly outcome: AttemptOutcome;
}

/** Starts to connect; the socket tells by 'connect' or 'error'. */
export type Connector = (address: Address) => Socket;

export interface RaceOptions {
  /** In the order to be tried; see `interleave`. */
  readonly addresses: readonly Address[];
  /** Addresses that come while the race is on (RFC 8305 section 3): they join those that have not started. Never rejects. */
  readonly later?: Promise<readonly Address[]> | undefined;
  readonly connect: Connector;
  /** Head start of each attempt, in milliseconds (RFC 8305 section 5: 250, never under 10). */
  readonly attemptDelayMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export type RaceResult =
  | {
      readonly kind: "won";
      readonly socket: Socket;
      readonly attempts: readonly Attempt[];
      /** Known, and not needed. */
      readonly unstarted: readonly Address[];
    }
  /** Every address failed; errors in the order of the attempts. */
  | { readonly kind: "lost"; readonly errors: readonly Error[]; readonly attempts: readonly Attempt[] }
  /** The signal aborted first. */
  | { readonly kind: "cut"; readonly attempts: readonly Attempt[] };

/** RFC 8305 section 4: families alternate, beginning with the one the resolver put first; order within each kept. */
export function interleave(addresses: readonly Address[]): Address[] {
  const first = addresses[0]?.family;
  const preferred = addresses.filter(({ family }) => family === first);
  const others = addresses.filter(({ family }) => family !== first);
  const mixed: Address[] = [];
  for (let index = 0; index < Math.max(preferred.length, others.length); index++) {
    mixed.push(...preferred.slice(index, index + 1), ...others.slice(index, index + 1));
  }
  return mixed;
}

/** An attempt that has not ended. */
interface Runner {
  readonly record: { -readonly [Field in keyof Attempt]: Attempt[Field] };
  readonly socket: Socket;
  readonly release: () => void;
}

export function raceToConnect(options: RaceOptions): Promise<RaceResult> {
  const { connect, clock, signal } = options;
  let queue: readonly Address[] = options.addresses;
  let expectsMore = options.later !== undefined;
  let over = false;
  const attempts: Attempt[] = [];
  const errors: Error[] = [];
  const running = new Set<Runner>();
  let timer: NodeJS.Timeout | undefined;

  return new Promise((resolve) => {
    const finish = (result: RaceResult, rest: "lost" | "cut"): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      over = true;
      for (const runner of running) {
        end(runner, { kind: rest });
        discard(runner.socket);
      }
      resolve(result);
    };
    const onAbort = (): void => finish({ kind: "cut", attempts }, "cut");
    const end = (runner: Runner, outcome: AttemptOutcome): void => {
      running.delete(runner);
      runner.release();
      runner.record.endUs = clock.nowUs();
      runner.record.outcome = outcome;
    };
    const fail = (runner: Runner, error: Error): void => {
      end(runner, { kind: "failed", code: systemCodeOf(error) ?? "UNKNOWN", message: error.message });
      errors.push(error);
      discard(runner.socket);
      if (queue.length > 0) startNext();
      else if (running.size === 0 && !expectsMore) finish({ kind: "lost", errors, attempts }, "lost");
    };
    const startNext = (): void => {
      clearTimeout(timer);
      const [address, ...rest] = queue as readonly [Address, ...Address[]];
      queue = rest;
      const startUs = clock.nowUs();
      const record = { ...address, startUs, endUs: startUs, outcome: { kind: "cut" } as AttemptOutcome };
      attempts.push(record);
      const socket = connect(address);
      const onConnect = (): void => {
        end(runner, { kind: "connected" });
        finish({ kind: "won", socket, attempts, unstarted: queue }, "lost");
      };
      const onError = (error: Error): void => fail(runner, error);
      socket.once("connect", onConnect);
      socket.once("error", onError);
      const release = (): void => {
        socket.off("connect", onConnect);
        socket.off("error", onError);
      };
      const runner: Runner = { record, socket, release };
      running.add(runner);
      schedule();
    };
    const schedule = (): void => {
      clearTimeout(timer);
      if (queue.length > 0) timer = setTimeout(startNext, options.attemptDelayMs);
    };
    const join = (addresses: readonly Address[]): void => {
      expectsMore = false;
      if (over) return;
      const idle = queue.length === 0;
      // The family that came late has not had its turn yet.
      queue = interleave([...addresses, ...queue]);
      if (running.size > 0) {
        if (idle) schedule();
      } else if (queue.length > 0) startNext();
      else finish({ kind: "lost", errors, attempts }, "lost");
    };

    if (signal.aborted) onAbort();
    else if (queue.length === 0 && !expectsMore) finish({ kind: "lost", errors, attempts }, "lost");
    else {
      signal.addEventListener("abort", onAbort, { once: true });
      if (queue.length > 0) startNext();
      options.later?.then(join);
    }
  });
}

/** Closes a socket nobody wants; what it still reports has no reader. */
function discard(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.destroy();
}
