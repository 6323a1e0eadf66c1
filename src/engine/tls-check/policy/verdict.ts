/** What one part of a policy amounts to: steps to comply, and demands about which nothing is known. */
import type { PolicyResult } from "../result.ts";

export type Step = PolicyResult["steps"][number];

export interface Verdict {
  readonly steps: readonly Step[];
  readonly unknown: readonly string[];
}

/** Collects a verdict while the parts are looked at. */
export class VerdictBuilder implements Verdict {
  readonly steps: Step[] = [];
  readonly unknown: string[] = [];

  remove(what: string, why: string): void {
    this.steps.push({ action: "remove", what, why });
  }

  add(what: string, why: string): void {
    this.steps.push({ action: "add", what, why });
  }

  change(what: string, why: string): void {
    this.steps.push({ action: "change", what, why });
  }

  /** `what` completes "it could not be found out whether …". */
  open(what: string): void {
    this.unknown.push(what);
  }
}
