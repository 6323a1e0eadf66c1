/** Every output format of a pool test. A new format is one file and one line here. */
import type { PoolTestResult } from "../../engine/pool-test/result.ts";
import type { ReportFormat } from "../format.ts";
import { renderJsonFile } from "../json.ts";
import { renderPoolTestCsv } from "./csv.ts";
import { renderPoolTestGithub } from "./github.ts";
import { renderPoolTestHtml } from "./html/page.ts";
import { renderPoolTestJunit } from "./junit.ts";
import { renderPoolTestMarkdown } from "./markdown.ts";
import { renderPoolTest } from "./text/page.ts";

export const POOL_TEST_FORMATS = [
  { id: "text", media: "terminal", render: renderPoolTest },
  { id: "json", media: "json", render: (result) => renderJsonFile(result) },
  { id: "html", media: "html", render: (result) => renderPoolTestHtml(result) },
  { id: "github", media: "annotations", render: (result) => renderPoolTestGithub(result) },
  { id: "csv", media: "csv", render: (result) => renderPoolTestCsv(result) },
  { id: "junit", media: "junit", render: (result) => renderPoolTestJunit(result) },
  { id: "markdown", media: "markdown", render: (result) => renderPoolTestMarkdown(result) },
] as const satisfies readonly ReportFormat<PoolTestResult>[];

export type PoolTestFormatId = (typeof POOL_TEST_FORMATS)[number]["id"];

export function poolTestFormat(id: PoolTestFormatId): ReportFormat<PoolTestResult> {
  return POOL_TEST_FORMATS.find((format) => format.id === id)!;
}
