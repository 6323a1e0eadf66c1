import { describe, expect, test } from "vitest";
import { floodExitCode, unreachableError } from "../../../src/commands/shared/exit-code.ts";
import type { RunResult } from "../../../src/core/run-document.ts";
import { ALL_500, CALM, REFUSED, ROUGH, SILENT } from "../../report/fixtures/run-result.ts";

const HOLDS = { text: "p99<1s", observed: 1, holds: true, detail: "" };
const BROKEN = { text: "p99<1us", observed: 9, holds: false, detail: "" };

function quality(verdict: RunResult["quality"]["verdict"], result: RunResult): RunResult {
  return { ...result, quality: { ...result.quality, verdict } };
}

describe("exit code of a flood", () => {
  test("0 when it is done and every expectation holds", () => {
    expect(floodExitCode(CALM)).toBe(0);
    expect(floodExitCode({ ...CALM, expectations: [HOLDS] })).toBe(0);
    expect(floodExitCode(quality("suspect", CALM))).toBe(0);
  });

  test("some failures alone do not fail a run", () => {
    expect(floodExitCode(quality("valid", { ...ROUGH, expectations: [] }))).toBe(0);
  });

  test("1 when an expectation is broken", () => {
    expect(floodExitCode({ ...CALM, expectations: [HOLDS, BROKEN] })).toBe(1);
  });

  test("1 when every request failed, unless an expectation asked for errors", () => {
    expect(floodExitCode(ALL_500)).toBe(1);
    expect(floodExitCode({ ...ALL_500, expectations: [{ ...HOLDS, text: "rate>=50/s" }] })).toBe(1);
    expect(floodExitCode({ ...ALL_500, expectations: [{ ...HOLDS, text: "error_rate>=99%" }] })).toBe(0);
    expect(floodExitCode({ ...ALL_500, expectations: [{ ...HOLDS, text: "[/a] failed>1" }] })).toBe(0);
    expect(floodExitCode({ ...ALL_500, expectations: [{ ...HOLDS, text: "succeeded==0" }] })).toBe(0);
    expect(floodExitCode({ ...ALL_500, expectations: [{ ...HOLDS, text: "failed.p99<1s" }] })).toBe(1);
  });

  test("3 when nobody answered, or nothing was sent", () => {
    expect(floodExitCode(REFUSED)).toBe(3);
    expect(floodExitCode(SILENT)).toBe(3);
    expect(floodExitCode({ ...REFUSED, totals: { ...REFUSED.totals, requests: 0, failed: 0 } })).toBe(3);
  });

  test("4 when the generator was the limit, whatever the expectations say", () => {
    expect(floodExitCode(ROUGH)).toBe(4);
    expect(floodExitCode({ ...quality("invalid", CALM), expectations: [BROKEN] })).toBe(4);
  });

  test("130 when it was interrupted, before everything else", () => {
    for (const result of [CALM, ROUGH, REFUSED, SILENT]) {
      expect(floodExitCode({ ...result, interrupted: true })).toBe(130);
    }
  });
});

describe("the sentence for exit code 3", () => {
  test("a refused connection says that nothing listens", () => {
    const error = unreachableError(REFUSED);
    expect(error.message).toBe("no answer from http://127.0.0.1:8080/ (120 requests, 0 answers)");
    expect(error.why).toContain("nothing listens on that port");
    expect(error.why).toContain("ECONNREFUSED 127.0.0.1:8080");
    expect(error.next).toContain("start the server");
    expect(error.exitCode).toBe(3);
  });

  test("silence says that requests were sent and not answered", () => {
    const error = unreachableError(SILENT);
    expect(error.why).toContain("none of them was answered");
    expect(error.exitCode).toBe(3);
  });

  test("an unknown kind still gets a reason and a next step", () => {
    const error = unreachableError({ ...REFUSED, errors: [{ kind: "closed", count: 9, example: "closed" }] });
    expect(error.why).toBe("every connection ended before an answer was complete (closed: closed)");
    expect(error.next).toContain("server's log");
  });
});
