/**
 * Any sequence of lease, release, double release, failure, cancel, time-out, resize and drain, against a model:
 * a list of callers in the order of coming, a list of leases held, and the sizes.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Lease } from "../../../src/core/pooling/lease.ts";
import { Pool } from "../../../src/core/pooling/pool.ts";
import { FakeTime, settle } from "../backpressure/fake-time.ts";
import { FakeFactory, type FakeResource } from "./fake-factory.ts";

type Ending = "leased" | "failed" | "cancelled" | "timed-out" | "closed";

interface Caller {
  readonly id: number;
  readonly controller: AbortController;
}

interface Model {
  max: number;
  /** What the total may be: above `max` only for a pool made smaller, and then only falling. */
  bound: number;
  closing: boolean;
}

const ACQUIRE_TIMEOUT_MS = 50;
const ENDING_BY_CODE: Record<string, Ending> = {
  NK_POOL_CREATE_FAILED: "failed",
  NK_POOL_CREATE_TIMEOUT: "failed",
  NK_POOL_ACQUIRE_TIMEOUT: "timed-out",
  NK_POOL_CLOSED: "closed",
};

class Real {
  readonly time = new FakeTime();
  readonly factory = new FakeFactory();
  readonly pool: Pool<FakeResource>;
  readonly waiting: Caller[] = [];
  readonly held: Lease<FakeResource>[] = [];
  readonly stale: Lease<FakeResource>[] = [];
  readonly endings = new Map<number, Ending>();
  readonly finished: Promise<unknown>[] = [];
  callers = 0;
  outOfOrder = 0;
  leasedAfterClose = 0;
  closing = false;

  constructor(max: number, min: number, validates: boolean) {
    this.factory.auto = false;
    this.pool = new Pool<FakeResource>(
      this.factory,
      {
        max,
        min,
        acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
        createTimeoutMs: 120,
        idleTimeoutMs: 200,
        maxLifetimeMs: 900,
        validateAfterIdleMs: validates ? 0 : undefined,
        leaks: { thresholdMs: 300 },
      },
      { clock: this.time, timers: this.time, random: () => 0.5 },
    );
  }

  lease(): void {
    const caller = { id: this.callers++, controller: new AbortController() };
    this.waiting.push(caller);
    const leasing = this.pool.lease(caller.controller.signal).then(
      (lease) => {
        this.#ended(caller, "leased");
        if (this.closing) this.leasedAfterClose++;
        this.held.push(lease);
      },
      (error: unknown) => {
        this.#ended(
          caller,
          error === "left" ? "cancelled" : ENDING_BY_CODE[(error as { code: string }).code]!,
        );
      },
    );
    this.finished.push(leasing);
  }

  #ended(caller: Caller, ending: Ending): void {
    expect(this.endings.has(caller.id)).toBe(false);
    this.endings.set(caller.id, ending);
    // Only a cancelled caller may leave the queue from the middle.
    if (ending !== "cancelled" && this.waiting[0] !== caller) this.outOfOrder++;
    this.waiting.splice(this.waiting.indexOf(caller), 1);
  }
}

abstract class Step implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }

  abstract act(model: Model, real: Real): void | Promise<void>;

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    await settle();
    const stats = real.pool.stats();
    const total = stats.leased + stats.idle + stats.creating + stats.validating;
    expect(total).toBeLessThanOrEqual(Math.max(model.max, model.bound));
    model.bound = Math.min(model.bound, total);
    // What is too many goes as soon as nobody uses it.
    if (total > model.max) expect(stats.idle).toBe(0);
    expect(stats.leased).toBe(real.held.length);
    expect(stats.waiting).toBe(real.waiting.length);
    expect(real.outOfOrder).toBe(0);
    expect(real.leasedAfterClose).toBe(0);
    // Destroying ends within the step, so what lives is what the pool has.
    expect(stats.destroying).toBe(0);
    expect(real.factory.live).toBe(stats.leased + stats.idle + stats.validating);
    expect(new Set(real.factory.destroyed).size).toBe(real.factory.destroyed.length);
    const inUse = real.held.map((lease) => lease.resource.id);
    expect(new Set(inUse).size).toBe(inUse.length);
    for (const lease of real.held) expect(real.factory.destroyed).not.toContain(lease.resource);
    if (stats.waiting > 0) {
      // Somebody waits only while all is in use or on its way. One timer is for their time-out; a second one,
      // with nothing being created or validated, is the pause after failures.
      expect(stats.idle).toBe(0);
      const providedFor = total >= model.max || stats.creating > 0 || real.time.foreground > 1;
      expect(providedFor).toBe(true);
    }
    if (model.closing) expect(stats).toMatchObject({ waiting: 0, idle: 0, creating: 0, validating: 0 });
  }

  toString(): string {
    return `${this.constructor.name}(${Object.values(this).join(", ")})`;
  }
}

class LeaseStep extends Step {
  act(_model: Model, real: Real): void {
    real.lease();
  }
}

class TryLeaseStep extends Step {
  act(model: Model, real: Real): void {
    const before = real.waiting.length;
    const lease = real.pool.tryLease();
    if (lease === undefined) return;
    expect(before).toBe(0);
    expect(model.closing).toBe(false);
    real.held.push(lease);
  }
}

abstract class PickStep extends Step {
  readonly pick: number;
  constructor(pick: number) {
    super();
    this.pick = pick;
  }
  protected from<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : list[this.pick % list.length];
  }
}

class ReleaseStep extends PickStep {
  act(_model: Model, real: Real): void {
    const lease = this.from(real.held);
    if (lease === undefined) return;
    real.held.splice(real.held.indexOf(lease), 1);
    real.stale.push(lease);
    lease.release();
  }
}

class DoubleReleaseStep extends PickStep {
  act(_model: Model, real: Real): void {
    const lease = this.from(real.stale);
    if (lease === undefined) return;
    lease.release();
    lease.discard();
    expect(() => lease.resource).toThrow();
  }
}

class DiscardStep extends PickStep {
  act(_model: Model, real: Real): void {
    const lease = this.from(real.held);
    if (lease === undefined) return;
    real.held.splice(real.held.indexOf(lease), 1);
    real.stale.push(lease);
    lease.discard(new Error("broken"));
  }
}

class CreationSucceedsStep extends PickStep {
  act(_model: Model, real: Real): void {
    const creation = this.from(real.factory.pending);
    if (creation === undefined) return;
    real.factory.pending.splice(real.factory.pending.indexOf(creation), 1);
    creation.succeed();
  }
}

class CreationFailsStep extends PickStep {
  act(_model: Model, real: Real): void {
    const creation = this.from(real.factory.pending);
    if (creation === undefined) return;
    real.factory.pending.splice(real.factory.pending.indexOf(creation), 1);
    creation.fail(new Error("refused"));
  }
}

class BreakStep extends PickStep {
  act(_model: Model, real: Real): void {
    const resource = this.from(real.factory.made);
    if (resource !== undefined) resource.valid = false;
  }
}

class CancelStep extends PickStep {
  act(_model: Model, real: Real): void {
    this.from(real.waiting)?.controller.abort("left");
  }
}

class TimePassesStep extends PickStep {
  async act(_model: Model, real: Real): Promise<void> {
    await real.time.advance(1 + (this.pick % 150));
  }
}

class ResizeStep extends PickStep {
  act(model: Model, real: Real): void {
    const stats = real.pool.stats();
    model.bound = stats.leased + stats.idle + stats.creating + stats.validating;
    model.max = 1 + (this.pick % 6);
    real.pool.resize(model.max);
  }
}

class DrainStep extends PickStep {
  act(model: Model, real: Real): void {
    model.closing = true;
    real.closing = true;
    void real.pool.drain(Number.POSITIVE_INFINITY);
  }
}

const pick = fc.nat({ max: 1000 });
const USE = [
  fc.constant(new LeaseStep()),
  fc.constant(new TryLeaseStep()),
  pick.map((value) => new ReleaseStep(value)),
  pick.map((value) => new DoubleReleaseStep(value)),
  pick.map((value) => new DiscardStep(value)),
  pick.map((value) => new CreationSucceedsStep(value)),
  pick.map((value) => new CreationFailsStep(value)),
  pick.map((value) => new BreakStep(value)),
  pick.map((value) => new CancelStep(value)),
  pick.map((value) => new TimePassesStep(value)),
  pick.map((value) => new ResizeStep(value)),
];

/** Ends what a sequence has left open, and looks whether all is accounted for. */
async function finish(real: Real): Promise<void> {
  await real.pool.close();
  for (const creation of real.factory.pending.splice(0)) creation.succeed();
  await settle();
  await Promise.all(real.finished);
  expect(real.endings.size).toBe(real.callers);
  real.factory.expectEachDestroyedOnce();
  const stats = real.pool.stats();
  const destroyed = Object.values(stats.destroyed).reduce((sum, count) => sum + count, 0);
  expect(stats).toMatchObject({ phase: "closed", leased: 0, idle: 0, creating: 0, waiting: 0 });
  expect(destroyed).toBe(stats.created);
  const ended = (ending: Ending) => [...real.endings.values()].filter((value) => value === ending).length;
  expect(stats.timedOut).toBe(ended("timed-out"));
  expect(stats.cancelled).toBe(ended("cancelled"));
  expect(real.time.pending).toBe(0);
}

function holds(
  commands: fc.Arbitrary<Iterable<fc.AsyncCommand<Model, Real>>>,
  numRuns: number,
): Promise<void> {
  const sizes = fc.record({
    max: fc.integer({ min: 1, max: 5 }),
    min: fc.nat({ max: 1 }),
    validates: fc.boolean(),
  });
  return fc.assert(
    fc.asyncProperty(sizes, commands, async ({ max, min, validates }, steps) => {
      const real = new Real(max, min, validates);
      await fc.asyncModelRun(() => ({ model: { max, bound: max, closing: false }, real }), steps);
      await finish(real);
    }),
    { numRuns },
  );
}

test("any sequence of uses, failures, cancellations, time-outs and resizes keeps every promise", async () => {
  await holds(fc.commands(USE, { maxCommands: 80, size: "max" }), 300);
}, 60_000);

test("and so it does when the pool is drained in the middle", async () => {
  await holds(
    fc.commands([...USE, pick.map((value) => new DrainStep(value))], { maxCommands: 60, size: "max" }),
    200,
  );
}, 60_000);
