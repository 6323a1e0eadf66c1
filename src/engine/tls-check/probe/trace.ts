/**
 * What `--trace` shows: one line for each thing sent and received, with the connection and the probe it
 * belongs to. Nothing is described unless somebody listens.
 */
export interface TraceLine {
  /** Milliseconds since the scan of this address began. */
  readonly atMs: number;
  /** The how-manieth connection to this address, from 1. */
  readonly connection: number;
  /** What the connection is for: `TLSv1.2 suites`. */
  readonly probe: string;
  readonly direction: "sent" | "received" | "note";
  /** In words: `ClientHello TLSv1.2, 110 suites`, `alert handshake_failure (40)`. */
  readonly what: string;
  /** The bytes, when they are worth showing. */
  readonly hex: string | undefined;
}

export type Trace = (line: TraceLine) => void;
