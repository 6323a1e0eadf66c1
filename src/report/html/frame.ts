/**
 * The frame of every HTML report: one self-contained page that loads nothing. Its policy (CSP) forbids every request, and
 * runs only the scripts that are inside when it is written, by their hashes.
 */
import { createHash } from "node:crypto";
import { escapeHtml } from "../syntax/escape.ts";
import { STYLE } from "./style.ts";

export interface Page {
  readonly title: string;
  /** Beyond what all pages share. CSS of our own. */
  readonly style: string;
  /** HTML; whatever came from outside is escaped by who makes it. */
  readonly body: string;
  /** Run in this order, after the body. */
  readonly scripts?: readonly string[];
}

export function renderPage({ title, style, body, scripts = [] }: Page): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(hashes.length === 0 ? [] : [`script-src ${hashes.join(" ")}`]),
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
${body}
${scripts.map((script) => `<script>${script}</script>\n`).join("")}</body>
</html>
`;
}

/** Data for a script of the page. No text in it can end the element. */
export function dataBlock(id: string, data: unknown): string {
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return `<script type="application/json" id="${id}">${json}</script>`;
}
