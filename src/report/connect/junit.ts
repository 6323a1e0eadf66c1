/**
 * A connect as JUnit XML: one suite, a case for each path (of a repetition one for all), and one for each expectation. What
 * decides the exit code fails a case here: lost paths of a repetition are told, and an expectation may fail.
 */
import { formatMicros } from "../../core/units.ts";
import type { ConnectResult, PathResult } from "../../engine/connect/result.ts";
import { type JunitCase, type JunitVerdict, writeJunit } from "../syntax/junit.ts";
import { pathName, repeatWords, verdictWords } from "./reading.ts";

export function renderConnectJunit(result: ConnectResult): string {
  const { url, version, startedAt, paths, repeat, expectations, interrupted } = result;
  const seconds = Math.round(paths.reduce((sum, { totalUs }) => sum + totalUs, 0) / 1e3) / 1e3;
  const cases: JunitCase[] = [
    ...(repeat === null
      ? paths.map((path) => ({ name: pathName(path, result), verdict: pathVerdict(path) }))
      : [{ name: "the target answers", verdict: repeatVerdict(result) }]),
    ...expectations.map(({ text, detail, holds }): JunitCase => {
      const verdict: JunitVerdict = holds
        ? { kind: "passed", output: detail }
        : { kind: "failure", type: "expectation", message: detail, text: `${text}\n${detail}` };
      return { name: text, verdict };
    }),
  ];
  if (interrupted) {
    const message = "interrupted: this is what was found until then";
    cases.push({ name: "the run is complete", verdict: { kind: "skipped", message } });
  }
  const suite = {
    name: `netkit connect ${url}`,
    ran: { timestamp: startedAt.replace(/(?:\.\d+)?Z$/, ""), seconds },
    properties: [
      ["netkit", version],
      ["verdict", verdictWords(result.verdict)],
    ],
    cases,
  } as const;
  return writeJunit("netkit connect", [suite]);
}

function pathVerdict({ verdict, error, totalUs }: PathResult): JunitVerdict {
  const message = verdictWords(verdict);
  const text = [...verdict.evidence, ...(verdict.next === null ? [] : [verdict.next])].join("\n");
  if (verdict.outcome === "interrupted") return { kind: "skipped", message };
  if (error !== null) return { kind: "error", type: error.code, message, text };
  return {
    kind: "passed",
    output: [message, `in ${formatMicros(totalUs)}`, text].filter(Boolean).join("\n"),
  };
}

function repeatVerdict({ verdict, repeat }: ConnectResult): JunitVerdict {
  const message = verdictWords(verdict);
  if (repeat === null || verdict.outcome === "interrupted") return { kind: "skipped", message };
  const failures = repeat.failures.map(({ code, count }) => `${count} × ${code}`);
  const text = [repeatWords(repeat), ...failures, ...verdict.evidence].join("\n");
  if (verdict.outcome === "failed") {
    return { kind: "error", type: repeat.failures[0]?.code ?? "unreachable", message, text };
  }
  return { kind: "passed", output: `${message}\n${text}` };
}
