/**
 * Path and query parameters of the handlers: read, bounded, or refused with a sentence and an example.
 */

import { MAX_TIMER_MS } from "../../../core/backpressure/timers.ts";
import { NetkitError } from "../../../core/errors.ts";
import { parseCount, parseDuration, parseSize } from "../../../core/units.ts";
import { jsonAnswer } from "../http/answer.ts";
import { answered, type Reply } from "./handler.ts";

export function durationMs(text: string): number {
  return Math.min(parseDuration(text), MAX_TIMER_MS);
}

export function count(text: string, min: number, max: number): number {
  return parseCount(text, min, max);
}

export function sizeBytes(text: string): number {
  return parseSize(text);
}

/** Runs `make`; a parameter that could not be read becomes a 400 that says why. */
export function withParameters(make: () => Reply): Reply {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NetkitError)) throw error;
    return answered(jsonAnswer(400, { error: error.message, next: error.next }));
  }
}
