/** Every output format of a run. A new format is one file and one line here. */
import type { RunFormat } from "./format.ts";
import { renderRunCsv } from "./formats/csv.ts";
import { renderRunGithub } from "./formats/github.ts";
import { renderRunHdrLog } from "./formats/hdr-log.ts";
import { renderRunHgrm } from "./formats/hgrm.ts";
import { renderRunHtml } from "./formats/html/page.ts";
import { renderRunJunit } from "./formats/junit.ts";
import { renderRunMarkdown } from "./formats/markdown.ts";
import { renderRunOpenMetrics, renderRunPrometheus } from "./formats/metrics.ts";
import { renderJsonFile } from "./json.ts";
import { renderFlood } from "./text/flood.ts";

export const RUN_FORMATS = [
  { id: "text", media: "terminal", render: renderFlood },
  { id: "json", media: "json", render: (result) => renderJsonFile(result) },
  { id: "html", media: "html", render: (result) => renderRunHtml(result) },
  { id: "markdown", media: "markdown", render: (result) => renderRunMarkdown(result) },
  { id: "junit", media: "junit", render: (result) => renderRunJunit(result) },
  { id: "github", media: "annotations", render: (result) => renderRunGithub(result) },
  { id: "csv", media: "csv", render: (result) => renderRunCsv(result) },
  { id: "hdr-log", media: "lines", render: (result) => renderRunHdrLog(result) },
  { id: "hgrm", media: "lines", render: (result) => renderRunHgrm(result) },
  { id: "prometheus", media: "metrics", render: (result) => renderRunPrometheus(result) },
  { id: "openmetrics", media: "metrics", render: (result) => renderRunOpenMetrics(result) },
] as const satisfies readonly RunFormat[];

export type RunFormatId = (typeof RUN_FORMATS)[number]["id"];

export function runFormat(id: RunFormatId): RunFormat {
  return RUN_FORMATS.find((format) => format.id === id)!;
}
