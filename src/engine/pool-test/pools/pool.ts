/**
 * A pool under test, ours or a library's: what the load asks of it, and what it can tell of itself.
 * One file a library beside this one; `catalog.ts` lists them.
 */
import type { OpenTarget, TargetConnection } from "../targets/target.ts";

export type PoolName = "netkit" | "pg" | "mysql2" | "undici" | "generic-pool" | "tarn";

export interface PoolSettings {
  /** Connections at most. */
  readonly size: number;
  /** Milliseconds a checkout waits at most; undefined waits for ever. */
  readonly acquireTimeoutMs: number | undefined;
  /** Callers in the queue at most; undefined: no limit. */
  readonly maxWaiting: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  readonly maxLifetimeMs: number | undefined;
  /** Validate on checkout after so long idle; undefined never. */
  readonly validateAfterIdleMs: number | undefined;
  /** Milliseconds after which a lease is reported as leaked; undefined: not tracked. */
  readonly leakAfterMs: number | undefined;
}

/** What the pool's own connections go through; each is told once. */
export interface PoolHooks {
  /** Undefined where the pool does not say how long it took. */
  readonly onCreated: (tookUs: number | undefined) => void;
  readonly onCreateFailed: (error: unknown) => void;
  /** With the pool's own word for why, `unknown` where it does not say. */
  readonly onDestroyed: (reason: string) => void;
  readonly onLeak: (leak: { readonly heldMs: number; readonly stack: string | undefined }) => void;
}

export interface PoolLease {
  readonly connection: TargetConnection;
  /** Whether this is the connection's first lease; undefined when the pool does not say. */
  readonly isFirst: boolean | undefined;
  release(): void;
  destroy(cause: unknown): void;
}

export interface PoolGauges {
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
  /** Undefined when the pool does not say. */
  readonly creating: number | undefined;
}

export interface PoolUnderTest extends AsyncDisposable {
  /** Rejects with a NetkitError of code NK_POOL_ACQUIRE_TIMEOUT, NK_POOL_QUEUE_FULL, NK_POOL_CREATE_FAILED, or the signal's reason. */
  lease(signal?: AbortSignal): Promise<PoolLease>;
  gauges(): PoolGauges;
}

export interface PoolKind {
  readonly name: PoolName;
  /** Schemes it can be tested on; undefined: any. */
  readonly schemes: readonly string[] | undefined;
  /** Settings it has no counterpart for, told in the result. */
  readonly ignores: readonly (keyof PoolSettings)[];
  /** Imports the library. @throws NetkitError (usage, with the install line) when it is missing */
  load(): Promise<(target: OpenTarget, settings: PoolSettings, hooks: PoolHooks) => PoolUnderTest>;
}
