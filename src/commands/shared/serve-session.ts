/**
 * A server between its start and its end: waits for the first SIGINT or SIGTERM, drains, cuts what is left on
 * the second one; SIGHUP loads the certificates again meanwhile.
 */
import { once } from "node:events";
import { EXIT, NetkitError } from "../../core/errors.ts";
import type { AdminPlan, ServePlan } from "../../engine/serve/plan.ts";
import type { DrainReport, RunningServer, ServerEvent } from "../../engine/serve/running.ts";
import { asNetkitError } from "./present-error.ts";
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
  const onHangup = () => void reload(server).then(events.onReloaded);
  source.on("SIGHUP", onHangup);
  try {
    if (!stages.drain.aborted) await once(stages.drain, "abort");
    return await server.drain(undefined, stages.abort);
  } finally {
    source.off("SIGHUP", onHangup);
  }
}

/** Whatever goes wrong is an event to be told like the others: a server does not end over a certificate file. */
async function reload(server: Pick<RunningServer, "reload">): Promise<readonly ServerEvent[]> {
  try {
    return await server.reload();
  } catch (error) {
    return [{ kind: "certificate-kept", listener: "SIGHUP", error: asNetkitError(error) }];
  }
}

/** Why the server could not listen, where there is more to say than that an address is in use. */
export function explainListening(error: unknown, plan: Pick<ServePlan, "admin" | "listeners">): unknown {
  return explainSocket(explainAdmin(error, plan.admin), plan.listeners);
}

/** A second server on one machine usually trips over the admin address nobody asked for: say what helps. */
export function explainAdmin(error: unknown, admin: AdminPlan | undefined): unknown {
  if (!(error instanceof NetkitError) || error.code !== "NK_LISTEN_IN_USE" || admin === undefined)
    return error;
  if (error.subject?.endsWith(`:${admin.port}`) !== true) return error;
  return new NetkitError(error.stage, "NK_LISTEN_IN_USE", `${error.message} (the admin address)`, {
    subject: error.subject,
    why: error.why,
    next: "choose another with --admin 127.0.0.1:0 (0 takes a free port), or leave it out with --no-admin",
    cause: error,
  });
}

/** A unix socket has no port to change, and its file outlives a server that was killed. */
function explainSocket(error: unknown, listeners: ServePlan["listeners"]): unknown {
  if (!(error instanceof NetkitError)) return error;
  const { stage, code, message, subject } = error;
  const words = SOCKET_WORDS[code];
  if (words === undefined || subject === undefined) return error;
  if (!listeners.some(({ unixSocket }) => unixSocket === subject)) return error;
  return new NetkitError(stage, code as `NK_${string}`, message, { subject, ...words, cause: error });
}

const SOCKET_WORDS: Readonly<Record<string, { readonly why: string; readonly next: string }>> = {
  NK_LISTEN_IN_USE: {
    why: "a file of that name is there: another server listens on it, or one that was killed left it",
    next: "stop the other server, remove the file if there is none, or name another path",
  },
  // Node tells a folder that is not there by the same code.
  NK_PERMISSION: {
    why: "its folder does not exist, or may not be written to",
    next: "make the folder, or name a path in one that is yours",
  },
};
