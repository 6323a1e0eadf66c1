/** Flags to a PoolTestPlan: all defaults stand here, everything is checked before the first connection. */
import { resolve } from "node:path";
import { MAX_TIMER_MS } from "../../core/backpressure/timers.ts";
import { type Endpoint, parseEndpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import type {
  ChaosPlan,
  LoadPlan,
  PoolTestEndpoint,
  PoolTestPlan,
  ProbePlan,
} from "../../engine/pool-test/plan.ts";
import { checkPool } from "../../engine/pool-test/pools/catalog.ts";
import type { PoolName } from "../../engine/pool-test/pools/pool.ts";
import { parseSizes } from "../../engine/pool-test/theory/sizes.ts";
import { planWork, refuseStrangers, type WorkSettings } from "./pool-test-work.ts";
import type { RequestInputs } from "./request-plan.ts";
import { planTls, type TlsSettings } from "./tls-plan.ts";

export const POOL_TEST_DEFAULTS = {
  size: 10,
  clients: 100,
  durationSeconds: 5,
  warmupSeconds: 1,
  drainSeconds: 10,
  repeat: 3,
  timeoutMs: 10_000,
  acquireTimeoutMs: 30_000,
  chaosSeconds: 1,
  /** Half a second must go well again, and it may take a moment to begin. */
  recoverySeconds: 1,
  slowMs: 100,
  maxOutstanding: 20_000,
} as const;

export interface PoolTestSettings extends WorkSettings, TlsSettings {
  readonly url?: string | undefined;
  readonly pool?: string | undefined;
  readonly size?: number | undefined;
  readonly sizes?: string | undefined;
  readonly repeat?: number | undefined;
  readonly clients?: number | undefined;
  readonly rate?: number | undefined;
  readonly arrival?: string | undefined;
  readonly duration?: number | undefined;
  readonly warmup?: number | undefined;
  readonly hold?: number | undefined;
  readonly think?: number | undefined;
  readonly timeout?: number | undefined;
  readonly "acquire-timeout"?: number | undefined;
  readonly "max-waiting"?: number | undefined;
  readonly "idle-timeout"?: number | undefined;
  readonly "max-lifetime"?: number | undefined;
  readonly "validate-after"?: number | undefined;
  readonly "leak-after"?: number | undefined;
  readonly chaos?: string | undefined;
  readonly "chaos-for"?: number | undefined;
  readonly leak?: number | undefined;
  readonly nested?: number | undefined;
  readonly exhaustion?: boolean | undefined;
  readonly idle?: boolean | undefined;
  readonly "unix-socket"?: string | undefined;
  readonly seed?: number | undefined;
}

export async function buildPoolTestPlan(
  settings: PoolTestSettings,
  inputs: RequestInputs,
): Promise<PoolTestPlan> {
  if (settings.url === undefined) {
    throw usageError(
      "pool-test needs a URL",
      "write it like postgres://user:password@127.0.0.1/database or http://127.0.0.1:8080",
    );
  }
  const endpoint = parseEndpoint(settings.url, "pool-test");
  const pool = (settings.pool ?? "netkit") as PoolName;
  checkPool(pool, endpoint.scheme);
  refuseStrangers(settings, endpoint);
  const load = planLoad(settings);
  const timeoutMs = timerOf(settings, "timeout") ?? POOL_TEST_DEFAULTS.timeoutMs;
  const { verify, ca, cert, key } = await planTls(settings, inputs);
  const durationSeconds = seconds(settings.duration, POOL_TEST_DEFAULTS.durationSeconds, "--duration");
  const sizes = planSizes(settings, load);
  return {
    target: {
      endpoint,
      work: await planWork(settings, endpoint, inputs),
      tls: { insecure: !verify, ca, cert, key },
      http: planHttp(settings.http, endpoint),
      unixSocket: planUnixSocket(settings["unix-socket"], endpoint),
      throughDriver: settings["through-driver"] ?? false,
      admin: planAdmin(settings.admin),
      connectTimeoutMs: timeoutMs,
      workTimeoutMs: timeoutMs,
    },
    pool,
    settings: {
      acquireTimeoutMs: timerOf(settings, "acquire-timeout") ?? POOL_TEST_DEFAULTS.acquireTimeoutMs,
      maxWaiting: settings["max-waiting"],
      idleTimeoutMs: timerOf(settings, "idle-timeout"),
      maxLifetimeMs: timerOf(settings, "max-lifetime"),
      validateAfterIdleMs: settings["validate-after"],
      leakAfterMs: timerOf(settings, "leak-after"),
    },
    holdMs: settings.hold ?? 0,
    load,
    durationSeconds,
    warmupSeconds: (settings.warmup ?? POOL_TEST_DEFAULTS.warmupSeconds * 1000) / 1000,
    drainSeconds: POOL_TEST_DEFAULTS.drainSeconds,
    sizes,
    repeat: settings.repeat ?? (sizes.length > 1 ? POOL_TEST_DEFAULTS.repeat : 1),
    seed: settings.seed ?? 1,
    chaos: planChaos(settings, durationSeconds),
    probes: planProbes(settings),
  };
}

function planLoad(settings: PoolTestSettings): LoadPlan {
  const { rate, clients, arrival, think } = settings;
  if (rate === undefined) {
    if (arrival !== undefined) {
      throw usageError(
        "--arrival is for an open loop",
        "give --rate too, or leave --arrival away",
        "--arrival",
      );
    }
    return { kind: "closed", clients: clients ?? POOL_TEST_DEFAULTS.clients, thinkMs: think ?? 0 };
  }
  if (!(rate > 0)) throw usageError("--rate must be more than 0", "write it like --rate 500/s", "--rate");
  if (think !== undefined) {
    throw usageError("--think is for a closed loop", "leave --rate or --think away", "--think");
  }
  return {
    kind: "open",
    ratePerSecond: rate,
    arrival: arrival === "poisson" ? "poisson" : "constant",
    maxOutstanding: clients ?? POOL_TEST_DEFAULTS.maxOutstanding,
  };
}

function planSizes({ size, sizes }: PoolTestSettings, load: LoadPlan): readonly number[] {
  if (sizes === undefined) return [size ?? POOL_TEST_DEFAULTS.size];
  const callers = load.kind === "closed" ? load.clients : undefined;
  const list = parseSizes(sizes, callers);
  const largest = list.at(-1)!;
  if (callers === undefined || largest <= callers) return list;
  throw usageError(
    `${callers} callers never use ${largest} connections`,
    `raise --clients to ${largest}, or leave the sizes above ${callers} away`,
    "--sizes",
  );
}

function planHttp(asked: string | undefined, { scheme }: PoolTestEndpoint): "1.1" | "2" | undefined {
  if (scheme !== "h2c") return asked === "1.1" || asked === "2" ? asked : undefined;
  if (asked !== "1.1") return "2";
  throw usageError("h2c: is HTTP/2", "write http: for HTTP/1.1, or leave --http away", "--http");
}

/** PostgreSQL's users name the folder, as its own tools have it, or the file in it. */
function planUnixSocket(path: string | undefined, { protocol, port }: PoolTestEndpoint): string | undefined {
  if (path === undefined || protocol !== "postgres") return path;
  const isFile = /(^|\/)\.s\.PGSQL\.\d+$/.test(path);
  return resolve(isFile ? path : `${path}/.s.PGSQL.${port}`);
}

function planAdmin(text: string | undefined): Endpoint | undefined {
  if (text === undefined) return undefined;
  const endpoint = parseEndpoint(text, "pool-test");
  if (endpoint.scheme === "http" || endpoint.scheme === "https") return endpoint;
  throw usageError(
    `--admin is looked at over http: or https:, not ${endpoint.scheme}:`,
    "name the admin listener of netkit serve, such as --admin http://127.0.0.1:9090",
    "--admin",
  );
}

function planChaos(settings: PoolTestSettings, durationSeconds: number): ChaosPlan | undefined {
  const { chaos } = settings;
  const forMs = timerOf(settings, "chaos-for");
  if (forMs !== undefined && (chaos === undefined || chaos === "kill")) {
    const faults = "--chaos restart, slow and refuse";
    throw usageError(`--chaos-for is for ${faults}`, "name one of them, or leave it away", "--chaos-for");
  }
  if (chaos === undefined) return undefined;
  const lastsSeconds = forMs === undefined ? POOL_TEST_DEFAULTS.chaosSeconds : forMs / 1000;
  const forSeconds = chaos === "kill" ? 0 : lastsSeconds;
  const atSeconds = durationSeconds / 3;
  const { recoverySeconds } = POOL_TEST_DEFAULTS;
  if (atSeconds + forSeconds + recoverySeconds > durationSeconds) {
    const least = (forSeconds + recoverySeconds) * 1.5;
    throw usageError(
      `${durationSeconds} s are too short for ${chaos}: the fault comes after a third, lasts ${forSeconds} s, and recovery is watched for ${recoverySeconds} s`,
      `write --duration ${least}s or more${forSeconds === 0 ? "" : ", or shorten --chaos-for"}`,
      "--duration",
    );
  }
  return {
    kind: chaos as ChaosPlan["kind"],
    atSeconds,
    forSeconds,
    count: undefined,
    delayMs: POOL_TEST_DEFAULTS.slowMs,
  };
}

function planProbes({ leak, nested, exhaustion = false, idle = false }: PoolTestSettings): ProbePlan {
  return {
    leak: leak === undefined ? undefined : { planted: leak },
    nested: nested === undefined ? undefined : { callers: 4, depth: nested },
    exhaustion,
    idle,
  };
}

/**
 * The milliseconds of a flag that sets a timer. None is no time: each library takes it for something else. And longer
 * than a timer of Node can be, it would fire at once.
 */
function timerOf(
  settings: PoolTestSettings,
  name: "timeout" | "acquire-timeout" | "idle-timeout" | "max-lifetime" | "leak-after" | "chaos-for",
): number | undefined {
  const ms = settings[name];
  if (ms === undefined || positive(ms, `--${name}`) <= MAX_TIMER_MS) return ms;
  throw usageError(`--${name} is longer than a timer can be`, "24 days are the most", `--${name}`);
}

function positive(value: number, flag: string): number {
  if (value > 0) return value;
  throw usageError(`${flag} must be more than 0`, `write it like ${flag} 5s`, flag);
}

/** Seconds out of a flag's milliseconds. */
function seconds(ms: number | undefined, fallback: number, flag: string): number {
  return ms === undefined ? fallback : positive(ms, flag) / 1000;
}
