/**
 * Write watermarks that pause reading: a slow reader at one end stops a fast writer at the other.
 *
 *      backlog ≥ high            ┌────────┐
 *     ┌─────────────────────────►│ paused │
 *  ┌──┴──────┐                   └───┬────┘
 *  │ flowing │◄──────────────────────┘  backlog ≤ low
 *  └─────────┘
 *
 * Between the marks nothing changes (hysteresis), so that reading is not switched for every buffer. What is
 * in memory stays below high + the largest single read. `nextFlow` is the pure rule, `FlowCoupling` applies it
 * to a pair of streams; neither knows sockets.
 */
import { assertNever } from "../exhaustive.ts";

export type Flow = "flowing" | "paused";

export interface Watermarks {
  /** Pause reading when this many bytes wait to be written. */
  readonly highWaterBytes: number;
  /** Read again when no more than this many bytes wait. */
  readonly lowWaterBytes: number;
}

/** 64 KiB is what one read of a socket brings at most; a quarter of it keeps the writer busy meanwhile. */
export const DEFAULT_WATERMARKS: Watermarks = { highWaterBytes: 64 * 1024, lowWaterBytes: 16 * 1024 };

/** Where the flow goes with `backlogBytes` waiting to be written. */
export function nextFlow(flow: Flow, backlogBytes: number, marks: Watermarks): Flow {
  switch (flow) {
    case "flowing":
      return backlogBytes >= marks.highWaterBytes ? "paused" : "flowing";
    case "paused":
      return backlogBytes <= marks.lowWaterBytes ? "flowing" : "paused";
    default:
      return assertNever(flow);
  }
}

/** The reading side: any node Readable or socket. */
export interface PausableSource {
  pause(): unknown;
  resume(): unknown;
}

/** The writing side: any node Writable or socket. */
export interface BackloggedSink {
  readonly writableLength: number;
  readonly writableHighWaterMark: number;
  on(event: "drain", listener: () => void): unknown;
  off(event: "drain", listener: () => void): unknown;
}

/**
 * Couples the backlog of a sink to the reading of a source.
 *
 * - Call `written()` after each write. It answers whether the source still flows.
 * - Reading goes on at the sink's "drain" (an empty backlog); giving `flushed` to each write as its callback
 *   lets it go on already at the low mark.
 * - The coupling is the only one that pauses and resumes the source. Disposing it takes its listener off and
 *   leaves a paused source paused: its owner knows whether it is to be read or destroyed.
 */
export class FlowCoupling implements Disposable {
  /** Looks at the backlog again; bound, to be given as a write callback without a closure per write. */
  readonly flushed = (): void => this.#look();
  readonly #source: PausableSource;
  readonly #sink: BackloggedSink;
  readonly #marks: Watermarks;
  #flow: Flow = "flowing";
  #pauses = 0;

  constructor(source: PausableSource, sink: BackloggedSink, marks: Watermarks = DEFAULT_WATERMARKS) {
    const { highWaterBytes, lowWaterBytes } = marks;
    if (!(lowWaterBytes >= 0 && lowWaterBytes < highWaterBytes)) {
      throw new RangeError(`the low mark (${lowWaterBytes}) must be below the high mark (${highWaterBytes})`);
    }
    this.#source = source;
    this.#sink = sink;
    // A sink says "drain" only after its backlog has reached its own mark: below that, a pause could last.
    this.#marks = { highWaterBytes: Math.max(highWaterBytes, sink.writableHighWaterMark), lowWaterBytes };
    sink.on("drain", this.flushed);
  }

  get flow(): Flow {
    return this.#flow;
  }

  /** How often reading was paused. */
  get pauses(): number {
    return this.#pauses;
  }

  /** To be called after each write to the sink. */
  written(): Flow {
    this.#look();
    return this.#flow;
  }

  [Symbol.dispose](): void {
    this.#sink.off("drain", this.flushed);
  }

  #look(): void {
    const before = this.#flow;
    this.#flow = nextFlow(before, this.#sink.writableLength, this.#marks);
    if (this.#flow === before) return;
    if (this.#flow === "paused") {
      this.#pauses++;
      this.#source.pause();
    } else {
      this.#source.resume();
    }
  }
}
