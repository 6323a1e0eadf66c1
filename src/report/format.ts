/** The one contract of all output formats of a run. A format is a plain object; `catalog.ts` lists them. */
import type { RunResult } from "../engine/flood/result.ts";
import type { TextOptions } from "./text/style.ts";

export interface RunFormat {
  /** As a person names it. */
  readonly id: string;
  /** The whole document, ending with a line feed. Formats for machines ignore the options. */
  render(result: RunResult, options: TextOptions): string;
}
