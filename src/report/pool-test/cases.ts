/** What a pool test asked and what came of it, a case each: sizes, expectations, the fault, probes, findings. */
import { formatMillis } from "../../core/units.ts";
import type { PoolTestResult, ProbeCheck, SizeRow } from "../../engine/pool-test/result.ts";
import type { JunitCase, JunitVerdict } from "../syntax/junit.ts";
import { perSecond } from "./text/rate.ts";

/** What decides the exit code has failed here. */
export function casesOf(result: PoolTestResult): JunitCase[] {
  return [
    ...result.rows.map(sizeCase),
    ...result.expectations.map(
      ({ text, detail, holds }): JunitCase => ({
        name: text,
        verdict: holds ? { kind: "passed", output: detail } : failure("expectation", detail),
      }),
    ),
    ...chaosCases(result),
    ...probeCases(result),
    ...findingCases(result),
    ...(result.interrupted
      ? [{ name: "the test is complete", verdict: { kind: "skipped", message: "interrupted" } } as const]
      : []),
  ];
}

function failure(type: string, message: string): JunitVerdict {
  return { kind: "failure", type, message, text: message };
}

function sizeCase({ size, throughput, counts, suspect }: SizeRow): JunitCase {
  const output = `${perSecond(throughput.mean)}, ${counts.failed} failed, ${counts.censored} unanswered`;
  const name = `size ${size} serves`;
  if (counts.succeeded === 0) return { name, verdict: failure("nothing-served", output) };
  return { name, verdict: { kind: "passed", output: suspect ? `${output} (suspect)` : output } };
}

function findingCases({ findings }: PoolTestResult): JunitCase[] {
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ code, text, size }) => ({
      name: size === null ? code : `size ${size}: ${code}`,
      verdict: failure(code, text),
    }));
}

function chaosCases({ chaos }: PoolTestResult): JunitCase[] {
  if (chaos === null) return [];
  const verdict: JunitVerdict =
    chaos.recoveryMs === null
      ? failure("chaos", "it did not recover while it was watched")
      : { kind: "passed", output: `recovered after ${formatMillis(chaos.recoveryMs)}` };
  return [{ name: `recovers from ${chaos.kind}`, verdict }];
}

function probeCases({ probes: { leak, nested, exhaustion, idle } }: PoolTestResult): JunitCase[] {
  const cases: JunitCase[] = [...(exhaustion ?? []), ...(idle ?? [])].map(checkCase);
  if (leak !== null) {
    const text = `${leak.found} of ${leak.planted} found, ${leak.falseAlarms} false alarms`;
    const good = leak.found === leak.planted && leak.falseAlarms === 0;
    cases.push({
      name: "leaks are found",
      verdict: !leak.supported
        ? { kind: "skipped", message: "this pool does not look for them" }
        : good
          ? { kind: "passed", output: text }
          : failure("leak", text),
    });
  }
  if (nested !== null) {
    const text = `predicted ${nested.predictedSize}, seen ${nested.smallestSafe ?? "none"}`;
    cases.push({
      name: "the size without deadlock is as predicted",
      verdict: nested.agrees ? { kind: "passed", output: text } : failure("nested", text),
    });
  }
  return cases;
}

function checkCase({ name, outcome, detail }: ProbeCheck): JunitCase {
  switch (outcome) {
    case "passed":
      return { name, verdict: { kind: "passed", output: detail } };
    case "failed":
      return { name, verdict: failure("probe", detail) };
    case "not-supported":
      return { name, verdict: { kind: "skipped", message: detail } };
  }
}
