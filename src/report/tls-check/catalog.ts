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
  description: "the page for a terminal",
  mediaType: "text/plain; charset=utf-8",
  extension: "txt",
  render: renderCheckText,
} as const satisfies CheckFormat;

const json = {
  id: "json",
  description: "the whole result, schema netkit.tls-check/1",
  mediaType: "application/json",
  extension: "json",
  render: (result) => renderJsonFile(result),
} as const satisfies CheckFormat;

const nagios = {
  id: "nagios",
  description: "one line with figures, for Nagios and its kin",
  mediaType: "text/plain; charset=utf-8",
  extension: "txt",
  render: (result) => renderNagios(result),
} as const satisfies CheckFormat;

const junit = {
  id: "junit",
  description: "JUnit XML, a suite for each target",
  mediaType: "application/xml",
  extension: "xml",
  render: renderJunit,
} as const satisfies CheckFormat;

const sarif = {
  id: "sarif",
  description: "SARIF 2.1.0, for code scanning",
  mediaType: "application/sarif+json",
  extension: "sarif",
  render: renderSarif,
} as const satisfies CheckFormat;

const markdown = {
  id: "markdown",
  description: "a comment for a pull request",
  mediaType: "text/markdown; charset=utf-8",
  extension: "md",
  render: (result) => renderMarkdown(result),
} as const satisfies CheckFormat;

const csv = {
  id: "csv",
  description: "one line a finding",
  mediaType: "text/csv; charset=utf-8",
  extension: "csv",
  render: (result) => renderCsv(result),
} as const satisfies CheckFormat;

const html = {
  id: "html",
  description: "a self-contained page",
  mediaType: "text/html; charset=utf-8",
  extension: "html",
  render: (result) => renderHtml(result),
} as const satisfies CheckFormat;

const github = {
  id: "github",
  description: "annotations for GitHub Actions",
  mediaType: "text/plain; charset=utf-8",
  extension: "txt",
  render: (result) => renderGithub(result),
} as const satisfies CheckFormat;

const prometheus = {
  id: "prometheus",
  description: "figures for the textfile collector",
  mediaType: "text/plain; version=0.0.4; charset=utf-8",
  extension: "prom",
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
