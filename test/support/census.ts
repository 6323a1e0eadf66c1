// What the process holds, counted before and after connections that end in every way: the promise of ownership.
import { getEventListeners, setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface Census {
  readonly descriptors: number;
  readonly timers: number;
  readonly sockets: number;
  readonly abortListeners: number;
  readonly processListeners: number;
}

function census(shared: AbortSignal): Census {
  const resources = process.getActiveResourcesInfo();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    timers: resources.filter((name) => name === "Timeout" || name === "Immediate").length,
    sockets: resources.filter((name) => /^(TCP|TLS|Pipe)/.test(name)).length,
    abortListeners: getEventListeners(shared, "abort").length,
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

/** The census once it has stood still for `quietMs`, so that what is on its way out has gone. */
export async function quietCensus(shared: AbortSignal, quietMs = 100): Promise<Census> {
  let last = census(shared);
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < quietMs) {
    // Taken right after a timer has fired, when none of ours is running.
    await sleep(10);
    const now = census(shared);
    if (JSON.stringify(now) !== JSON.stringify(last)) sinceMs = performance.now();
    last = now;
  }
  return last;
}

/** A signal that many connections listen to, without node's warning about it. */
export function sharedSignal(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

/** Runs `total` connections, `width` at a time, every ending in turn. @returns count by `ending: outcome` */
export async function runInTurn<Ending extends string>(
  endings: readonly Ending[],
  total: number,
  width: number,
  run: (ending: Ending) => Promise<string>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let started = 0;
  const runner = async (): Promise<void> => {
    while (started < total) {
      const ending = endings[started++ % endings.length]!;
      const name = `${ending}: ${await run(ending)}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: width }, runner));
  return counts;
}

/** What `runInTurn` counts when each ending comes out `each` times, as it should. */
export function allAs(outcomes: Readonly<Record<string, string>>, each: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(outcomes).map(([ending, outcome]) => [`${ending}: ${outcome}`, each]),
  );
}
