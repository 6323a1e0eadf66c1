/** The one contract of all importers; `catalog.ts` lists them. A source is lines, read once and never held whole. */
import { NetkitError } from "../../../core/errors.ts";
import type { RunResult } from "../../../core/run-document.ts";

/** Of the values in an HdrHistogram log, which does not name it. */
export type ValueUnit = "ns" | "us" | "ms" | "s";

export interface ImportContext {
  /** Of the file, for messages. */
  readonly name: string;
  /** Of netkit. */
  readonly version: string;
  /** When the run began, where the user says so and the file does not. */
  readonly startedAt?: Date | undefined;
  readonly unit?: ValueUnit | undefined;
  /** Which of several series of an HdrHistogram log; an empty text is the one without a tag. */
  readonly tag?: string | undefined;
}

export interface Importer {
  readonly id: string;
  /** What it reads, one line for the help. */
  readonly summary: string;
  /** Whether a source that begins with these lines is unmistakably of this kind. */
  recognises(head: readonly string[]): boolean;
  /** @throws NetkitError `NK_IMPORT`, stage file, that names the line and what is wrong with it */
  read(lines: AsyncIterable<string>, context: ImportContext): Promise<RunResult>;
}

export function notImportable(name: string, what: string, why: string, next: string): NetkitError {
  return new NetkitError("file", "NK_IMPORT", `could not import ${name} as ${what}`, {
    subject: name,
    why,
    next,
  });
}
