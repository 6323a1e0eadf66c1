/** Every output format of a connect. A new format is one file and one line here. */
import type { ConnectResult } from "../../engine/connect/result.ts";
import type { ReportFormat } from "../format.ts";
import { renderJsonFile } from "../json.ts";
import { renderConnectCsv } from "./csv.ts";
import { renderConnectGithub } from "./github.ts";
import { renderConnectHtml } from "./html/page.ts";
import { renderConnectJunit } from "./junit.ts";
import { renderConnectMarkdown } from "./markdown.ts";
import { renderConnect } from "./text/page.ts";

export type ConnectFormat = ReportFormat<ConnectResult>;

export const CONNECT_FORMATS = [
  { id: "text", media: "terminal", render: renderConnect },
  { id: "json", media: "json", render: (result) => renderJsonFile(result) },
  { id: "html", media: "html", render: (result) => renderConnectHtml(result) },
  { id: "markdown", media: "markdown", render: (result) => renderConnectMarkdown(result) },
  { id: "junit", media: "junit", render: (result) => renderConnectJunit(result) },
  { id: "github", media: "annotations", render: (result) => renderConnectGithub(result) },
  { id: "csv", media: "csv", render: (result) => renderConnectCsv(result) },
] as const satisfies readonly ConnectFormat[];

export type ConnectFormatId = (typeof CONNECT_FORMATS)[number]["id"];

export function connectFormat(id: ConnectFormatId): ConnectFormat {
  return CONNECT_FORMATS.find((format) => format.id === id)!;
}
