/** Judges the finite-field parameters that each address was seen to use; says so where not all may have been seen. */
import type { DhParameters } from "../../facts.ts";
import type { Subject } from "../rule.ts";
import { reached } from "./addresses.ts";
import { type Draft, unanswered } from "./define.ts";

/** @param question completes "it could not be found out whether …" */
export function* judgeDh(
  subject: Subject,
  question: string,
  fault: (parameters: DhParameters) => Omit<Draft, "where"> | undefined,
): Generator<Draft> {
  for (const { address, where } of reached(subject)) {
    const faults = address.dh.flatMap((parameters) => fault(parameters) ?? []);
    for (const draft of faults) yield { ...draft, where };
    if (faults.length === 0 && address.gaps.dh !== undefined) {
      yield unanswered(where, question, address.gaps.dh);
    }
  }
}
