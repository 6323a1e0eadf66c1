/**
 * One generator thread's heart: connections (slots) take requests from the schedule as it and the answers
 * allow, and every request ends exactly once, as succeeded, failed or censored.
 *
 *   closed loop   an answer frees a place in flight ─► the next request goes at once
 *   open loop     a tick comes due ─► a slot with a free place sends it; with none free the tick waits its
 *                 turn (late, and counted from its planned instant) until an answer frees a place
 *
 * Nothing here makes a timer: `pump` is called by an alarm, `scan` every few milliseconds.
 */
import type { Clock } from "../../core/clock.ts";
import { Dialer } from "./dialer.ts";
import { Dispatch } from "./dispatch.ts";
import {
  type Agreed,
  type DriverEvents,
  type Failure,
  FINISHED,
  type Loss,
  OLDEST,
  UNSOLICITED,
} from "./drivers/driver.ts";
import type { GeneratorParts } from "./generator-parts.ts";
import { Ledger } from "./ledger.ts";
import { Opening } from "./opening.ts";
import { Patience } from "./patience.ts";
import { depthOf, type FloodPlan, requestsPerConnection } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";
import { Seconds } from "./seconds.ts";
import { Slot, SlotQueue } from "./slot.ts";
import { TurnEnd } from "./turn-end.ts";

// Ticks that come due closer together than this are sent by one wake-up.
const SLEEP_AT_LEAST_US = 200;
type Phase = "opening" | "ready" | "running" | "done";

export class Generator implements DriverEvents {
  /** The requests in flight. */
  readonly ledger: Ledger;
  readonly seconds: Seconds;
  readonly opening: Opening;
  /** Connections that stand. */
  open = 0;
  readonly #plan: FloodPlan;
  readonly #schedule: Schedule;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #dialer: Dialer;
  readonly #dispatch: Dispatch;
  readonly #arm: (dueUs: number) => void;
  readonly #closedLoop: boolean;
  readonly #depth: number;
  /** Free places that are worth a write: one by one, pipelined requests would cost both sides a call each. */
  readonly #refill: number;
  readonly #timeoutUs: number;
  readonly #slots: readonly Slot[];
  /** Open loop: slots with a free place, longest unused first. */
  readonly #free: SlotQueue;
  readonly #turnEnd: TurnEnd;
  #phase: Phase = "opening";
  #startUs = Number.POSITIVE_INFINITY;
  #endUs = Number.POSITIVE_INFINITY;
  readonly #patience: Patience;

  constructor(parts: GeneratorParts) {
    this.#plan = parts.plan;
    this.#schedule = parts.schedule;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#dialer = new Dialer(this, parts);
    this.#arm = parts.arm;
    this.seconds = new Seconds(parts.onSecond);
    this.#closedLoop = parts.plan.load.kind !== "open";
    this.#depth = depthOf(parts.plan, 0);
    this.#refill = this.#closedLoop ? Math.max(1, this.#depth >> 2) : 1;
    this.#timeoutUs = parts.plan.timeoutMs * 1000;
    this.opening = new Opening(this.#timeoutUs);
    this.#slots = Array.from(
      { length: parts.connections },
      (_, id) => new Slot(id, depthOf(parts.plan, id), requestsPerConnection(parts.plan)),
    );
    this.#patience = new Patience(parts.plan, this.#slots);
    this.#free = new SlotQueue(parts.connections, "free");
    this.#turnEnd = new TurnEnd(parts.connections, parts.endOfTurn, (slot) => this.#sendAnswered(slot));
    this.ledger = new Ledger(parts.recorder, parts.connections, this.#depth, !this.#closedLoop);
    this.#dispatch = new Dispatch(parts.schedule, parts.source, this.ledger, this.#dialer);
  }

  /** Every connection was opened or has failed once; or a time-out has passed, after which the rest joins late. */
  get prepared(): boolean {
    if (this.#phase !== "opening" || this.#dialer.idle) return true;
    return this.opening.hasTimedOut(this.#clock.nowUs());
  }

  /** Nothing is in flight, and nothing will come. */
  get done(): boolean {
    return this.#phase === "done";
  }

  /** Begins to open all connections. */
  prepare(): void {
    this.opening.start(this.#clock.nowUs());
    for (const slot of this.#slots) this.#dialer.request(slot);
  }

  /** The load begins at `startUs`, which may lie a little ahead. */
  start(startUs: number): void {
    this.#startUs = startUs;
    this.ledger.measureFromUs = startUs + Math.round(this.#plan.warmupSeconds * 1e6);
    this.ledger.lastEndUs = this.ledger.measureFromUs;
    this.seconds.start(this.ledger.measureFromUs);
    if (this.#plan.stop.kind === "duration")
      this.#endUs = this.ledger.measureFromUs + this.#plan.stop.seconds * 1e6;
    this.ledger.endUs = this.#endUs;
    this.#phase = "ready";
    this.opening.end();
    if (this.#plan.newConnection) this.#retireOpened(startUs);
    this.#arm(startUs);
  }

  /** Sends what is due, then sleeps until the next is. */
  pump(): void {
    if (this.#phase === "ready") {
      // Timers may fire early, and what is sent before the start would belong to nothing.
      if (this.#clock.nowUs() < this.#startUs) this.#arm(this.#startUs);
      else this.#begin();
    }
    if (this.#phase === "running" && !this.#closedLoop) this.#pumpTicks(this.#clock.nowUs());
  }

  /** Interrupt: nothing more is sent; the run is done when what is in flight has ended. */
  drain(): void {
    if (this.#phase === "done") return;
    const now = this.#clock.nowUs();
    if (this.#phase !== "running") return void this.#finish();
    this.#schedule.stopAt(now - this.#startUs);
    this.#endUs = Math.min(this.#endUs, now);
    this.#censorBacklog(now);
    this.#finishIfDone(now);
  }

  /** Stops at once: what is in flight is censored at its age. */
  abort(): void {
    if (this.#phase === "running") {
      const now = this.#clock.nowUs();
      this.drain();
      for (const slot of this.#slots) this.ledger.censorAll(slot, now);
    }
    this.#finish();
  }

  /** Looks at every deadline; to be called every few milliseconds. Silence is found here, not by luck. */
  scan(): void {
    if (this.#phase === "done") return;
    const now = this.#clock.nowUs();
    this.seconds.pass(now);
    this.#dialer.pump();
    for (const slot of this.#slots) {
      if (slot.state === "opening") {
        if (now - slot.sinceUs >= this.#timeoutUs) {
          const failure = slot.driver!.expire(this.#plan.timeoutMs);
          this.lost(slot.id, now, { kind: "failed", failure });
        }
      } else if (slot.state === "waiting" && now >= slot.sinceUs && this.#phase !== "opening") {
        slot.state = "unopened";
        this.#dialer.request(slot);
      }
      if (slot.count > 0 && now - this.ledger.oldestSentUs(slot) >= this.#timeoutUs)
        this.#timedOut(slot, now);
    }
    if (this.#phase !== "running") return;
    if (now >= this.#endUs) this.#censorBacklog(now);
    else if (this.#patience.isOver(now, this.open)) {
      this.#recorder.error("gave-up", "the target did not answer any more, so the run ended early");
      this.drain();
    }
    this.#finishIfDone(now);
  }

  opened(id: number, now: number, connectUs: number, tlsUs: number, agreed?: Agreed): void {
    const slot = this.#slots[id]!;
    slot.state = "open";
    this.opening.opened(now);
    this.#patience.opened(now);
    this.open++;
    this.#recorder.opened(connectUs, tlsUs, agreed);
    this.#dialer.ended();
    if (slot.count > 0) this.#dispatch.all(slot, now);
    else if (this.#plan.newConnection && this.#phase !== "opening") this.#retire(slot, now);
    if (this.#phase === "running") this.#send(slot, now);
  }

  received(bytes: number, now: number): void {
    this.seconds.pass(now);
    if (now >= this.ledger.measureFromUs) this.#recorder.counters.bytesReceived += bytes;
  }

  sent(bytes: number, now: number): void {
    this.seconds.pass(now);
    this.ledger.streamed(bytes, now);
  }

  room(id: number, places: number): void {
    this.#slots[id]!.places = Math.min(this.#depth, places);
  }

  answered(id: number, seat: number, status: number, firstByteUs: number, now: number): void {
    const slot = this.#slots[id]!;
    if (slot.count === 0) return void this.#retire(slot, now, { kind: "failed", failure: UNSOLICITED });
    this.#served(slot, now);
    this.ledger.answered(slot, seat === OLDEST ? slot.oldest : seat, status, firstByteUs, now);
  }

  failed(id: number, seat: number, now: number, failure: Failure): void {
    const slot = this.#slots[id]!;
    if (slot.count === 0) return void this.#retire(slot, now, { kind: "failed", failure: UNSOLICITED });
    this.#served(slot, now);
    this.ledger.fail(slot, seat === OLDEST ? slot.oldest : seat, now, failure);
  }

  /** The peer has ended a request, well or badly. */
  #served(slot: Slot, now: number): void {
    slot.failures = 0;
    slot.freeSinceUs = now;
    this.#patience.answered(now);
  }

  settled(id: number, now: number): void {
    const slot = this.#slots[id]!;
    if (this.#phase !== "running") return;
    if (slot.isSpent) this.#retire(slot, now);
    else if (slot.isWorth(this.#refill)) this.#turnEnd.push(slot);
  }

  #sendAnswered(slot: Slot): void {
    if (slot.state !== "open" || this.#phase !== "running") return;
    // Each write has a stamp of its own.
    const now = this.#clock.nowUs();
    if (slot.isSpent) return void this.#retire(slot, now);
    slot.freeSinceUs = now;
    this.#send(slot, now);
  }

  /** Requests with connections of their own: these were to see that there are any, and stand in no figure. */
  #retireOpened(now: number): void {
    for (const slot of this.#slots) if (slot.state === "open") this.#retire(slot, now);
    this.#recorder.snapshot();
  }

  /** The server may not know that all is done. */
  #retire(slot: Slot, now: number, loss: Loss = FINISHED): void {
    slot.driver!.close();
    this.lost(slot.id, now, loss);
  }

  lost(id: number, now: number, loss: Loss): void {
    const slot = this.#slots[id]!;
    const wasOpening = slot.state === "opening";
    if (!wasOpening) this.open--;
    slot.vacate(now);
    this.#recorder.lost(wasOpening, loss);
    if (loss.kind === "failed") {
      this.opening.failed(loss.failure);
      if (slot.count === 0 && loss.failure === UNSOLICITED && now >= this.ledger.measureFromUs)
        this.#recorder.error(UNSOLICITED.kind, UNSOLICITED.example);
      if (this.#phase === "running" && wasOpening && slot.count === 0) this.#takeIfDue(slot, now);
      this.ledger.failAll(slot, now, loss.failure);
    }
    // A second connection in a row that brought no answer, however it ended, is no hurry.
    if (slot.failures > 0 || (wasOpening && loss.kind === "failed")) this.#dialer.backOff(slot, now);
    else this.#reopen(slot, now);
    slot.failures++;
    if (wasOpening) this.#dialer.ended();
    if (this.#phase === "running" && this.ledger.inFlight === 0) this.#finishIfDone(now);
  }

  #begin(): void {
    this.#phase = "running";
    this.#patience.answered(this.#startUs);
    for (const slot of this.#slots) {
      slot.freeSinceUs = this.#startUs;
      // With --new-connection, one that the server closed before the start has a place as well.
      if (!slot.hasPlace) continue;
      if (this.#closedLoop) this.#send(slot, this.#clock.nowUs());
      else this.#free.push(slot);
    }
  }

  #pumpTicks(now: number): void {
    const elapsed = now - this.#startUs;
    let dueUs = this.#schedule.dueUs(elapsed);
    while (dueUs <= elapsed) {
      const slot = this.#free.shift();
      if (slot === undefined) return; // an answer will free a place, and send
      if (slot.hasPlace) {
        // A place was free, so this lateness is the generator's own.
        const intended = this.#startUs + dueUs;
        this.ledger.punctuality(intended, now);
        this.#dispatch.put(slot, intended, elapsed, now);
        this.#dispatch.leave(slot);
        if (slot.hasPlace) this.#free.push(slot);
      }
      dueUs = this.#schedule.dueUs(elapsed);
    }
    if (dueUs === Number.POSITIVE_INFINITY) this.#finishIfDone(now);
    else this.#arm(Math.max(this.#startUs + dueUs, now + SLEEP_AT_LEAST_US));
  }

  /** Fills the free places of a slot with what is due. */
  #send(slot: Slot, now: number): void {
    const elapsed = now - this.#startUs;
    const before = slot.count;
    while (slot.hasPlace) {
      const dueUs = this.#schedule.dueUs(elapsed);
      if (dueUs > elapsed) break;
      const intended = this.#closedLoop
        ? this.ledger.notBefore(slot.freeSinceUs, now)
        : this.#startUs + dueUs;
      this.#dispatch.put(slot, intended, elapsed, now);
    }
    if (slot.count > before) this.#dispatch.leave(slot);
    else if (this.ledger.inFlight === 0) this.#finishIfDone(now);
    if (!this.#closedLoop && slot.hasPlace) {
      this.#free.push(slot);
      // The sleeper stopped when places ran out; now there is one, and nothing is due on it yet.
      if (this.#free.length === 1) this.#arm(this.#startUs + this.#schedule.dueUs(elapsed));
    }
  }

  /** For a failed attempt to connect: it stands for the request it would have carried. */
  #takeIfDue(slot: Slot, now: number): void {
    const elapsed = now - this.#startUs;
    const dueUs = this.#schedule.dueUs(elapsed);
    if (dueUs > elapsed || !slot.carries) return;
    this.#dispatch.take(
      slot,
      this.#closedLoop ? this.ledger.notBefore(slot.sinceUs, now) : this.#startUs + dueUs,
      elapsed,
    );
  }

  /** After a connection ended in order: carries over what is unanswered, or is ready for the next request. */
  #reopen(slot: Slot, now: number): void {
    if (this.#phase === "done") return;
    if (slot.count > 0 || !this.#plan.newConnection) {
      if (slot.hasPlace && this.#phase === "running" && this.#closedLoop) this.#send(slot, now);
      else this.#dialer.request(slot);
    } else if (this.#phase === "running") {
      this.#send(slot, now);
    }
  }

  #timedOut(slot: Slot, now: number): void {
    const { timeoutMs } = this.#plan;
    this.#patience.timedOut();
    while (now - this.ledger.oldestSentUs(slot) >= this.#timeoutUs) {
      const seat = slot.oldest;
      // One that is carried over may wait for its next connection.
      const stays = slot.state !== "open" || slot.driver!.abandon(seat);
      this.ledger.censor(slot, seat, now, timeoutMs);
      if (stays) continue;
      slot.driver!.close();
      this.ledger.censorAll(slot, now);
      this.open--;
      slot.vacate(now);
      this.#reopen(slot, now);
      return;
    }
    slot.freeSinceUs = now;
    this.#turnEnd.push(slot);
  }

  /** The plan's end has come: ticks that were due but found no free connection are censored, unsent. */
  #censorBacklog(now: number): void {
    if (this.#closedLoop) return;
    this.#pumpTicks(now);
    const elapsed = now - this.#startUs;
    for (;;) {
      const dueUs = this.#schedule.dueUs(elapsed);
      if (dueUs > elapsed) return;
      this.#dispatch.unsent(this.#startUs + dueUs, elapsed, now);
    }
  }

  #finishIfDone(now: number): void {
    if (this.#phase !== "running" || this.ledger.inFlight > 0) return;
    if (this.#schedule.dueUs(now - this.#startUs) !== Number.POSITIVE_INFINITY) return;
    // Up to its end a run measures, also when nothing came of it.
    if (now >= this.#endUs) this.ledger.lastEndUs = Math.max(this.ledger.lastEndUs, this.#endUs);
    this.#finish();
  }

  #finish(): void {
    if (this.#phase === "done") return;
    this.#phase = "done";
    this.#arm(Number.POSITIVE_INFINITY);
    for (const slot of this.#slots) slot.driver?.close();
  }
}
