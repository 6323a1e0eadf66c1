/** What passed at each layer, for `--trace`: told as it happens, nothing is kept. */
export type TraceLayer = "dns" | "tcp" | "proxy" | "tls" | "application";

export interface TraceLine {
  /** Microseconds since the path began. */
  readonly atUs: number;
  readonly layer: TraceLayer;
  readonly direction: "out" | "in" | "note";
  /** What it is, in words. */
  readonly what: string;
  readonly bytes: Uint8Array | undefined;
}

export type Trace = (line: TraceLine) => void;
