/** Every output format of a comparison. A new format is one file and one line here. */
import { renderJsonFile } from "../json.ts";
import { renderCompareCsv } from "./csv.ts";
import type { CompareFormat } from "./format.ts";
import { renderCompareGithub } from "./github.ts";
import { renderCompareHtml } from "./html/page.ts";
import { renderCompareJunit } from "./junit.ts";
import { renderCompareMarkdown } from "./markdown.ts";
import { renderCompare } from "./text.ts";

export const COMPARE_FORMATS = [
  { id: "text", media: "terminal", render: renderCompare },
  { id: "json", media: "json", render: (result) => renderJsonFile(result) },
  { id: "html", media: "html", render: renderCompareHtml },
  { id: "markdown", media: "markdown", render: (result) => renderCompareMarkdown(result) },
  { id: "junit", media: "junit", render: renderCompareJunit },
  { id: "github", media: "annotations", render: renderCompareGithub },
  { id: "csv", media: "csv", render: (result) => renderCompareCsv(result) },
] as const satisfies readonly CompareFormat[];

export type CompareFormatId = (typeof COMPARE_FORMATS)[number]["id"];

export function compareFormat(id: CompareFormatId): CompareFormat {
  return COMPARE_FORMATS.find((format) => format.id === id)!;
}
