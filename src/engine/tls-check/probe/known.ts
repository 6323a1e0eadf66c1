/**
 * What the hello probes found out and the probes that complete handshakes need to know: what to offer, and
 * what need not be tried.
 */
import type { Answer } from "../facts.ts";
import type { HelloVersion } from "./offers.ts";

/** A version below TLS 1.3 that the server offers. */
export interface ClassicVersion {
  readonly version: Exclude<HelloVersion, "TLSv1.3">;
  /** In the order found. */
  readonly suites: readonly number[];
}

export interface KnownServer {
  /** TLS 1.3 is offered, with these, in the order found; undefined = it is not. */
  readonly modern: { readonly suites: readonly number[]; readonly groups: readonly number[] } | undefined;
  /** The highest version below TLS 1.3; undefined = there is none. */
  readonly classic: ClassicVersion | undefined;
  /** Those below `classic`, newest first: looked at for kinds of suites that the newer ones lack. */
  readonly older?: readonly ClassicVersion[] | undefined;
  /** Why it is open whether TLS 1.3, or anything below it, is offered; what is absent is certain. */
  readonly open?: { readonly modern?: string | undefined; readonly classic?: string | undefined } | undefined;
  /** The server takes up the heartbeat extension; undefined = not known. */
  readonly heartbeat: Answer | undefined;
}
