import { describe, expect, test } from "vitest";
import { checkExitCode, nagiosExitCode } from "../../../src/commands/shared/tls-check-exit.ts";
import {
  ALL_GOOD,
  documentOf,
  EMPTY,
  FILE,
  finding,
  INTERRUPTED,
  PASSED,
  UNREACHED,
  WORST,
} from "../../report/fixtures/tls-check.ts";

const unreadable = { ...FILE, outcome: "unreadable", findings: [] } as const;
const mild = {
  ...PASSED,
  outcome: "failed",
  findings: [finding("cipher-rc4", { severity: "medium" })],
} as const;

describe("the exit code of a check", () => {
  test.each([
    ["0 when all passed", ALL_GOOD, 0],
    ["1 when a finding decides", documentOf([WORST, PASSED]), 1],
    [
      "1 when a finding decides, whatever else was not reached",
      documentOf([WORST, UNREACHED, unreadable]),
      1,
    ],
    ["1 for a waiver that is over", { ...ALL_GOOD, outcome: "failed" as const }, 1],
    ["2 when a file cannot be read", documentOf([PASSED, unreadable]), 2],
    ["3 when a target was not reached", documentOf([PASSED, UNREACHED]), 3],
    ["3 when an open question could have decided", documentOf([{ ...PASSED, outcome: "inconclusive" }]), 3],
    ["130 when interrupted", INTERRUPTED, 130],
    ["130 when interrupted before anything was done", EMPTY, 130],
  ])("is %s", (_name, document, code) => {
    expect(checkExitCode(document)).toBe(code);
  });

  test.each([
    ["0 OK", ALL_GOOD, 0],
    ["1 WARNING for medium and low", documentOf([mild]), 1],
    ["2 CRITICAL for high and critical", documentOf([WORST, mild]), 2],
    ["3 UNKNOWN", documentOf([UNREACHED]), 3],
  ])("is that of a plugin with --nagios: %s", (_name, document, code) => {
    expect(nagiosExitCode(document)).toBe(code);
  });
});
