/** Every output format of a history. A new format is one file and one line here. */
import { renderJsonFile } from "../json.ts";
import { renderHistoryCsv } from "./csv.ts";
import type { HistoryFormat } from "./format.ts";
import { renderHistoryGithub } from "./github.ts";
import { renderHistoryHtml } from "./html/page.ts";
import { renderHistoryJunit } from "./junit.ts";
import { renderHistoryMarkdown } from "./markdown.ts";
import { renderHistory } from "./text.ts";

export const HISTORY_FORMATS = [
  { id: "text", media: "terminal", render: renderHistory },
  { id: "json", media: "json", render: (result) => renderJsonFile(result) },
  { id: "html", media: "html", render: (result) => renderHistoryHtml(result) },
  { id: "markdown", media: "markdown", render: (result) => renderHistoryMarkdown(result) },
  { id: "junit", media: "junit", render: renderHistoryJunit },
  { id: "github", media: "annotations", render: renderHistoryGithub },
  { id: "csv", media: "csv", render: (result) => renderHistoryCsv(result) },
] as const satisfies readonly HistoryFormat[];

export type HistoryFormatId = (typeof HISTORY_FORMATS)[number]["id"];

export function historyFormat(id: HistoryFormatId): HistoryFormat {
  return HISTORY_FORMATS.find((format) => format.id === id)!;
}
