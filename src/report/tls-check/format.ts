/** The one contract of all output formats of a tls-check. A format is a plain object; `catalog.ts` lists them. */
import type { CheckDocument, RuleDocument } from "../../engine/tls-check/document/model.ts";
import type { TextOptions } from "../text/style.ts";

export interface CheckReportOptions extends TextOptions {
  /** Every rule there is, for reports that also list what was found in order. */
  readonly rules: readonly RuleDocument[];
}

export interface CheckFormat {
  /** As a person names it. */
  readonly id: string;
  /** The whole document, ending with a line feed unless it is empty. */
  render(result: CheckDocument, options: CheckReportOptions): string;
}
