/** Every output format of a tls-check. A new format is one file and one line here. */
import { renderJsonFile } from "../json.ts";
import { renderCsv } from "./csv.ts";
import type { CheckFormat } from "./format.ts";
import { renderGithub } from "./github.ts";
import { renderHtml } from "./html/page.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderNagios } from "./nagios.ts";
import { renderPrometheus } from "./prometheus.ts";
import { renderSarif } from "./sarif.ts";
import { renderCheckText } from "./text/text.ts";

const text = {
  id: "text",
  media: "terminal",
  render: renderCheckText,
} as const satisfies CheckFormat;

const json = {
  id: "json",
  media: "json",
  render: (result) => renderJsonFile(result),
} as const satisfies CheckFormat;

const nagios = {
  id: "nagios",
  media: "lines",
  render: (result) => renderNagios(result),
} as const satisfies CheckFormat;

const junit = {
  id: "junit",
  media: "junit",
  render: renderJunit,
} as const satisfies CheckFormat;

const sarif = {
  id: "sarif",
  media: "json",
  render: renderSarif,
} as const satisfies CheckFormat;

const markdown = {
  id: "markdown",
  media: "markdown",
  render: (result) => renderMarkdown(result),
} as const satisfies CheckFormat;

const csv = {
  id: "csv",
  media: "csv",
  render: (result) => renderCsv(result),
} as const satisfies CheckFormat;

const html = {
  id: "html",
  media: "html",
  render: (result) => renderHtml(result),
} as const satisfies CheckFormat;

const github = {
  id: "github",
  media: "annotations",
  render: (result) => renderGithub(result),
} as const satisfies CheckFormat;

const prometheus = {
  id: "prometheus",
  media: "metrics",
  render: (result) => renderPrometheus(result),
} as const satisfies CheckFormat;

export const CHECK_FORMATS = [
  text,
  json,
  junit,
  sarif,
  markdown,
  csv,
  html,
  github,
  nagios,
  prometheus,
] as const;

export type CheckFormatId = (typeof CHECK_FORMATS)[number]["id"];

export function checkFormat(id: CheckFormatId): CheckFormat {
  return CHECK_FORMATS.find((format) => format.id === id)!;
}
