/** A factory under the test's hand: creations and validations end when told, everything is counted. */
import { expect } from "vitest";
import type { PoolFactory } from "../../../src/core/pooling/workshop.ts";

export interface FakeResource {
  readonly id: number;
  valid: boolean;
}

export interface PendingCreation {
  readonly signal: AbortSignal;
  succeed(): void;
  fail(error: unknown): void;
}

export class FakeFactory implements PoolFactory<FakeResource> {
  /** False: creations wait in `pending` for the test. */
  auto = true;
  readonly pending: PendingCreation[] = [];
  readonly made: FakeResource[] = [];
  readonly destroyed: FakeResource[] = [];
  worstAtOnce = 0;
  validations = 0;

  create(signal: AbortSignal): Promise<FakeResource> {
    if (this.auto) return Promise.resolve(this.#make());
    return new Promise((resolve, reject) => {
      this.pending.push({ signal, succeed: () => resolve(this.#make()), fail: reject });
      this.worstAtOnce = Math.max(this.worstAtOnce, this.pending.length);
    });
  }

  validate(resource: FakeResource): boolean {
    this.validations++;
    return resource.valid;
  }

  destroy(resource: FakeResource): void {
    this.destroyed.push(resource);
  }

  /** Made, and not destroyed. */
  get live(): number {
    return this.made.length - this.destroyed.length;
  }

  expectEachDestroyedOnce(): void {
    const ids = this.destroyed.map((resource) => resource.id).toSorted((left, right) => left - right);
    expect(ids).toEqual(this.made.map((resource) => resource.id));
  }

  #make(): FakeResource {
    const resource = { id: this.made.length, valid: true };
    this.made.push(resource);
    return resource;
  }
}
