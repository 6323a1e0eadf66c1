/**
 * When a run that counts requests gives up, because nothing else would end it: the target is gone (no
 * connection for five seconds, or the time-out if longer), silent (accepting, but through two time-outs on
 * every connection and twice that time nothing was answered) or shut (for so long its connections have stood and
 * allowed no request, as HTTP/2 can). A run of a planned duration ends by itself.
 */
import type { FloodPlan } from "./plan.ts";
import type { Slot } from "./slot.ts";

const GONE_US = 5_000_000;
const SILENT_TIME_OUTS = 2;

export class Patience {
  readonly #endless: boolean;
  readonly #patienceUs: number;
  readonly #slots: readonly Slot[];
  #openedUs = 0;
  #answeredUs = 0;
  /** Connections in a row that ended by a time-out. */
  #timeOuts = 0;

  constructor(plan: FloodPlan, slots: readonly Slot[]) {
    this.#endless = plan.stop.kind === "requests";
    this.#patienceUs = Math.max(GONE_US, plan.timeoutMs * 1000);
    this.#slots = slots;
  }

  opened(now: number): void {
    this.#openedUs = now;
  }

  /** Also told when the run begins: from then on answers are owed. */
  answered(now: number): void {
    this.#answeredUs = now;
    this.#timeOuts = 0;
  }

  timedOut(): void {
    this.#timeOuts++;
  }

  /** `open`: how many connections are open now. */
  isOver(now: number, open: number): boolean {
    if (!this.#endless) return false;
    const unansweredUs = now - this.#answeredUs;
    if (open === 0) return Math.min(unansweredUs, now - this.#openedUs) > this.#patienceUs;
    if (unansweredUs <= SILENT_TIME_OUTS * this.#patienceUs) return false;
    return this.#timeOuts >= SILENT_TIME_OUTS * this.#slots.length || this.#isShut;
  }

  /** Nothing is in flight, and no connection has a place for more. */
  get #isShut(): boolean {
    return this.#slots.every((slot) => slot.count === 0 && !slot.hasPlace);
  }
}
