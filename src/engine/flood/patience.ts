/**
 * When a run that counts requests gives up, because nothing else would end it: the target is gone (no
 * connection for five seconds, or the time-out if longer) or silent (accepting, but through two time-outs on
 * every connection and twice that time nothing was answered), or lets nobody ask (HTTP/2 with no streams allowed, for as
 * long). A run of a planned duration ends by itself.
 */
import type { FloodPlan } from "./plan.ts";

const GONE_US = 5_000_000;
const SILENT_TIME_OUTS = 2;

export class Patience {
  readonly #endless: boolean;
  readonly #patienceUs: number;
  readonly #silentTimeOuts: number;
  readonly #closedLoop: boolean;
  #openedUs = 0;
  #answeredUs = 0;
  /** Connections in a row that ended by a time-out. */
  #timeOuts = 0;

  constructor(plan: FloodPlan, connections: number) {
    this.#endless = plan.stop.kind === "requests";
    this.#patienceUs = Math.max(GONE_US, plan.timeoutMs * 1000);
    this.#closedLoop = plan.load.kind === "closed";
    this.#silentTimeOuts = SILENT_TIME_OUTS * connections;
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

  /** Connections that are open now, and requests in flight: in an open loop none need be due. */
  isOver(now: number, open: number, inFlight: number): boolean {
    if (!this.#endless) return false;
    const unansweredUs = now - this.#answeredUs;
    if (open === 0) return Math.min(unansweredUs, now - this.#openedUs) > this.#patienceUs;
    const isSilent = this.#timeOuts >= this.#silentTimeOuts || (this.#closedLoop && inFlight === 0);
    return isSilent && unansweredUs > SILENT_TIME_OUTS * this.#patienceUs;
  }
}
