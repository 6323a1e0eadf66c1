/**
 * Flag types over `core/units`: durations in milliseconds, rates per second, sizes in bytes, shares, counts.
 *
 * No flag carries an oclif default. Defaults belong to the plan builders, so that a value which is missing on
 * the command line can still come from the environment or the config file; `defaultHelp` shows them in help.
 */
import * as Flags from "@oclif/core/flags";
import { parseCount, parseDuration, parsePercentage, parseRate, parseSize } from "../../core/units.ts";

/**
 * Keeps what a parser threw: oclif rewrites the message of an error that passes through it, and this
 * one may be rewritten at will.
 */
export class FlagValueError extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason));
    this.reason = reason;
  }
}

function guarded<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new FlagValueError(error);
  }
}

export const durationFlag = Flags.custom<number>({
  helpValue: "<duration>",
  parse: async (text) => guarded(() => parseDuration(text)),
});

export const rateFlag = Flags.custom<number>({
  helpValue: "<rate>",
  parse: async (text) => guarded(() => parseRate(text)),
});

export const sizeFlag = Flags.custom<number>({
  helpValue: "<size>",
  parse: async (text) => guarded(() => parseSize(text)),
});

export const shareFlag = Flags.custom<number>({
  helpValue: "<percent>",
  parse: async (text) => guarded(() => parsePercentage(text)),
});

/** A whole number of at least `least` (1) and at most `most`. */
export const countFlag = Flags.custom<number, { least?: number; most?: number }>({
  helpValue: "<n>",
  parse: async (text, _context, options) =>
    guarded(() => parseCount(text, options.least ?? 1, options.most ?? Number.MAX_SAFE_INTEGER)),
});

/** For `defaultHelp`: what the help shows as the default of a flag. */
export function shown(text: string): () => Promise<string> {
  return async () => text;
}
