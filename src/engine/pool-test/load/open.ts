/**
 * Open load: callers come at planned instants whatever became of those before, so waits are those that users of
 * that rate would see. Late or not, each is sent and measured from its intended instant; only when as many as
 * allowed are under way is one not sent, and then it is counted.
 */
import { HAIR_US } from "./alarm.ts";
import type { Arrivals } from "./arrivals.ts";
import { checkout, type LoadContext } from "./checkout.ts";
import type { Delay } from "./delays.ts";

export interface OpenLoad {
  /** Nobody comes any more, not even who was due before. */
  stop(): void;
}

export function startOpen(
  context: LoadContext,
  arrivals: Arrivals,
  startUs: number,
  maxOutstanding: number,
): OpenLoad {
  const { recorder, clock, delays } = context;
  let next: Delay | undefined;
  let stopped = false;
  const come = (): void => {
    let nowUs = clock.nowUs();
    while (!stopped && startUs + arrivals.dueUs <= nowUs + HAIR_US) {
      const intendedUs = startUs + arrivals.dueUs;
      arrivals.take();
      if (recorder.outstanding >= maxOutstanding) recorder.overflow(intendedUs);
      else {
        const caller = recorder.enter(intendedUs, nowUs);
        recorder.late(caller);
        void checkout(context, caller);
      }
      nowUs = clock.nowUs();
    }
    next = undefined;
    const dueUs = startUs + arrivals.dueUs;
    if (!stopped && dueUs !== Number.POSITIVE_INFINITY) next = delays.at(dueUs, come);
  };
  come();
  return {
    stop() {
      stopped = true;
      if (next !== undefined) delays.cancel(next);
    },
  };
}
