/**
 * Streams of one session: their states (RFC 9113 section 5.1, without the reserved ones, since nobody pushes here)
 * moved by one function, and a table that reuses its objects.
 *
 *   IDLE --opened--> OPEN --sentEnd--> HALF_LOCAL --receivedEnd--> CLOSED
 *                      \--receivedEnd--> HALF_REMOTE --sentEnd--> CLOSED      reset: any --> CLOSED
 */

export const IDLE = 0;
export const OPEN = 1;
/** We have ended our side. */
export const HALF_LOCAL = 2;
/** The peer has ended its side. */
export const HALF_REMOTE = 3;
export const CLOSED = 4;
export type StreamState = typeof IDLE | typeof OPEN | typeof HALF_LOCAL | typeof HALF_REMOTE | typeof CLOSED;
export type StreamEvent = "opened" | "sentEnd" | "receivedEnd" | "reset";

export function moveStream(state: StreamState, event: StreamEvent): StreamState {
  switch (event) {
    case "opened":
      return state === IDLE ? OPEN : state;
    case "sentEnd":
      return state === OPEN ? HALF_LOCAL : state === HALF_REMOTE ? CLOSED : state;
    case "receivedEnd":
      return state === OPEN ? HALF_REMOTE : state === HALF_LOCAL ? CLOSED : state;
    case "reset":
      return CLOSED;
  }
}

export class Stream {
  id = 0;
  state: StreamState = IDLE;
  /** Octets that we may send, and that the peer may send. */
  sendWindow = 0;
  receiveWindow = 0;
  /** Received and consumed, not yet given back by WINDOW_UPDATE. */
  owedWindow = 0;
  /** By content-length; -1 when not announced or when the message has no content by its kind. */
  expectedBytes = -1;
  receivedBytes = 0;
  /** A final head was received. */
  headRead = false;
  /** A final head, or a request, was sent. */
  headSent = false;
  noContent = false;
  /** Sending stopped at a window; `writable` is due. */
  blocked = false;
}

/** Ids of streams that we have reset, whose late frames are no fault of the peer (section 5.1). */
const REMEMBERED_RESETS = 256;
const SPARE_STREAMS = 1024;
/** Places by a stream's number, a power of two: streams in flight are neighbours, so two rarely want the same one. */
const PLACES = 256;

export class StreamTable {
  readonly #places: (Stream | null)[] = new Array<Stream | null>(PLACES).fill(null);
  /** Those that found their place taken. A map alone would be rebuilt all the time, as ids never come again. */
  readonly #others = new Map<number, Stream>();
  readonly #spare: Stream[] = [];
  readonly #resets = new Uint32Array(REMEMBERED_RESETS);
  #nextReset = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  find(id: number): Stream | null {
    const stream = this.#places[placeOf(id)]!;
    if (stream !== null && stream.id === id) return stream;
    return this.#others.size === 0 ? null : (this.#others.get(id) ?? null);
  }

  open(id: number, sendWindow: number, receiveWindow: number): Stream {
    const stream = this.#spare.pop() ?? new Stream();
    stream.id = id;
    stream.state = moveStream(IDLE, "opened");
    stream.sendWindow = sendWindow;
    stream.receiveWindow = receiveWindow;
    stream.owedWindow = 0;
    stream.expectedBytes = -1;
    stream.receivedBytes = 0;
    stream.headRead = false;
    stream.headSent = false;
    stream.noContent = false;
    stream.blocked = false;
    this.#count++;
    const place = placeOf(id);
    if (this.#places[place] === null) this.#places[place] = stream;
    else this.#others.set(id, stream);
    return stream;
  }

  /** The stream's object is given to another stream later on. */
  drop(stream: Stream): void {
    this.#count--;
    const place = placeOf(stream.id);
    if (this.#places[place] === stream) this.#places[place] = null;
    else this.#others.delete(stream.id);
    stream.id = 0;
    if (this.#spare.length < SPARE_STREAMS) this.#spare.push(stream);
  }

  rememberReset(id: number): void {
    this.#resets[this.#nextReset++ % REMEMBERED_RESETS] = id;
  }

  wasReset(id: number): boolean {
    return this.#resets.includes(id);
  }

  /** A copy: handlers may open and drop while it is walked. */
  all(): Stream[] {
    const placed = this.#places.filter((stream) => stream !== null);
    return [...placed, ...this.#others.values()].sort((a, b) => a.id - b.id);
  }
}

function placeOf(id: number): number {
  return (id >> 1) & (PLACES - 1);
}
