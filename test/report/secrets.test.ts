// What is sent as a secret stands in no output: from the command line through the engine's result to the reports.
import { describe, expect, test } from "vitest";
import { unreachableError } from "../../src/commands/shared/exit-code.ts";
import { buildFloodPlan } from "../../src/commands/shared/flood-plan.ts";
import { errorDocument } from "../../src/commands/shared/present-error.ts";
import { parseExpectation } from "../../src/core/expectation.ts";
import { Collector } from "../../src/engine/flood/collector.ts";
import { compose } from "../../src/engine/flood/compose.ts";
import { checkExpectations } from "../../src/engine/flood/expectations.ts";
import { Recorder } from "../../src/engine/flood/recorder.ts";
import { RUN_FORMATS } from "../../src/report/catalog.ts";
import { renderError } from "../../src/report/text/error.ts";

const WIDE = { width: 160, color: 0 } as const;
/** They name no target. */
const FIGURES_ONLY = new Set(["csv", "hgrm"]);
const SECRETS = /abc|k3y|c00kie|b3arer|p4ss|YWRhOnA0c3M/;

const plan = await buildFloodPlan(
  { header: ["X-Api-Key: k3y", "Cookie: c00kie", "Accept: text/plain"], bearer: "b3arer" },
  [
    "http://ada:p4ss@127.0.0.1:8080/?token=abc&x=1",
    "http://127.0.0.1:8080/b?x=2&session_id=abc#access_token=abc",
  ],
  { readBytes: async () => new Uint8Array(), parallelism: 2 },
);
const expectations = [parseExpectation("[/?token=abc&x=1] failed==0")];

function failedRun() {
  const recorder = new Recorder(plan.targets.length);
  recorder.answered(0, 500, 1_000, 1_000, 500);
  recorder.failed(1, 900, "closed", "http://127.0.0.1:8080/b?x=2&session_id=abc was closed");
  const collector = new Collector(plan);
  collector.add(0, recorder.snapshot(), 0, 0);
  return compose(plan, collector, {
    version: "0.1.0",
    expectations,
    baseline: undefined,
    startedAt: new Date(0),
    measureFromUs: 0,
    lastEndUs: 1e6,
    health: [],
    opening: { us: 0, residentBytesBefore: 0, residentBytesAfter: 0 },
    interrupted: false,
  });
}

test("the secrets are sent", () => {
  expect(plan.targets.map(({ path }) => path)).toEqual(["/?token=abc&x=1", "/b?x=2&session_id=abc"]);
  expect(plan.request.headers).toEqual([
    ["X-Api-Key", "k3y"],
    ["Cookie", "c00kie"],
    ["Accept", "text/plain"],
    ["Authorization", "Bearer b3arer"],
  ]);
});

test("the result has everything but the secrets", () => {
  const result = failedRun();
  expect(result.plan.urls).toEqual([
    "http://127.0.0.1:8080/?token=…&x=1",
    "http://127.0.0.1:8080/b?x=2&session_id=…",
  ]);
  expect(result.plan.headers).toEqual([
    ["X-Api-Key", "…"],
    ["Cookie", "…"],
    ["Accept", "text/plain"],
    ["Authorization", "…"],
  ]);
  expect(result.endpoints.map(({ name }) => name)).toEqual(["/?token=…&x=1", "/b?x=2&session_id=…"]);
  expect(result.errors.map(({ example }) => example).sort()).toEqual([
    "GET /?token=…&x=1 was answered with status 500",
    "http://127.0.0.1:8080/b?x=2&session_id=… was closed",
  ]);
});

describe("no secret is shown or written", () => {
  test.each(RUN_FORMATS.map((format) => [format.id, format] as const))("as %s", (_id, format) => {
    const document = format.render(failedRun(), WIDE);
    if (!FIGURES_ONLY.has(format.id)) expect(document).toContain("x=1");
    expect(document).not.toMatch(SECRETS);
  });

  test("as an error", () => {
    const error = unreachableError(failedRun());
    expect(renderError(error, "netkit flood", WIDE)).not.toMatch(SECRETS);
    expect(JSON.stringify(errorDocument(error, "flood", false))).not.toMatch(SECRETS);
  });
});

test("an expectation names its endpoint as the command line does, and is shown without the secret", () => {
  expect(() => checkExpectations(expectations, plan, undefined)).not.toThrow();
  expect(failedRun().expectations).toMatchObject([
    { text: "[/?token=…&x=1] failed==0", observed: 1, holds: false },
  ]);
});
