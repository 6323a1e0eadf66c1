// The course of a load around a fault: when it counts as recovered, and what callers saw.
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import { Course } from "../../../../src/engine/pool-test/probes/course.ts";

const SECOND_US = 1e6;
const refused = new NetkitError("connect", "NK_CONNECT_REFUSED", "could not connect", {
  why: "nobody listens",
});
const failed = new NetkitError("resource", "NK_POOL_CREATE_FAILED", "could not create", { cause: refused });

/** So many served in each tenth of a second of [fromSeconds, toSeconds). */
function serve(course: Course, fromSeconds: number, toSeconds: number, perTenth: number): void {
  for (let tenth = Math.round(fromSeconds * 10); tenth < Math.round(toSeconds * 10); tenth++) {
    for (let at = 0; at < perTenth; at++) course.onServed(tenth * 100_000 + at * 1_000, 2_000);
  }
}

describe("a course", () => {
  test("has recovered when half a second goes as before, without a failure", () => {
    const course = new Course(() => 0);
    serve(course, 0, 2, 10);
    course.onFailed(2.35 * SECOND_US, failed);
    serve(course, 2.3, 5, 10);
    expect(course.throughput(0, 2 * SECOND_US)).toBeCloseTo(100);
    // From 2.4 s on, the tenth after the failure.
    const recoveredUs = course.recoveredAfterUs(2 * SECOND_US, 2.02 * SECOND_US, 5 * SECOND_US);
    expect(recoveredUs).toBeCloseTo(0.38 * SECOND_US);
    expect(course.failuresFrom(2 * SECOND_US)).toEqual([
      { code: "NK_POOL_CREATE_FAILED", count: 1, example: "could not create: nobody listens" },
    ]);
    expect(course.failuresFrom(2.4 * SECOND_US)).toEqual([]);
  });

  test("has not when it stays slower, or when what is left is shorter than half a second", () => {
    const course = new Course(() => 0);
    serve(course, 0, 2, 10);
    serve(course, 2, 5, 7);
    expect(course.recoveredAfterUs(2 * SECOND_US, 2 * SECOND_US, 5 * SECOND_US)).toBeUndefined();
    serve(course, 5, 5.4, 10);
    expect(course.recoveredAfterUs(2 * SECOND_US, 5 * SECOND_US, 5.4 * SECOND_US)).toBeUndefined();
  });

  test("has when it wavers no more than it did before the fault, down to half of what went then", () => {
    const course = new Course(() => 0);
    serve(course, 0, 1, 12);
    serve(course, 1, 1.5, 6);
    serve(course, 1.5, 2, 10);
    expect(course.throughput(0, 2 * SECOND_US)).toBeCloseTo(100);
    serve(course, 2.2, 4, 6);
    expect(course.recoveredAfterUs(2 * SECOND_US, 2 * SECOND_US, 4 * SECOND_US)).toBeCloseTo(0.2 * SECOND_US);
    const paused = new Course(() => 0);
    serve(paused, 0, 1, 20);
    serve(paused, 1.5, 2, 20);
    serve(paused, 2, 4, 7);
    expect(paused.recoveredAfterUs(2 * SECOND_US, 2 * SECOND_US, 4 * SECOND_US)).toBeUndefined();
  });

  test("has nothing to come back to when nobody was served before", () => {
    const course = new Course(() => 0);
    serve(course, 2, 5, 10);
    expect(course.recoveredAfterUs(2 * SECOND_US, 2 * SECOND_US, 5 * SECOND_US)).toBeUndefined();
  });

  test("knows nothing of what came before it began", () => {
    let startUs = Number.POSITIVE_INFINITY;
    const course = new Course(() => startUs);
    course.onServed(1, 1);
    course.onFailed(1, failed);
    startUs = 0;
    expect(course.throughput(0, SECOND_US)).toBe(0);
    expect(course.waitP99(0, SECOND_US)).toBeNull();
    expect(course.failuresFrom(0)).toEqual([]);
  });
});
