/**
 * JUnit XML as build servers read it (the shape that Jenkins, GitLab and GitHub's reporters share): suites of cases, each
 * passed, failed, in error or skipped. The counts are made from the cases, so they cannot contradict them.
 */
import { assertNever } from "../../core/exhaustive.ts";
import { escapeXml } from "./escape.ts";

export type JunitVerdict =
  | { readonly kind: "passed"; readonly output?: string }
  | {
      readonly kind: "failure" | "error";
      readonly type: string;
      readonly message: string;
      readonly text: string;
    }
  | { readonly kind: "skipped"; readonly message: string };

export interface JunitCase {
  readonly name: string;
  readonly verdict: JunitVerdict;
}

export interface JunitSuite {
  readonly name: string;
  /** Left away where the report must be the same as long as what it tells of is. */
  readonly ran?: {
    /** ISO 8601 without a zone, as the format has it. */
    readonly timestamp: string;
    readonly seconds: number;
  };
  readonly properties?: readonly (readonly [name: string, value: string])[];
  readonly cases: readonly JunitCase[];
}

export function writeJunit(name: string, suites: readonly JunitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escapeXml(name)}" tests="${all.length}" failures="${tally(all, "failure")}" errors="${tally(all, "error")}">`,
    ...suites.flatMap(suiteLines),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

function tally(cases: readonly JunitCase[], kind: JunitVerdict["kind"]): number {
  return cases.filter(({ verdict }) => verdict.kind === kind).length;
}

function suiteLines({ name, cases, ran, properties = [] }: JunitSuite): string[] {
  const counts = `tests="${cases.length}" failures="${tally(cases, "failure")}" errors="${tally(cases, "error")}" skipped="${tally(cases, "skipped")}"`;
  const time = ran === undefined ? "" : ` timestamp="${escapeXml(ran.timestamp)}" time="${ran.seconds}"`;
  const list = properties.map(
    ([key, value]) => `      <property name="${escapeXml(key)}" value="${escapeXml(value)}"/>`,
  );
  return [
    `  <testsuite name="${escapeXml(name)}" ${counts}${time}>`,
    ...(list.length === 0 ? [] : ["    <properties>", ...list, "    </properties>"]),
    ...cases.flatMap((one) => caseLines(name, one)),
    "  </testsuite>",
  ];
}

function caseLines(suite: string, { name, verdict }: JunitCase): string[] {
  const open = `    <testcase name="${escapeXml(name)}" classname="${escapeXml(suite)}"`;
  switch (verdict.kind) {
    case "passed":
      if (verdict.output === undefined) return [`${open}/>`];
      return [`${open}>`, `      <system-out>${escapeXml(verdict.output)}</system-out>`, "    </testcase>"];
    case "skipped":
      return [`${open}>`, `      <skipped message="${escapeXml(verdict.message)}"/>`, "    </testcase>"];
    case "failure":
    case "error": {
      const { kind, type, message, text } = verdict;
      return [
        `${open}>`,
        `      <${kind} type="${escapeXml(type)}" message="${escapeXml(message)}">${escapeXml(text)}</${kind}>`,
        "    </testcase>",
      ];
    }
    default:
      return assertNever(verdict);
  }
}
