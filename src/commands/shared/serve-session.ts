/**
 * A server between its start and its end: waits for the first SIGINT or SIGTERM, drains, cuts what is left on
 * the second one; SIGHUP loads the certificates again meanwhile.
 */
import { once } from "node:events";
import { EXIT, NetkitError } from "../../core/errors.ts";
import type { AdminPlan } from "../../engine/serve/plan.ts";
import type { DrainReport, RunningServer, ServerEvent } from "../../engine/serve/running.ts";
import { listenForSignals, type SignalSource } from "./signals.ts";

export interface SessionEvents {
  readonly onDrain: () => void;
  readonly onReloaded: (events: readonly ServerEvent[]) => void;
}

export async function runUntilSignal(
  server: Pick<RunningServer, "drain" | "reload">,
  events: SessionEvents,
  source: SignalSource = process,
): Promise<DrainReport> {
  using stages = listenForSignals({ source, onDrain: events.onDrain, exitCode: EXIT.ok });
  const onHangup = () => {
    void server.reload().then(events.onReloaded);
  };
  source.on("SIGHUP", onHangup);
  try {
    if (!stages.drain.aborted) await once(stages.drain, "abort");
    return await server.drain(undefined, stages.abort);
  } finally {
    source.off("SIGHUP", onHangup);
  }
}

/** A second server on one machine usually trips over the admin address nobody asked for: say what helps. */
export function explainAdmin(error: unknown, admin: AdminPlan | undefined): unknown {
  if (!(error instanceof NetkitError) || error.code !== "NK_LISTEN_IN_USE" || admin === undefined)
    return error;
  const { port } = admin;
  if (error.subject?.endsWith(`:${port}`) !== true) return error;
  return new NetkitError(error.stage, "NK_LISTEN_IN_USE", `${error.message} (the admin address)`, {
    subject: error.subject,
    why: error.why,
    next: "choose another with --admin 127.0.0.1:0 (0 takes a free port), or leave it out with --no-admin",
    cause: error,
  });
}
