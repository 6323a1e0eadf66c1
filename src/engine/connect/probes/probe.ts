/**
 * The one contract of all application probes: what is said to a server of one protocol once the way to it
 * stands, and how its answer is read.
 *
 *     way stands ──► request() ──► … bytes out … ──► sent() ──► first byte ──► … ──► run returns = last byte
 *
 * A probe is a plain object; `catalog.ts` lists them. It reads and writes through the wire, which stamps the
 * phases, bounds what is read and ends everything at the answer time-out.
 *
 * @throws of `run`: NetkitError of stage `protocol` (code `NK_PROTOCOL_*`) for bytes that are not the protocol,
 * of stage `request` for an answer that says no; what the wire throws passes through.
 */
import type { Duplex } from "node:stream";
import type { WireProtocol } from "../../../core/endpoint.ts";
import type { ConnectPlan, RequestPlan } from "../plan.ts";
import type { ProbeFacts } from "../result.ts";

export interface ProbeWire {
  /** Of the endpoint, for messages. */
  readonly subject: string;
  /** What TLS agreed on; undefined without TLS. */
  readonly alpn: string | undefined;
  readonly secured: boolean;
  /** The connected stream itself, for a library that wants one (node:http2). Reads through it are not stamped: use `mark`. */
  readonly stream: Duplex;
  /** Sends the bytes; the first call begins the phase `request`, `sent` ends it. `what` annotates the trace. */
  write(bytes: Uint8Array | string, what?: string): Promise<void>;
  /** The request is out: `firstByte` begins. Called by a probe after its last write before it reads. */
  sent(): void;
  /**
   * Bytes as they came, undefined at the peer's end. The first call that brings bytes after `sent` ends `firstByte`
   * and begins `transfer`; before any `write`, it ends `greeting`. @throws NetkitError: time-out, reset, too many bytes.
   */
  read(what?: string): Promise<Uint8Array | undefined>;
  /** Exactly so many bytes. @throws NetkitError `NK_PROTOCOL_CUT` when the peer ends before. */
  readExactly(bytes: number, what?: string): Promise<Uint8Array>;
  /** Up to and without the line feed (and its carriage return). @throws as above, and for a line over 64 KiB. */
  readLine(what?: string): Promise<string>;
  /** Puts bytes back in front of what is read next. */
  unread(bytes: Uint8Array): void;
  /** For `stream`: stamps by hand. */
  mark(event: "sent" | "first-byte"): void;
  /** The dialogue before TLS ends here, and TLS begins; returns when it stands. @throws NetkitError of stage `tls`. */
  secure(): Promise<void>;
  /** A line of the trace that is not bytes. */
  note(text: string): void;
}

export interface Probe {
  readonly id: string;
  readonly protocol: WireProtocol;
  /** The server speaks first (a phase `greeting`). */
  readonly greets: boolean;
  /**
   * Once through. `again` is true for a second request on the same connection (compare, warm): the greeting and
   * TLS are behind it. Absent support of that is told by `reusable`.
   */
  run(wire: ProbeWire, plan: ProbePlan, again: boolean): Promise<ProbeFacts>;
  readonly reusable: boolean;
}

/** What a probe needs of the plan. */
export interface ProbePlan extends Pick<ConnectPlan, "endpoint" | "http"> {
  readonly request: RequestPlan;
  /** Milliseconds to wait for a banner that nobody promised (plain TCP). */
  readonly patienceMs: number;
}
