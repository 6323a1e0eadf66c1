/**
 * `startServer`: carries out a ServePlan, in this thread or in several processes, with or without admin pages.
 */
import { MAX_TIMER_MS } from "../../core/backpressure/timers.ts";
import { type AdminServer, startAdmin } from "./admin/admin.ts";
import { startCluster } from "./cluster/primary.ts";
import { type Backend, LocalBackend } from "./local.ts";
import type { ServePlan } from "./plan.ts";
import type {
  AdminAt,
  DrainReport,
  ListeningAt,
  RunningServer,
  ServerEvent,
  StartOptions,
} from "./running.ts";
import { type ServeStats, statsFrom } from "./stats.ts";
import { VERSION } from "./version.ts";

/**
 * Resolves when every listener, and the admin listener, accepts.
 * @throws NetkitError when one cannot be opened; then nothing is left open
 */
export async function startServer(plan: ServePlan, options: StartOptions = {}): Promise<RunningServer> {
  const backend =
    plan.threads > 1
      ? await startCluster(plan, VERSION, options)
      : await LocalBackend.start(plan, VERSION, options);
  const server = new Server(plan, backend);
  try {
    await server.openAdmin();
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

class Server implements RunningServer {
  readonly #plan: ServePlan;
  readonly #backend: Backend;
  readonly #startedAtMs = Date.now();
  #admin: AdminServer | undefined;
  #ending: Promise<DrainReport> | undefined;

  constructor(plan: ServePlan, backend: Backend) {
    this.#plan = plan;
    this.#backend = backend;
  }

  get listeners(): readonly ListeningAt[] {
    return this.#backend.listeners;
  }

  get admin(): AdminAt | undefined {
    return this.#admin?.at;
  }

  async openAdmin(): Promise<void> {
    if (this.#plan.admin === undefined) return;
    const backend = this.#backend;
    this.#admin = await startAdmin(this.#plan.admin, {
      ready: () => backend.ready,
      snapshot: () => backend.snapshot(),
      stats: () => this.stats(),
    });
  }

  async stats(): Promise<ServeStats> {
    const { listeners, ready } = this.#backend;
    const { threads } = this.#plan;
    const context = { startedAtMs: this.#startedAtMs, ready, version: VERSION, threads, listeners };
    return statsFrom(await this.#backend.snapshot(), context);
  }

  reload(): Promise<readonly ServerEvent[]> {
    return this.#backend.reload();
  }

  drain(deadlineMs = this.#plan.drainMs, signal?: AbortSignal): Promise<DrainReport> {
    const draining = this.#backend.drain(Math.min(deadlineMs, MAX_TIMER_MS), signal);
    this.#ending ??= draining.finally(() => this.#admin?.close());
    return this.#ending;
  }

  async close(): Promise<void> {
    await this.drain(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
