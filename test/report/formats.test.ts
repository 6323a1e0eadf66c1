// Every format of every catalog is held to what formats promise.
import { describe } from "vitest";
import type { PoolTestResult } from "../../src/engine/pool-test/result.ts";
import { RUN_FORMATS } from "../../src/report/catalog.ts";
import { COMPARE_FORMATS } from "../../src/report/compare/catalog.ts";
import type { CompareFormat } from "../../src/report/compare/format.ts";
import { CONNECT_FORMATS, type ConnectFormat } from "../../src/report/connect/catalog.ts";
import type { ReportFormat, RunFormat } from "../../src/report/format.ts";
import { HISTORY_FORMATS } from "../../src/report/history/catalog.ts";
import type { HistoryFormat } from "../../src/report/history/format.ts";
import { POOL_TEST_FORMATS } from "../../src/report/pool-test/catalog.ts";
import { CHECK_FORMATS } from "../../src/report/tls-check/catalog.ts";
import type { CheckFormat } from "../../src/report/tls-check/format.ts";
import { testFormat } from "./conformance.ts";
import { BRIEF, CHARTED, CROWDED, HOSTILE, NOTHING } from "./fixtures/charted-run.ts";
import * as pairs from "./fixtures/compare-result.ts";
import * as connects from "./fixtures/connect-result.ts";
import * as histories from "./fixtures/history-result.ts";
import * as pools from "./fixtures/pool-test.ts";
import { ALL_500, CALM, REFUSED, ROUGH, SILENT } from "./fixtures/run-result.ts";
import * as checks from "./fixtures/tls-check.ts";

const options = { width: 80, color: 0 } as const;

describe("of a run", () => {
  const results = { CALM, ROUGH, REFUSED, ALL_500, SILENT, CHARTED, BRIEF, HOSTILE, CROWDED, NOTHING };
  const formats: readonly RunFormat[] = RUN_FORMATS;
  for (const format of formats) testFormat(format, results, options);
});

describe("of a tls-check", () => {
  const { ALL_GOOD, EMPTY, EVERYTHING, INTERRUPTED, MANY, RULES } = checks;
  const results = { ALL_GOOD, EMPTY, EVERYTHING, INTERRUPTED, MANY };
  const formats: readonly CheckFormat[] = CHECK_FORMATS;
  for (const format of formats) {
    testFormat(format, results, { ...options, rules: RULES });
  }
});

describe("of a comparison", () => {
  const formats: readonly CompareFormat[] = COMPARE_FORMATS;
  const { SAME, WORSE, BETTER, UNLIKE, CHARTED_PAIR, NOTHING_PAIR, PAIRED, HOSTILE, CROWDED } = pairs;
  const whole = { PAIRED, SAME, WORSE, BETTER, UNLIKE, CHARTED_PAIR, NOTHING_PAIR };
  for (const format of formats) {
    for (const [name, { result, runs }] of Object.entries(whole)) {
      describe("with its runs", () => testFormat(format, { [name]: result }, { ...options, runs }));
    }
    describe("without its runs", () => {
      testFormat(format, { WORSE: WORSE.result, HOSTILE, CROWDED }, { ...options, failOn: "undecided" });
    });
  }
});

describe("of a history", () => {
  const formats: readonly HistoryFormat[] = HISTORY_FORMATS;
  const { CHANGED, LEVEL, SHORT, FIGURELESS, ROGUE, YEARS } = histories;
  const results = { CHANGED, LEVEL, SHORT, FIGURELESS, ROGUE, YEARS };
  for (const format of formats) testFormat(format, results, { ...options, failOn: "worse" });
});

describe("of a pool test", () => {
  const { SWEEP, PROBED, UNSERVED, PROBE_ALONE, MANY_SIZES, POISONED } = pools;
  const results = { SWEEP, PROBED, UNSERVED, PROBE_ALONE, MANY_SIZES, POISONED };
  const formats: readonly ReportFormat<PoolTestResult>[] = POOL_TEST_FORMATS;
  for (const format of formats) testFormat(format, results, options);
});

describe("of a connect", () => {
  const formats: readonly ConnectFormat[] = CONNECT_FORMATS;
  for (const format of formats) testFormat(format, connects, options);
});
