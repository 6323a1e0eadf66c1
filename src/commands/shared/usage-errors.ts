/**
 * Turns what oclif's parser throws into errors of the product's form: what, on what, why, what next.
 *
 * The parser tells its errors apart by class and by message only; both are read here, in one place.
 */
import { NetkitError, usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { FlagValueError } from "./flag-types.ts";

/** What is known about the command whose arguments were parsed. */
export interface CommandWords {
  /** `netkit flood`. */
  readonly name: string;
  /** Long names without dashes, and one-letter names. */
  readonly flags: readonly string[];
}

interface OclifError extends Error {
  readonly flags?: unknown;
  readonly args?: unknown;
  readonly oclif?: { readonly exit?: number };
}

/** A bad value: which setting it was for is the subject. */
export function valueError(reason: unknown, subject: string): NetkitError {
  if (!(reason instanceof NetkitError)) {
    const message = reason instanceof Error ? reason.message : String(reason);
    return new NetkitError("usage", "NK_USAGE", message, { subject, cause: reason });
  }
  return new NetkitError("usage", "NK_USAGE", reason.message, {
    subject,
    why: reason.why,
    next: reason.next,
    cause: reason,
  });
}

/** `undefined` when the error is not one of the parser's. */
export function translateParseError(error: unknown, words: CommandWords): NetkitError | undefined {
  if (error instanceof FlagValueError) {
    const flag = /^Parsing (--[\w-]+)/.exec(error.message)?.[1];
    return valueError(error.reason, flag ?? words.name);
  }
  if (!(error instanceof Error)) return undefined;
  const { flags, args, oclif } = error as OclifError;
  if (Array.isArray(flags) && flags.length > 0) return unknownFlag(String(flags[0]), words);
  if (Array.isArray(args)) {
    return usageError(error.message.split("\n")[0]!.toLowerCase(), `see ${words.name} --help`, words.name);
  }
  if (oclif === undefined) return undefined;
  return parserSentence(error.message, words);
}

function unknownFlag(given: string, words: CommandWords): NetkitError {
  const [typed = given] = given.split("=");
  const bare = typed.replace(/^-+/, "");
  const long = words.flags.filter((name) => name.length > 1);
  // -rate for --rate: the parser sees "-r" with a value, so the whole word decides.
  const next =
    typed.startsWith("--") || bare.length > 1
      ? didYouMean(bare, long, (name) => `--${name}`, `see ${words.name} --help`)
      : `see ${words.name} --help`;
  return usageError(`${typed} is not a flag of ${words.name}`, next, typed);
}

const SENTENCES: readonly (readonly [RegExp, (match: RegExpExecArray) => NetkitError])[] = [
  [
    /Flag (--[\w-]+) can only be specified once/,
    (m) => usageError(`${m[1]} is given more than once`, "keep one of them", m[1]),
  ],
  [
    /Flag (--[\w-]+) expects one of these values: (.*)/,
    (m) => usageError(`${m[1]} needs a value`, `use one of: ${m[2]}`, m[1]),
  ],
  [
    /Flag (--[\w-]+) expects a value/,
    (m) => usageError(`${m[1]} needs a value`, "see --help for an example", m[1]),
  ],
  [
    /Expected (--[\w-]+)=(.*) to be one of: (.*)/,
    (m) => usageError(`"${m[2]}" is not a choice of ${m[1]}`, `use one of: ${m[3]}`, m[1]),
  ],
];

function parserSentence(message: string, words: CommandWords): NetkitError {
  for (const [pattern, make] of SENTENCES) {
    const match = pattern.exec(message);
    if (match !== null) return make(match);
  }
  const plain = message.replace(/\n?See more help with --help/, "").trim();
  return usageError(plain, `see ${words.name} --help`, words.name);
}
