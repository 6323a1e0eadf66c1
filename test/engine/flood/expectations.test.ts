// What a flood can be expected to do: figures of a baseline, and what is refused before the run.
import { describe, expect, test } from "vitest";
import { type Judgement, type ParsedExpectation, parseExpectation } from "../../../src/core/expectation.ts";
import type { RunResult } from "../../../src/core/run-document.ts";
import { Collector } from "../../../src/engine/flood/collector.ts";
import { compose } from "../../../src/engine/flood/compose.ts";
import { checkExpectations } from "../../../src/engine/flood/expectations.ts";
import type { FloodPlan, TargetPlan } from "../../../src/engine/flood/plan.ts";
import { Recorder } from "../../../src/engine/flood/recorder.ts";
import { refusal } from "../../support/refusal.ts";
import { makePlan } from "./plan.ts";

function planFor(...paths: readonly string[]): FloodPlan {
  const plan = makePlan();
  const targets = paths.map((path): TargetPlan => ({ ...plan.targets[0], path, name: path }));
  return { ...plan, targets: targets as [TargetPlan, ...TargetPlan[]] };
}

/** A run in which every answer to a target took the same time: one figure for each target, in µs. */
function run(
  plan: FloodPlan,
  figures: readonly number[],
  expectations: readonly ParsedExpectation[] = [],
  baseline?: RunResult,
): RunResult {
  const recorder = new Recorder(plan.targets.length);
  figures.forEach((us, target) => {
    for (let count = 0; count < 100; count++) recorder.answered(target, 200, us, us, us);
  });
  const collector = new Collector(plan);
  collector.add(0, recorder.snapshot(), 0, 0);
  return compose(plan, collector, {
    version: "0.1.0",
    expectations,
    baseline,
    startedAt: new Date(0),
    measureFromUs: 0,
    lastEndUs: 1e6,
    health: [],
    opening: { us: 0, residentBytesBefore: 0, residentBytesAfter: 0 },
    interrupted: false,
  });
}

const ONE = planFor("/");
const TWO = planFor("/a", "/b");

/** Checked first, as a run does. */
function judge(text: string, plan: FloodPlan, figures: readonly number[], baseline: RunResult): Judgement {
  const expectations = [parseExpectation(text)];
  checkExpectations(expectations, plan, baseline);
  return run(plan, figures, expectations, baseline).expectations[0]!;
}

describe("against a baseline", () => {
  test.each([
    ["p95<baseline+10%", 1_050, true],
    ["p95<baseline+10%", 1_200, false],
    ["p97.5<baseline+10%", 1_050, true],
    ["service.p99<=baseline+1ms", 1_900, true],
    ["service.p99<=baseline+1ms", 2_200, false],
    ["mean<baseline-50%", 400, true],
  ])("%s of %i us after 1,000 us", (text, us, holds) => {
    expect(judge(text, ONE, [us], run(ONE, [1_000])).holds).toBe(holds);
  });

  test("an endpoint is compared with itself", () => {
    const baseline = run(TWO, [1_000, 9_000]);
    expect(judge("[/a] p95<baseline+10%", TWO, [1_050, 9_000], baseline).holds).toBe(true);
    expect(judge("[/a] p95<baseline+10%", TWO, [5_000, 1_000], baseline).holds).toBe(false);
    expect(judge("[/b] p95<baseline+10%", TWO, [5_000, 9_100], baseline).holds).toBe(true);
  });

  test("what the baseline does not have is refused before the run", () => {
    const check = (text: string, plan: FloodPlan, baseline: RunResult) =>
      refusal(() => checkExpectations([parseExpectation(text)], plan, baseline));
    const error = check("[/b] p95<baseline+10%", TWO, run(planFor("/a"), [1_000]));
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('"[/b] p95<baseline+10%" compares with a baseline that has no p95 of [/b]');
    check("tls.p99<baseline+10%", ONE, run(ONE, [1_000]));
    check("[/a] p97<baseline+10%", TWO, run(TWO, [1_000, 1_000]));
  });

  test("without one, what to give is named", () => {
    const error = refusal(() => checkExpectations([parseExpectation("p95<baseline+10%")], ONE, undefined));
    expect(error.next).toBe("name one with --baseline FILE");
  });
});

describe("what is not kept is refused before the run, not judged by other figures", () => {
  test.each([
    ["[/a] p99<1s over 10s", TWO, '"over", and one endpoint of several is known of the whole run only'],
    ["service.p99<1s over 10s", ONE, '"over", and service.p99 is known of the whole run only'],
    ["p99<1s over 1500ms", ONE, "no whole number of seconds"],
    ["[/a] throughput>1MB/s", TWO, "asks of one endpoint for throughput"],
    ["[/a] lateness.p99<1ms", TWO, "asks of one endpoint for lateness.p99"],
  ])("%s", (text, plan, message) => {
    const error = refusal(() => checkExpectations([parseExpectation(text)], plan, undefined));
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(message);
  });

  test.each([
    ["[/] p99<1s over 10s", ONE],
    ["[/] throughput>1MB/s", ONE],
    ["response.p99<1s over 10s", ONE],
    ["error_rate<1% over 2s", TWO],
    ["[/a] service.p99<1s", TWO],
    ["[/b] rate>=1/s", TWO],
  ])("%s is known", (text, plan) => {
    expect(() => checkExpectations([parseExpectation(text)], plan, undefined)).not.toThrow();
  });
});

test("a metric that is not measured is told with the nearest name and the place of all names", () => {
  const next = (text: string) =>
    refusal(() => checkExpectations([parseExpectation(text)], ONE, undefined)).next;
  expect(next("eror_rate<1%")).toBe("did you mean error_rate? netkit flood --help has them all.");
  expect(next("response_time<1s")!.length).toBeLessThan(80);
});

describe("connections without requests", () => {
  const stream: FloodPlan = {
    ...ONE,
    load: { kind: "hold" },
    protocol: { kind: "stream", send: true, receive: false },
    stop: { kind: "duration", seconds: 2 },
  };

  function streamed(text: string): Judgement {
    const expectations = [parseExpectation(text)];
    checkExpectations(expectations, stream, undefined);
    const collector = new Collector(stream);
    for (const [second, bytes] of [1_000_000, 3_000_000].entries()) {
      const recorder = new Recorder(1, true);
      recorder.counters.bytesSent = bytes;
      collector.add(second, recorder.snapshot(), 0, 1);
    }
    const result = compose(stream, collector, {
      version: "0.1.0",
      expectations,
      baseline: undefined,
      startedAt: new Date(0),
      measureFromUs: 0,
      lastEndUs: 2e6,
      health: [],
      opening: { us: 0, residentBytesBefore: 0, residentBytesAfter: 0 },
      interrupted: false,
    });
    expect(result.throughput).toEqual({
      sentPerSecond: 2_000_000,
      receivedPerSecond: 0,
      lost: 0,
      seconds: [
        { sent: 1_000_000, received: 0 },
        { sent: 3_000_000, received: 0 },
      ],
    });
    return result.expectations[0]!;
  }

  test.each([
    ["throughput>=2MB/s", true],
    ["throughput>2MB/s", false],
    ["throughput>=1MB/s over 1s", true],
    ["throughput>=2MB/s over 1s", false],
    ["lost<1", true],
  ])("%s of a stream", (text, holds) => {
    expect(streamed(text).holds).toBe(holds);
  });

  test("live is asked of held connections only", () => {
    expect(() => checkExpectations([parseExpectation("live>=10")], ONE, undefined)).toThrow(/add|held/);
    expect(() => checkExpectations([parseExpectation("live>=10")], stream, undefined)).not.toThrow();
  });
});
