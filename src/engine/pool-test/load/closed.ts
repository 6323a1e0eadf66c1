/**
 * Closed load: so many clients, each with one checkout after the other. Who is slow to be served asks less often,
 * so a closed load measures capacity; what waits look like at a given rate is asked by `open.ts`.
 */
import { checkout, type LoadContext } from "./checkout.ts";

export interface ClosedLoad {
  /** Stops before its next checkout. */
  stop(): void;
  /** Served in the measured period, by client. */
  readonly served: readonly number[];
}

/** Refused at once, a client asks again only after this long: it must not spin, and an application does not. */
const AFTER_FAILURE_US = 1_000;
/** Checkouts that nothing holds up leave the loop to others after so many. */
const TURNS = 256;

export function startClosed(context: LoadContext, clients: number, thinkMs: number): ClosedLoad {
  const served = new Array<number>(clients).fill(0);
  let stopped = false;
  const client = async (index: number): Promise<void> => {
    const { recorder, clock, delays } = context;
    for (let turn = 1; !stopped; turn++) {
      const nowUs = clock.nowUs();
      const caller = recorder.enter(nowUs, nowUs);
      const isServed = await checkout(context, caller);
      if (isServed && caller.measured) served[index]!++;
      if (stopped) return;
      const pauseUs = isServed ? thinkMs * 1000 : Math.max(AFTER_FAILURE_US, thinkMs * 1000);
      if (pauseUs > 0) await delays.until(clock.nowUs() + pauseUs);
      else if (turn % TURNS === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  for (let index = 0; index < clients; index++) void client(index);
  return {
    stop() {
      stopped = true;
    },
    served,
  };
}
