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
import { type DriverEvents, type Failure, type Loss, UNSOLICITED } from "./drivers/driver.ts";
import type { GeneratorParts } from "./generator-parts.ts";
import { Ledger } from "./ledger.ts";
import { Patience } from "./patience.ts";
import type { FloodPlan } from "./plan.ts";
import type { Recorder } from "./recorder.ts";
import type { Schedule } from "./schedule.ts";
import { Seconds } from "./seconds.ts";
import { Slot, SlotQueue } from "./slot.ts";
import type { Source } from "./source.ts";
import { TurnEnd } from "./turn-end.ts";

// Ticks that come due closer together than this are sent by one wake-up.
const SLEEP_AT_LEAST_US = 200;
type Phase = "opening" | "ready" | "running" | "done";

export class Generator implements DriverEvents {
  /** The requests in flight. */
  readonly ledger: Ledger;
  readonly seconds: Seconds;
  readonly #plan: FloodPlan;
  readonly #schedule: Schedule;
  readonly #source: Source;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #dialer: Dialer;
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
  #open = 0;
  #prepareUs = 0;
  #startUs = Number.POSITIVE_INFINITY;
  #endUs = Number.POSITIVE_INFINITY;
  #firstFailure: Failure | undefined;
  #everOpened = false;
  readonly #patience: Patience;

  constructor(parts: GeneratorParts) {
    this.#plan = parts.plan;
    this.#schedule = parts.schedule;
    this.#source = parts.source;
    this.#recorder = parts.recorder;
    this.#clock = parts.clock;
    this.#dialer = new Dialer(parts.connections, parts.connect, this, parts.clock);
    this.#arm = parts.arm;
    this.seconds = new Seconds(parts.onSecond);
    this.#closedLoop = parts.plan.load.kind === "closed";
    this.#depth = parts.plan.newConnection ? 1 : parts.plan.depth;
    this.#refill = this.#closedLoop ? Math.max(1, this.#depth >> 2) : 1;
    this.#timeoutUs = parts.plan.timeoutMs * 1000;
    this.#patience = new Patience(parts.plan, parts.connections);
    this.#slots = Array.from({ length: parts.connections }, (_, id) => new Slot(id));
    this.#free = new SlotQueue(parts.connections, "free");
    this.#turnEnd = new TurnEnd(parts.connections, parts.endOfTurn, (slot) => this.#sendAnswered(slot));
    this.ledger = new Ledger(parts.recorder, parts.connections, this.#depth, !this.#closedLoop);
  }

  /** Every connection was opened or has failed once; or a time-out has passed, after which the rest joins late. */
  get prepared(): boolean {
    if (this.#phase !== "opening" || this.#dialer.idle) return true;
    return this.#clock.nowUs() - this.#prepareUs >= this.#timeoutUs;
  }

  /** Why no connection could be opened; undefined when at least one was. */
  get unreachable(): Failure | undefined {
    return this.#everOpened ? undefined : this.#firstFailure;
  }

  /** Every request taken has ended, and none will come. */
  get done(): boolean {
    return this.#phase === "done";
  }

  /** Begins to open all connections. */
  prepare(): void {
    this.#prepareUs = this.#clock.nowUs();
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
    if (this.#phase !== "running") {
      this.#finish();
      return;
    }
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
      for (const slot of this.#slots) this.ledger.censor(slot, now, undefined);
    }
    this.#finish();
  }

  /**
   * Looks at every deadline; to be called every few milliseconds. Silence is found here, not by luck.
   */
  scan(): void {
    if (this.#phase === "done") return;
    const now = this.#clock.nowUs();
    this.seconds.pass(now);
    for (const slot of this.#slots) {
      if (slot.state === "opening") {
        if (now - slot.sinceUs >= this.#timeoutUs) {
          const failure = slot.driver!.expire(this.#plan.timeoutMs);
          this.lost(slot.id, now, { kind: "failed", failure });
        }
      } else if (slot.state === "open") {
        if (slot.count > 0 && now - this.ledger.oldestSentUs(slot) >= this.#timeoutUs)
          this.#timedOut(slot, now);
      } else if (slot.state === "waiting" && now >= slot.sinceUs && this.#phase !== "opening") {
        slot.state = "unopened";
        this.#dialer.request(slot);
      }
    }
    if (this.#phase !== "running") return;
    if (now >= this.#endUs) this.#censorBacklog(now);
    else if (this.#patience.isOver(now, this.#open)) {
      this.#recorder.error("gave-up", "the target did not answer any more, so the run ended early");
      this.drain();
    }
    this.#finishIfDone(now);
  }

  opened(id: number, now: number, connectUs: number, tlsUs: number): void {
    const slot = this.#slots[id]!;
    slot.state = "open";
    this.#everOpened = true;
    this.#patience.opened(now);
    this.#open++;
    this.#recorder.counters.connectionsOpened++;
    this.#recorder.record("connect", connectUs);
    if (!Number.isNaN(tlsUs)) this.#recorder.record("tls", tlsUs);
    this.#dialer.ended();
    for (let offset = 0; offset < slot.count; offset++) {
      const bytes = this.#source.one(this.ledger.target(slot, offset));
      this.ledger.sent(slot, offset, bytes.length, now);
      slot.driver!.write(bytes);
    }
    if (this.#phase === "running") this.#send(slot, now);
  }

  received(bytes: number, now: number): void {
    this.seconds.pass(now);
    if (now >= this.ledger.measureFromUs) this.#recorder.counters.bytesReceived += bytes;
  }

  answered(id: number, status: number, firstByteUs: number, now: number): void {
    const slot = this.#slots[id]!;
    if (slot.count === 0) {
      slot.driver!.close();
      if (now >= this.ledger.measureFromUs) this.#recorder.error(UNSOLICITED.kind, UNSOLICITED.example);
      this.lost(id, now, { kind: "failed", failure: UNSOLICITED });
      return;
    }
    slot.failures = 0;
    slot.freeSinceUs = now;
    this.#patience.answered(now);
    this.ledger.answered(slot, status, firstByteUs, now);
  }

  settled(id: number, now: number): void {
    const slot = this.#slots[id]!;
    if (this.#phase !== "running") return;
    if (this.#plan.newConnection && slot.count === 0) {
      // The server keeps the connection open although it was asked to close it.
      slot.driver!.close();
      this.lost(id, now, { kind: "finished" });
      return;
    }
    if (slot.count === 0 || this.#depth - slot.count >= this.#refill) this.#turnEnd.push(slot);
  }

  #sendAnswered(slot: Slot): void {
    if (slot.state !== "open" || this.#phase !== "running") return;
    // Each write has a stamp of its own.
    const now = this.#clock.nowUs();
    slot.freeSinceUs = now;
    this.#send(slot, now);
  }

  lost(id: number, now: number, loss: Loss): void {
    const slot = this.#slots[id]!;
    const wasOpening = slot.state === "opening";
    if (!wasOpening) this.#open--;
    slot.state = "unopened";
    slot.driver = undefined;
    slot.freeSinceUs = now;
    if (loss.kind === "failed") {
      this.#firstFailure ??= loss.failure;
      if (this.#phase === "running" && wasOpening && slot.count === 0) this.#takeIfDue(slot, now);
      this.ledger.fail(slot, now, loss.failure);
    }
    if (loss.kind === "failed" && (wasOpening || slot.failures > 0)) this.#dialer.backOff(slot, now);
    else this.#reopen(slot, now);
    if (loss.kind === "failed") slot.failures++;
    if (wasOpening) this.#dialer.ended();
    if (this.#phase === "running" && this.ledger.inFlight === 0) this.#finishIfDone(now);
  }

  #begin(): void {
    this.#phase = "running";
    this.#patience.answered(this.#startUs);
    for (const slot of this.#slots) {
      slot.freeSinceUs = this.#startUs;
      // With --new-connection, one that the server closed before the start has a place as well.
      if (!this.#hasPlace(slot)) continue;
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
      if (this.#hasPlace(slot)) {
        // A place was free, so this lateness is the generator's own.
        const intended = this.#startUs + dueUs;
        this.ledger.punctuality(intended, now);
        this.#take(slot, intended, elapsed);
        this.#dispatch(slot, 1, now);
        if (this.#hasPlace(slot)) this.#free.push(slot);
      }
      dueUs = this.#schedule.dueUs(elapsed);
    }
    if (dueUs === Number.POSITIVE_INFINITY) this.#finishIfDone(now);
    else this.#arm(Math.max(this.#startUs + dueUs, now + SLEEP_AT_LEAST_US));
  }

  /** Fills the free places of a slot with what is due. */
  #send(slot: Slot, now: number): void {
    const elapsed = now - this.#startUs;
    let count = 0;
    while (this.#hasPlace(slot)) {
      const dueUs = this.#schedule.dueUs(elapsed);
      if (dueUs > elapsed) break;
      this.#take(
        slot,
        this.#closedLoop ? this.ledger.notBefore(slot.freeSinceUs, now) : this.#startUs + dueUs,
        elapsed,
      );
      count++;
    }
    if (count > 0) this.#dispatch(slot, count, now);
    else if (this.ledger.inFlight === 0) this.#finishIfDone(now);
    if (!this.#closedLoop && this.#hasPlace(slot)) {
      this.#free.push(slot);
      // The sleeper stopped when places ran out; now there is one, and nothing is due on it yet.
      if (this.#free.length === 1) this.#arm(this.#startUs + this.#schedule.dueUs(elapsed));
    }
  }

  #hasPlace(slot: Slot): boolean {
    if (slot.state === "open") return slot.count < this.#depth;
    return slot.state === "unopened" && slot.count === 0;
  }

  #take(slot: Slot, intendedUs: number, elapsedUs: number): void {
    this.#schedule.take(elapsedUs);
    this.ledger.take(slot, intendedUs, this.#source.target(this.ledger.taken));
  }

  /** For a failed attempt to connect: it stands for the request it would have carried. */
  #takeIfDue(slot: Slot, now: number): void {
    const elapsed = now - this.#startUs;
    const dueUs = this.#schedule.dueUs(elapsed);
    if (dueUs > elapsed) return;
    this.#take(
      slot,
      this.#closedLoop ? this.ledger.notBefore(slot.sinceUs, now) : this.#startUs + dueUs,
      elapsed,
    );
  }

  /** Writes the newest `count` requests of the slot, or opens the connection that will. */
  #dispatch(slot: Slot, count: number, now: number): void {
    if (slot.state !== "open") {
      this.#dialer.request(slot);
      return;
    }
    let offset = slot.count - count;
    let j = this.ledger.taken - count;
    while (offset < slot.count) {
      const batch = Math.min(slot.count - offset, this.#source.maxBatch);
      const bytes = this.#source.bytes(j, batch);
      for (let i = 0; i < batch; i++) this.ledger.sent(slot, offset + i, bytes.length / batch, now);
      slot.driver!.write(bytes);
      j += batch;
      offset += batch;
    }
  }

  /** After a connection ended in order: carries over what is unanswered, or is ready for the next request. */
  #reopen(slot: Slot, now: number): void {
    if (this.#phase === "done") return;
    if (slot.count > 0 || !this.#plan.newConnection) {
      if (slot.count === 0 && this.#phase === "running" && this.#closedLoop) this.#send(slot, now);
      else this.#dialer.request(slot);
    } else if (this.#phase === "running") {
      this.#send(slot, now);
    }
  }

  #timedOut(slot: Slot, now: number): void {
    slot.driver!.close();
    this.#patience.timedOut();
    this.ledger.censor(slot, now, this.#plan.timeoutMs);
    this.#open--;
    slot.state = "unopened";
    slot.driver = undefined;
    slot.freeSinceUs = now;
    this.#reopen(slot, now);
  }

  /** The plan's end has come: ticks that were due but found no free connection are censored, unsent. */
  #censorBacklog(now: number): void {
    if (this.#closedLoop) return;
    this.#pumpTicks(now);
    const elapsed = now - this.#startUs;
    for (;;) {
      const dueUs = this.#schedule.dueUs(elapsed);
      if (dueUs > elapsed) return;
      this.#schedule.take(elapsed);
      this.ledger.unsent(this.#startUs + dueUs, this.#source.target(this.ledger.taken), now);
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
