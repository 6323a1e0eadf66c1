/**
 * A run as JUnit XML: one suite, a case for each expectation, and two that every run has: that the target answered, and
 * that the figures may be used. What decides the exit code fails a case here.
 */

import type { RunResult } from "../../core/run-document.ts";
import { formatMillis, formatRate } from "../../core/units.ts";
import { allFailedUnjudged, answers, planWords, targetWords, VERDICT_MEANING } from "../run-reading.ts";
import { type JunitCase, type JunitVerdict, writeJunit } from "../syntax/junit.ts";

export function renderRunJunit(result: RunResult): string {
  const { startedAt, totals, rate, version, expectations, interrupted } = result;
  const cases: JunitCase[] = [
    { name: "the target answers", verdict: answerVerdict(result) },
    { name: "the measurement is valid", verdict: qualityVerdict(result) },
    ...expectations.map(({ text, detail, holds }): JunitCase => {
      const verdict: JunitVerdict = holds
        ? { kind: "passed", output: detail }
        : { kind: "failure", type: "expectation", message: detail, text: `${text}\n${detail}` };
      return { name: text, verdict };
    }),
  ];
  if (interrupted) {
    const message = "interrupted: the figures are those until then";
    cases.push({ name: "the run is complete", verdict: { kind: "skipped", message } });
  }
  const suite = {
    name: `netkit flood ${targetWords(result)}`,
    ran: { timestamp: startedAt.replace(/(?:\.\d+)?Z$/, ""), seconds: totals.seconds },
    properties: [
      ["netkit", version],
      ["plan", planWords(result).join(", ")],
      ["rate", formatRate(rate.achieved)],
      ["seconds", formatMillis(totals.seconds * 1000)],
    ],
    cases,
  } as const;
  return writeJunit("netkit flood", [suite]);
}

function answerVerdict(result: RunResult): JunitVerdict {
  const found = result.errors.map(({ kind, count, example }) => `${kind} (${count}): ${example}`).join("\n");
  if (answers(result) === 0) {
    return { kind: "error", type: "unreachable", message: "no request was answered", text: found };
  }
  if (allFailedUnjudged(result)) {
    return { kind: "failure", type: "requests", message: "every request failed", text: found };
  }
  return found === "" ? { kind: "passed" } : { kind: "passed", output: found };
}

function qualityVerdict({ quality: { verdict, reasons } }: RunResult): JunitVerdict {
  const text = reasons.join("\n");
  if (verdict === "invalid")
    return { kind: "error", type: "quality", message: VERDICT_MEANING.invalid, text };
  return reasons.length === 0 ? { kind: "passed" } : { kind: "passed", output: `${verdict}: ${text}` };
}
