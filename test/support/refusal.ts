// What a call was refused with.
import { NetkitError } from "../../src/core/errors.ts";

/** The NetkitError that the call throws; fails when it throws another one or none. */
export function refusal(run: () => unknown): NetkitError {
  try {
    run();
  } catch (error) {
    if (error instanceof NetkitError) return error;
    throw error;
  }
  throw new Error("was accepted");
}
