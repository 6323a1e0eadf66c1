/** Plans for targets in tests, and what all targets promise, asked of one. */
import { expect } from "vitest";
import { parseEndpoint } from "../../../../src/core/endpoint.ts";
import { NetkitError } from "../../../../src/core/errors.ts";
import type { TargetPlan } from "../../../../src/engine/pool-test/plan.ts";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { Relay } from "../../../../src/engine/pool-test/targets/relay.ts";
import type { OpenTarget, TargetConnection } from "../../../../src/engine/pool-test/targets/target.ts";
import { type Census, quietCensus, sharedSignal } from "../../../support/census.ts";
import { freePort } from "../../../support/program.ts";

export function targetPlan(url: string, changes: Partial<TargetPlan> = {}): TargetPlan {
  return {
    endpoint: parseEndpoint(url, "pool-test"),
    work: { kind: "default" },
    tls: {},
    http: undefined,
    unixSocket: undefined,
    throughDriver: false,
    admin: undefined,
    connectTimeoutMs: 5_000,
    workTimeoutMs: 5_000,
    ...changes,
  };
}

export async function rejection(promise: Promise<unknown>): Promise<NetkitError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NetkitError);
  return error as NetkitError;
}

/** All that a person or a log could see of an error, its causes included. */
export function everyWord(error: unknown): string {
  const words: string[] = [];
  for (let one = error; one !== undefined && one !== null; one = (one as { cause?: unknown }).cause) {
    words.push(String(one), JSON.stringify(one), String((one as Error).stack));
  }
  return words.join("\n");
}

/** Nothing more is held than was before; what others held then, such as a timer of the runner, may have gone. */
export async function expectNothingLeft(before: Census, shared: AbortSignal): Promise<void> {
  const names = Object.keys(before) as (keyof Census)[];
  const more = async (): Promise<string[]> => {
    const now = await quietCensus(shared);
    return names
      .filter((name) => now[name] > before[name])
      .map((name) => `${name}: +${now[name] - before[name]}`);
  };
  let left = await more();
  // Of the runner, or of a driver's socket that is on its way out on a busy machine.
  for (let again = 0; again < 5 && left.length > 0; again++) left = await more();
  expect(left).toEqual([]);
}

export interface TargetExpectations {
  /** Where a round trip brings at least so many bytes. Default 1. */
  readonly minBytes?: number;
  /** Work that takes long enough to be aborted; without it that is not asked. */
  readonly slow?: TargetPlan;
}

/** Works, is valid, closes, can be given up, and leaves nothing behind. */
export async function checkTarget(plan: TargetPlan, expected: TargetExpectations = {}): Promise<void> {
  const shared = sharedSignal();
  // Loads the driver, which keeps what it opened.
  await useOnce(plan);
  const before = await quietCensus(shared);
  {
    await using target = await openTarget(plan);
    expect(target.url).not.toContain("secret");
    const connection = await target.connect(shared);
    for (let turn = 0; turn < 3; turn++) {
      const { bytesReceived } = await connection.work(shared);
      expect(bytesReceived).toBeGreaterThanOrEqual(expected.minBytes ?? 1);
    }
    expect(await connection.validate(shared)).toBe(true);
    expect((await connection.work()).bytesReceived).toBeGreaterThanOrEqual(expected.minBytes ?? 1);
    await connection.close();
    expect(await connection.gone).toBeInstanceOf(NetkitError);
    await rejection(connection.work());
    expect(await connection.validate()).toBe(false);
    // A second time is harmless.
    await connection.close();
    if (expected.slow !== undefined) await checkAbort(expected.slow);
    await checkConnectAbort(target);
  }
  await checkRefused(plan);
  await expectNothingLeft(before, shared);
}

async function useOnce(plan: TargetPlan): Promise<void> {
  await using target = await openTarget(plan);
  const connection = await target.connect();
  await connection.work();
  await connection.close();
}

/** Work that is given up rejects with the signal's reason, and takes its connection with it. */
async function checkAbort(slow: TargetPlan): Promise<void> {
  await using target = await openTarget(slow);
  const connection = await target.connect();
  const controller = new AbortController();
  const reason = new Error("enough");
  const work = connection.work(controller.signal);
  setTimeout(() => controller.abort(reason), 30);
  await expect(work).rejects.toBe(reason);
  await connection.gone;
  await connection.close();
}

/** An answer that does not come is not waited for. */
export async function checkTimeout(plan: TargetPlan): Promise<void> {
  await using target = await openTarget(plan);
  const connection = await target.connect();
  expect(await rejection(connection.work())).toMatchObject({ code: "NK_ANSWER_TIMEOUT" });
  await connection.close();
  await connection.gone;
}

/** A server that is stuck does not keep its connections open, nor those who close them. */
export async function checkStuck(plan: TargetPlan): Promise<void> {
  await using relay = await Relay.start(plan);
  await using target = await openTarget(relay.plan);
  const connection = await target.connect();
  await connection.work();
  relay.delayMs = 60_000;
  const work = connection.work().catch(() => undefined);
  await connection.close();
  await connection.gone;
  await work;
}

async function checkConnectAbort(target: OpenTarget): Promise<void> {
  const reason = new Error("too late");
  await expect(target.connect(AbortSignal.abort(reason))).rejects.toBe(reason);
}

async function checkRefused(plan: TargetPlan): Promise<void> {
  const port = await freePort();
  const endpoint = { ...plan.endpoint, host: "127.0.0.1", port };
  await using target = await openTarget({ ...plan, endpoint });
  expect(await rejection(target.connect())).toMatchObject({ stage: "connect", code: "NK_CONNECT_REFUSED" });
}

/** Connections that the other side ends say so, and do no more work. */
export async function checkKilled(connection: TargetConnection, kill: () => unknown): Promise<void> {
  await connection.work();
  await kill();
  expect(await connection.gone).toBeInstanceOf(NetkitError);
  await rejection(connection.work());
  expect(await connection.validate()).toBe(false);
  await connection.close();
}
