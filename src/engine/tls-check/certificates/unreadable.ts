/**
 * What could not be read, in the form that reports and rules expect.
 */
import { DerFault } from "./der/element.ts";
import type { Unreadable } from "./model.ts";

/** @param locked a password is missing or wrong: not the file's fault. */
export function unreadable(what: string, why: string, next?: string, locked = false): Unreadable {
  return { kind: "unreadable", what, why, next, locked };
}

/** Runs a reader; bytes that make no sense to it become an `Unreadable`. Every other error is a bug and passes. */
export function reading<T>(what: string, read: () => T, next?: string): T | Unreadable {
  try {
    return read();
  } catch (fault) {
    if (!(fault instanceof DerFault)) throw fault;
    return unreadable(what, fault.message, next);
  }
}
