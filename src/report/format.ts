/**
 * The one contract of all output formats, whatever the result. A format is a plain object; each kind of result has one list
 * of them: `catalog.ts` that of a run, `tls-check/catalog.ts` that of a check. `test/report/conformance.ts` holds each to
 * what its media says.
 */
import type { RunResult } from "../core/run-document.ts";
import type { TextOptions } from "./text/style.ts";

/** The language that a document is written in. */
export type Media =
  /** For people, in a terminal; the only one that its width and colours change. */
  | "terminal"
  | "json"
  | "html"
  /** JUnit XML. */
  | "junit"
  | "csv"
  | "markdown"
  /** Prometheus' text format, or OpenMetrics. */
  | "metrics"
  /** GitHub's workflow commands. */
  | "annotations"
  /** Lines of a tool's own form. */
  | "lines";

export interface ReportFormat<Result, Options extends TextOptions = TextOptions> {
  /** As a person names it. */
  readonly id: string;
  readonly media: Media;
  /** The whole document, ending with a line feed unless it is empty. The same result gives the same document. */
  render(result: Result, options: Options): string;
}

export type RunFormat = ReportFormat<RunResult>;
