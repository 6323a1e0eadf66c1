/**
 * The one contract of all who are asked for addresses: one question about one name and one family, one answer
 * as a value. What an answer can be, and why there may be none, is closed here; the words are in `failures.ts`.
 */
import type { Resolution } from "../result.ts";

export type RecordType = "A" | "AAAA";

export type Transport = Resolution["transport"];

export type DnsCode =
  /** The name does not exist (NXDOMAIN). */
  | "NK_DNS_NOT_FOUND"
  /** The server could not find out, or does not resolve at all (SERVFAIL and every code without its own). */
  | "NK_DNS_SERVER_FAILURE"
  /** The server does not want to answer us (REFUSED). */
  | "NK_DNS_REFUSED"
  | "NK_DNS_TIMEOUT"
  /** The name exists and has no address, or none of the family asked for. */
  | "NK_DNS_NO_ADDRESS"
  /** Nothing answers at the server's address: ICMP, no route, connection refused. */
  | "NK_DNS_UNREACHABLE"
  /** What came is not DNS, or not an answer to the question. */
  | "NK_DNS_MALFORMED"
  /** The certificate of a DNS-over-HTTPS server is not to be trusted. */
  | "NK_DNS_UNTRUSTED"
  /** The system's resolver gave up and does not tell why. */
  | "NK_DNS_UNAVAILABLE";

export interface Failure {
  readonly code: DnsCode;
  /** The server's word (`SERVFAIL`) or the system's code (`ECONNREFUSED`); null for silence. */
  readonly word: string | null;
  /** Names the server that was asked. */
  readonly why: string;
  readonly next: string;
}

export interface AddressRecord {
  readonly address: string;
  /** Null where the resolver does not tell. */
  readonly ttlSeconds: number | null;
}

export type Answer = {
  readonly transport: Transport;
  /** From the name to the last alias, without the name itself. */
  readonly cname: readonly string[];
} & (
  | { readonly kind: "addresses"; readonly records: readonly AddressRecord[] }
  | { readonly kind: "no-data" }
  /** `ttlSeconds`: for how long "no" may be remembered, where the server tells. */
  | { readonly kind: "no-such-name"; readonly word: string; readonly ttlSeconds: number | undefined }
  | { readonly kind: "failed"; readonly failure: Failure }
);

export interface Asker {
  /** As results have it: `system`, `192.0.2.1:53`, a URL. */
  readonly label: string;
  /** In sentences: `the system's resolver`, `192.0.2.1:53`. */
  readonly spokenLabel: string;
  /** Never rejects. When the signal aborts, it answers at once with `NK_DNS_TIMEOUT`. */
  ask(host: string, type: RecordType, signal: AbortSignal): Promise<Answer>;
  /** Whom else was asked, for details only; see `system.ts`. */
  readonly beside?: Beside | undefined;
  /** Lets go of connections. */
  close(): void;
}

/** A second opinion, which comes or does not, and which nobody waits for. */
export interface Beside {
  /** Of the server asked; undefined as long as nobody is. */
  readonly label: string | undefined;
  known(type: RecordType): Answer | undefined;
  /** All that was asked has been answered, or never will be. */
  readonly settled: Promise<void>;
}

export function failed(failure: Failure, transport: Transport, cname: readonly string[] = []): Answer {
  return { kind: "failed", failure, transport, cname };
}
