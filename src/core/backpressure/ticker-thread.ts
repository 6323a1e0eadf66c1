/**
 * The sleeping half of the ticker: waits on a futex until the armed instant and wakes the generator's event
 * loop with an empty message. It ends when the generator terminates it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { nowUs } from "../clock.ts";
import { TICKER_LAYOUT } from "./ticker.ts";

const memory = workerData as SharedArrayBuffer;
const sequence = new Int32Array(memory, TICKER_LAYOUT.sequence, 1);
const due = new Float64Array(memory, TICKER_LAYOUT.due, 1);

let handled = 0;
for (;;) {
  const current = Atomics.load(sequence, 0);
  if (current === handled) {
    Atomics.wait(sequence, 0, current);
    continue;
  }
  const gapUs = due[0]! - nowUs();
  // A changed sequence means "armed again": look at the new instant.
  if (gapUs > 0 && Atomics.wait(sequence, 0, current, gapUs / 1000) !== "timed-out") continue;
  handled = current;
  parentPort!.postMessage(0);
}
