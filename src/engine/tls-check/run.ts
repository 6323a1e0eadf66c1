/**
 * The whole check: files first, since they are compared with what endpoints serve, then endpoints, a bounded number
 * at once.
 *
 * Guarantees: a target that fails is a result with its `error`, never the end of the run; results stand in the
 * order of the plan; when `drain` is aborted nothing more begins, when `abort` is, what is under way ends with what
 * it found; both give a result marked `interrupted`.
 */
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { monotonicClock } from "../../core/clock.ts";
import { NetkitError } from "../../core/errors.ts";
import type { FileFacts } from "./certificates/model.ts";
import { certificatesInPem, loadSystemAuthorities } from "./certificates/trust-stores.ts";
import { checkEndpoint } from "./check-endpoint.ts";
import { checkFile, readCertificateFile } from "./check-file.ts";
import { type CheckContext, rememberingParser, type TraceTarget } from "./context.ts";
import { eachBounded } from "./each-bounded.ts";
import { countFindings, decide } from "./judge.ts";
import type { CheckPlan, EndpointTarget, FileTarget, Target } from "./plan.ts";
import { clientIdentity } from "./probe/handshake/client-identity.ts";
import { type Resolve, resolveHost } from "./resolve.ts";
import type { CheckResult, TargetResult } from "./result.ts";
import { failedTarget } from "./verdict.ts";
import { expiredWaivers, type Waiver } from "./waivers.ts";

export interface CheckProgress {
  readonly done: number;
  readonly total: number;
  /** A target that is under way. */
  readonly current: string;
  readonly failed: number;
}

export interface CheckOptions {
  readonly version: string;
  readonly waivers?: readonly Waiver[];
  /** Begin nothing more. */
  readonly drain?: AbortSignal;
  /** Stop what is under way. */
  readonly abort?: AbortSignal;
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Each target as it is done, in any order. */
  readonly onTarget?: (result: TargetResult) => void;
  readonly trace?: TraceTarget;
  readonly resolve?: Resolve;
}

const NEVER = new AbortController().signal;

export async function runChecks(plan: CheckPlan, options: CheckOptions): Promise<CheckResult> {
  const startedAt = new Date().toISOString();
  const waivers = options.waivers ?? [];
  const run = new Run(plan, options, await shared(plan, options));
  await run.all();
  const targets = run.results;
  const expired = expiredWaivers(waivers, plan.atMs);
  return {
    schema: "netkit.tls-check/1",
    command: "tls-check",
    version: options.version,
    startedAt,
    at: new Date(plan.atMs).toISOString(),
    targets,
    counts: countFindings(targets),
    expiredWaivers: expired,
    outcome: decide(targets, expired),
    interrupted: options.drain?.aborted === true || options.abort?.aborted === true,
  };
}

async function shared(plan: CheckPlan, options: CheckOptions): Promise<Omit<CheckContext, "companions">> {
  const { clientCert, clientKey, password, extraAuthorities } = plan;
  const bundle = await loadSystemAuthorities((path) => readFile(path, "latin1"));
  return {
    plan,
    waivers: options.waivers ?? [],
    extraAuthorities: extraAuthorities === undefined ? [] : certificatesInPem(extraAuthorities),
    systemAuthorities: bundle,
    identity:
      clientCert === undefined || clientKey === undefined
        ? undefined
        : clientIdentity(clientCert, clientKey, password),
    parse: rememberingParser(),
    resolve: options.resolve ?? resolveHost,
    trace: options.trace,
    signal: listenedTo(options.abort ?? NEVER),
  };
}

/** Every target that is under way listens. */
function listenedTo(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

/** Files at once: reading is quick, unlocking a PKCS#12 file is not. */
const FILES_AT_ONCE = 4;

type Indexed<T extends Target> = { readonly target: T; readonly index: number };

class Run {
  readonly #plan: CheckPlan;
  readonly #options: CheckOptions;
  readonly #shared: Omit<CheckContext, "companions">;
  readonly #results: (TargetResult | undefined)[];
  readonly #files: Indexed<FileTarget>[] = [];
  readonly #endpoints: Indexed<EndpointTarget>[] = [];
  #done = 0;
  #failed = 0;

  constructor(plan: CheckPlan, options: CheckOptions, shared: Omit<CheckContext, "companions">) {
    this.#plan = plan;
    this.#options = options;
    this.#shared = shared;
    this.#results = new Array<TargetResult | undefined>(plan.targets.length);
    for (const [index, target] of plan.targets.entries()) {
      if (target.kind === "file") this.#files.push({ target, index });
      else this.#endpoints.push({ target, index });
    }
  }

  /** In the order of the plan; those not begun are left out. */
  get results(): readonly TargetResult[] {
    return this.#results.filter((result) => result !== undefined);
  }

  async all(): Promise<void> {
    const read: (FileFacts | undefined)[] = [];
    await this.#each(this.#files, FILES_AT_ONCE, async ({ target, index }, at) => {
      await this.#guarded({ target, index }, async () => {
        read[at] = await readCertificateFile(target.path, this.#plan.password, this.#shared.signal);
        return undefined;
      });
    });
    const companions = read.filter((file) => file !== undefined);
    const context: CheckContext = { ...this.#shared, companions };
    for (const [at, { target, index }] of this.#files.entries()) {
      const file = read[at];
      if (file === undefined) continue;
      await this.#guarded({ target, index }, () => checkFile(target, file, context));
    }
    await this.#each(this.#endpoints, this.#plan.parallelTargets, async (one) => {
      this.#report(one.target);
      await this.#guarded(one, () => checkEndpoint(one.target, context));
    });
  }

  async #each<T extends Target>(
    list: readonly Indexed<T>[],
    atOnce: number,
    work: (item: Indexed<T>, at: number) => Promise<void>,
  ): Promise<void> {
    const { drain, abort } = this.#options;
    await eachBounded(list, atOnce, work, () => drain?.aborted !== true && abort?.aborted !== true);
  }

  /** Whatever goes wrong with one target is that target's result. `undefined` = not done yet. */
  async #guarded(one: Indexed<Target>, work: () => Promise<TargetResult | undefined>): Promise<void> {
    const startUs = monotonicClock.nowUs();
    try {
      const result = await work();
      if (result !== undefined) this.#settle(one, result);
    } catch (error) {
      const seconds = (monotonicClock.nowUs() - startUs) / 1e6;
      const stopped = this.#options.abort?.aborted === true;
      this.#settle(one, stopped ? stoppedTarget(one.target, seconds) : failedBy(one.target, error, seconds));
    }
  }

  #settle({ target, index }: Indexed<Target>, result: TargetResult): void {
    this.#results[index] = result;
    this.#done++;
    if (result.outcome === "failed") this.#failed++;
    this.#options.onTarget?.(result);
    this.#report(target);
  }

  #report({ name }: Target): void {
    const total = this.#plan.targets.length;
    this.#options.onProgress?.({ done: this.#done, total, current: name, failed: this.#failed });
  }
}

function stoppedTarget(target: Target, seconds: number): TargetResult {
  const error = { code: "NK_INTERRUPTED", message: "the check was stopped", why: undefined, next: undefined };
  return failedTarget(target, error, "inconclusive", seconds);
}

function failedBy(target: Target, error: unknown, seconds: number): TargetResult {
  if (error instanceof NetkitError) {
    const { code, message, why, next } = error;
    const outcome = target.kind === "file" ? "unreadable" : "unreachable";
    return failedTarget(target, { code, message, why, next }, outcome, seconds);
  }
  const why = error instanceof Error ? String(error) : `something that is no error was thrown: ${error}`;
  const next = "run it again with DEBUG=netkit* and report what it prints";
  const bug = { code: "NK_INTERNAL", message: "netkit met a bug of its own", why, next };
  return failedTarget(target, bug, "inconclusive", seconds);
}
