/**
 * Any number of instants to be woken at, over one alarm: a binary heap, O(log n) each. Callbacks run in the order
 * of their instants, then of their asking. The alarm is made with the first instant asked for.
 */
import type { Clock } from "../../../core/clock.ts";
import { type Alarm, type AlarmMaker, HAIR_US } from "./alarm.ts";

export interface Delay {
  readonly dueUs: number;
  readonly order: number;
  /** Undefined once it has run or was cancelled. */
  callback: (() => void) | undefined;
}

export class Delays implements Disposable {
  readonly #makeAlarm: AlarmMaker;
  readonly #clock: Clock;
  readonly #heap: Delay[] = [];
  #alarm: Alarm | undefined;
  #asked = 0;
  #ended = false;

  constructor(makeAlarm: AlarmMaker, clock: Clock) {
    this.#makeAlarm = makeAlarm;
    this.#clock = clock;
  }

  /** Never calls back before it returns. */
  at(dueUs: number, callback: () => void): Delay {
    const delay: Delay = { dueUs, order: this.#asked++, callback };
    if (this.#ended) {
      setImmediate(callback);
      return delay;
    }
    this.#push(delay);
    this.#alarm ??= this.#makeAlarm(this.#wake);
    if (this.#heap[0] === delay) this.#alarm.arm(dueUs);
    return delay;
  }

  /** Harmless for one that has run. */
  cancel(delay: Delay): void {
    delay.callback = undefined;
  }

  until(dueUs: number): Promise<void> {
    return new Promise((resolve) => void this.at(dueUs, resolve));
  }

  /** Everybody is woken at once, now and from now on: nobody waits for an instant that will not come. */
  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#alarm?.[Symbol.dispose]();
    for (const delay of this.#heap.splice(0).sort(byInstant)) delay.callback?.();
  }

  readonly #wake = (): void => {
    for (let next = this.#heap[0]; next !== undefined; next = this.#heap[0]) {
      // Cancelled ones go too, whenever they come to the front.
      if (next.callback !== undefined && next.dueUs > this.#clock.nowUs() + HAIR_US) break;
      this.#shift();
      const { callback } = next;
      next.callback = undefined;
      callback?.();
    }
    this.#alarm?.arm(this.#heap[0]?.dueUs ?? Number.POSITIVE_INFINITY);
  };

  #push(delay: Delay): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(delay);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (byInstant(heap[parent]!, delay) <= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = delay;
  }

  #shift(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && byInstant(heap[child + 1]!, heap[child]!) < 0) child++;
      if (byInstant(last, heap[child]!) <= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function byInstant(one: Delay, other: Delay): number {
  return one.dueUs - other.dueUs || one.order - other.order;
}
