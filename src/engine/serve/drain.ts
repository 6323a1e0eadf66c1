/**
 * The end of a thread's service, in good order.
 *
 *   drain ──► nothing is accepted · answers say `Connection: close` · idle connections get a short grace
 *        ──► all connections gone, or the deadline ──► what is left is cut
 *
 * An idle connection is not closed at once: a request that its client had already sent would be lost with it.
 * In its grace it may still ask, gets an answer that says `Connection: close`, and is closed after that.
 */

import type { DrainReport } from "./running.ts";
import type { Service } from "./service.ts";

/** @param signal cuts at once when it aborts */
export async function drainService(
  service: Service,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<DrainReport> {
  const { shutdown, wires } = service;
  service.draining = true;
  // The open connections are one piece of work of their own, taken off the count of cut ones below.
  let holding = true;
  shutdown.begin();
  const release = (): void => {
    if (!holding || wires.size > 0) return;
    holding = false;
    shutdown.finish();
  };
  service.wireGone = release;
  for (const wire of wires) wire.owner.drain();
  const cutNow = (): void => shutdown.now();
  signal?.addEventListener("abort", cutNow, { once: true });
  const draining = shutdown.drain(deadlineMs);
  release();
  if (signal?.aborted) cutNow();
  const report = await draining;
  signal?.removeEventListener("abort", cutNow);
  service.wireGone = () => {};
  for (const wire of wires) wire.destroy();
  return {
    finished: service.drained - service.abandoned,
    cut: report.cut - (holding ? 1 : 0) + service.abandoned,
    idleClosed: service.idleClosed,
    seconds: report.seconds,
  };
}
