/** What the formats of a tls-check are given besides its result. */
import type { CheckDocument, RuleDocument } from "../../engine/tls-check/document/model.ts";
import type { ReportFormat } from "../format.ts";
import type { TextOptions } from "../text/style.ts";

export interface CheckReportOptions extends TextOptions {
  /** Every rule there is, for reports that also list what was found in order. */
  readonly rules: readonly RuleDocument[];
}

export type CheckFormat = ReportFormat<CheckDocument, CheckReportOptions>;
