/**
 * Watches a probe: from each change of phase the peer has the answer time-out to bring the next. Silence is noticed
 * by a timer, not by luck, whatever the probe waits for.
 */
import { NetkitError } from "../../../core/errors.ts";
import { formatMillis } from "../../../core/units.ts";
import type { ConnectTimeouts } from "../plan.ts";
import type { PhaseName } from "../result.ts";
import type { PhaseLog } from "./phase-log.ts";

interface Silence {
  readonly code: `NK_${string}`;
  readonly message: (subject: string) => string;
  readonly next: string;
}

const SILENCES: Partial<Record<PhaseName, Silence>> = {
  greeting: {
    code: "NK_GREETING_TIMEOUT",
    message: (subject) => `${subject} sent no greeting`,
    next: "check that the port speaks this protocol; servers that look the client up by name may take longer: raise --timeout",
  },
  request: {
    code: "NK_REQUEST_TIMEOUT",
    message: (subject) => `${subject} did not take the request`,
    next: "it does not read: look at what the server is doing, or raise --timeout",
  },
  upgrade: {
    code: "NK_UPGRADE_TIMEOUT",
    message: (subject) => `${subject} did not come to TLS`,
    next: "look at the server's log, or raise --timeout",
  },
  transfer: {
    code: "NK_TRANSFER_TIMEOUT",
    message: (subject) => `the answer of ${subject} did not end`,
    next: "look at what the server waits for in the middle of its answer, or raise --timeout: it bounds the whole transfer",
  },
};

const NO_ANSWER: Silence = {
  code: "NK_ANSWER_TIMEOUT",
  message: (subject) => `${subject} took the request and sent no answer`,
  next: "look at the server's log and at what it waits for, or raise --timeout",
};

/** A datagram that nobody answered: lost, dropped, or taken in silence; nobody can tell which. */
const NO_DATAGRAM: Silence = {
  code: "NK_UDP_SILENT",
  message: (subject) => `no datagram came back from ${subject}`,
  next: "send what the service answers to (--body), and check the firewalls on the way",
};

export class Watchdog implements Disposable {
  readonly #phases: PhaseLog;
  readonly #timeouts: ConnectTimeouts;
  readonly #subject: string;
  readonly #parent: AbortSignal;
  readonly #controller = new AbortController();
  readonly #onAbort = (): void => this.#controller.abort(this.#parent.reason);
  readonly #datagrams: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    phases: PhaseLog,
    timeouts: ConnectTimeouts,
    subject: string,
    parent: AbortSignal,
    datagrams = false,
  ) {
    this.#datagrams = datagrams;
    this.#phases = phases;
    this.#timeouts = timeouts;
    this.#subject = subject;
    this.#parent = parent;
    if (parent.aborted) this.#onAbort();
    else parent.addEventListener("abort", this.#onAbort, { once: true });
    phases.onBegin = () => this.#arm();
    this.#arm();
  }

  /** Aborted by the time-out (its reason: the error) and by the caller. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The promise, or the signal's reason if that comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#phases.onBegin = undefined;
    this.#parent.removeEventListener("abort", this.#onAbort);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { answerMs } = this.#timeouts;
    // TLS has a time-out of its own.
    if (this.#phases.current === "tls" || answerMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#expire(answerMs), answerMs);
  }

  #expire(answerMs: number): void {
    const silence = this.#datagrams
      ? NO_DATAGRAM
      : (SILENCES[this.#phases.current ?? "firstByte"] ?? NO_ANSWER);
    const message = silence.message(this.#subject);
    const isCut = this.#phases.current === "transfer";
    const why = `${isCut ? "it was not complete" : "nothing came"} ${isCut ? "after" : "for"} ${formatMillis(answerMs)}`;
    this.#controller.abort(
      new NetkitError("request", silence.code, message, { subject: this.#subject, why, next: silence.next }),
    );
  }
}
