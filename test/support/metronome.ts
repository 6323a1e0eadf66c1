// A sleeper of its own beside a test that measures fractions of a millisecond: how late the machine woke it is what
// the machine made of time then, whoever else was at work. netkit's promises hold on top of that.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const TICK_US = 1000;
const SLOT_US = 10_000;
/** A sleeper on an idle core wakes within some 0.1 ms; later than this in one tick of 100, others were at work. */
const QUIET_P99_MS = 0.25;

export interface Beat {
  /** The machine did nothing else: promises hold to the letter. */
  readonly quiet: boolean;
  /** How late the sleeper woke up, in the 99th of 100 ticks and at worst. */
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  /** By how much the wake-ups in the worst 10 ms were fewer or more than ten. */
  readonly slotDeviation: number;
}

/** Beats 1,000 times a second for so long, in a process of its own. */
export async function machineBeat(ms: number): Promise<Beat> {
  const child = fork(fileURLToPath(new URL("./metronome.js", import.meta.url)), [String(ms)]);
  const ended = once(child, "exit");
  const [{ wokeUs }] = (await once(child, "message")) as [{ wokeUs: number[] }];
  await ended;
  const lateMs = wokeUs.map((woke, tick) => (woke - tick * TICK_US) / 1000).sort((a, b) => a - b);
  const lateP99Ms = lateMs[Math.floor(lateMs.length * 0.99)]!;
  return {
    quiet: lateP99Ms < QUIET_P99_MS,
    lateP99Ms,
    lateMaxMs: lateMs.at(-1)!,
    slotDeviation: Math.max(...perSlot(wokeUs).map((count) => Math.abs(count - SLOT_US / TICK_US))),
  };
}

/**
 * What the machine adds to a promise. Nothing when it was quiet. Otherwise twice what it did to a single sleeper:
 * for a request two are woken one after the other, be it the timer and the generator or the server and the generator.
 */
export function machineAdds(beat: Beat, toOne: "lateP99Ms" | "lateMaxMs" | "slotDeviation"): number {
  return beat.quiet ? 0 : 2 * beat[toOne];
}

/** How many instants (µs, in order, a thousand a second) lie in each whole 10 ms from the first one on. */
export function perSlot(instantsUs: readonly number[]): number[] {
  const slots = Math.floor((instantsUs.length * TICK_US) / SLOT_US) - 1;
  const counts = Array.from({ length: slots }, () => 0);
  for (const at of instantsUs) {
    // The first is as good as on time; half a tick keeps the rest away from the borders.
    const slot = Math.floor((at - instantsUs[0]! + TICK_US / 2) / SLOT_US);
    if (slot < slots) counts[slot]!++;
  }
  return counts;
}
