/**
 * One question as the result document has it.
 */
import type { Query } from "../result.ts";
import type { Answer, RecordType } from "./asker.ts";

export interface QueryTimes {
  /** Microseconds of the clock. */
  readonly startUs: number;
  /** When it was answered; now, as long as it is not. */
  readonly endUs: number;
  /** When the path began. */
  readonly pathStartUs: number;
}

/** How the path went on: `with` the answer, `without` it (RFC 8305 section 3), or not at all. */
export type WayOn = "with" | "without" | "nowhere";

export function queryResult(
  type: RecordType,
  { startUs, endUs, pathStartUs }: QueryTimes,
  answer: Answer | undefined,
  wayOn: WayOn,
): Query {
  const shared = { type, startUs: startUs - pathStartUs, durationUs: endUs - startUs };
  switch (answer?.kind) {
    case undefined:
      return wayOn === "nowhere"
        ? { ...shared, outcome: "failed", code: "ABORTED", records: [] }
        : { ...shared, outcome: "late", code: null, records: [] };
    case "addresses": {
      const outcome = wayOn === "without" ? "late" : "answered";
      return { ...shared, outcome, code: null, records: answer.records };
    }
    case "no-data":
      return { ...shared, outcome: "no-data", code: null, records: [] };
    case "no-such-name":
      return { ...shared, outcome: "no-such-name", code: answer.word, records: [] };
    case "failed": {
      const { code, word } = answer.failure;
      return {
        ...shared,
        outcome: code === "NK_DNS_TIMEOUT" ? "timed-out" : "failed",
        code: word,
        records: [],
      };
    }
  }
}
