/**
 * HTTP/2 on one connection (RFC 9113): each request is a stream, answers come in any order, at most as many at once as
 * the peer's SETTINGS allow. What the peer says it has not processed (GOAWAY, REFUSED_STREAM; section 8.7) is sent
 * again, here or on the next connection, and is the same request still. Header blocks are encoded once a flood.
 *
 *   seat ─► stream id on the wire ─► seat
 */
import { ERROR, errorName } from "../../../core/framing/http2/codes.ts";
import { FrameSink } from "../../../core/framing/http2/frame-sink.ts";
import type { HeaderBlock } from "../../../core/framing/http2/header-block.ts";
import { CLIENT_LIMITS } from "../../../core/framing/http2/limits.ts";
import { Session } from "../../../core/framing/http2/session.ts";
import {
  BY_US,
  CONNECTION_OVER,
  NOT_PROCESSED,
  type SessionEvents,
} from "../../../core/framing/http2/session-sender.ts";
import { type Conversation, closedBy, failed, type Line, type Telling } from "./conversation.ts";
import { type Failure, FINISHED, type Loss } from "./driver.ts";
import type { Http2Requests } from "./http2-requests.ts";
import { Owed } from "./owed.ts";

/** Before the peer's SETTINGS have come: what they should allow at least (section 6.5.2). */
const FIRST_STREAMS = 100;
/** The budgets against floods are filled again after this time, µs. */
const RENEW_US = 1_000_000;
/** A server that takes none of so many requests has an error to tell. */
const MOST_REFUSED = 1_000;

export class Http2 implements Conversation, SessionEvents {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #requests: Http2Requests;
  readonly #session: Session;
  readonly #owed: Owed;
  /** Octets of as many requests as may be in flight: no more of them ever wait to be read by a peer that reads. */
  readonly #mostQueued: number;
  /** By a stream's number, the seat that it had last there: `#seatOf` looks whether it is still that stream. */
  readonly #seatAt: Uint16Array;
  #inFlight = 0;
  /** Of each seat: its stream, 0 for none; the status that has come, 0 before; the first byte of the answer. */
  readonly #streams: Uint32Array;
  readonly #statuses: Uint16Array;
  readonly #firstByteUs: Float64Array;
  readonly #targets: Uint16Array;
  /** Octets of the body that have left, where a window was too small for all of it. */
  readonly #bodySent = new Map<number, number>();
  /** Streams whose windows were opened by the read at hand. */
  #writable: number[] = [];
  /** Seats whose requests the peer has not taken: they leave as soon as there is room. */
  #waiting: number[] = [];
  #nowUs = 0;
  /** When the first byte of the frame at hand came. */
  #stampUs = 0;
  /** When the first byte came of a frame that is not complete; 0 for none. */
  #partialUs = 0;
  #renewedUs = 0;
  #leaving: Loss | undefined;
  /** Requests not taken since the last answer. */
  #refused = 0;

  constructor(line: Line, tell: Telling, requests: Http2Requests) {
    this.#line = line;
    this.#tell = tell;
    this.#requests = requests;
    this.#session = new Session("client", this, new FrameSink(), CLIENT_LIMITS);
    this.#owed = new Owed(line);
    this.#mostQueued = requests.depth * Math.max(...requests.sizes);
    this.#streams = new Uint32Array(requests.depth);
    this.#seatAt = new Uint16Array(powerOfTwo(4 * requests.depth));
    this.#statuses = new Uint16Array(requests.depth);
    this.#firstByteUs = new Float64Array(requests.depth);
    this.#targets = new Uint16Array(requests.depth);
  }

  /** The preface goes with the first requests: a client need not wait for the server's (section 3.4). */
  begin(): boolean {
    this.#tell.room(this.#line.slot, FIRST_STREAMS);
    return true;
  }

  send(target: number, seat: number): number {
    this.#targets[seat] = target;
    this.#request(seat);
    return this.#requests.sizes[target]!;
  }

  flush(): void {
    const { sink } = this.#session;
    if (sink.pending > 0) this.#line.write(sink.take());
  }

  /**
   * Cancels the stream; the connection serves the others. Where requests that were given up earlier have not even left, the
   * peer does not read any more: the connection has to go, or all to come would pile up.
   */
  abandon(seat: number): boolean {
    if (this.#line.queued > this.#mostQueued) return false;
    const id = this.#streams[seat]!;
    if (id === 0) this.#waiting = this.#waiting.filter((other) => other !== seat);
    else {
      this.#forget(seat, id);
      this.#session.reset(id, ERROR.cancel);
      this.flush();
      if (this.#leaving !== undefined && this.#inFlight === 0) this.#line.over();
    }
    return true;
  }

  read(buffer: Buffer, bytes: number, now: number): Loss | undefined {
    this.#nowUs = now;
    this.#stampUs = this.#partialUs === 0 ? now : this.#partialUs;
    if (now - this.#renewedUs > RENEW_US) {
      this.#renewedUs = now;
      this.#session.renew();
    }
    const wrong = this.#session.receive(buffer, 0, bytes);
    if (this.#line.closed) return undefined;
    this.#partialUs = this.#session.midFrame ? this.#stampUs : 0;
    const { sink } = this.#session;
    if (sink.pending > 0) this.#owed.say(sink.take());
    const unread = this.#owed.flush();
    if (wrong !== null) return failed("protocol", `${wrong.why} (${wrong.section})`);
    if (unread !== undefined) return unread;
    this.#goOn();
    this.#again();
    this.flush();
    return this.#leaving !== undefined && this.#inFlight === 0 ? this.#leaving : undefined;
  }

  /** Those in flight may have been processed, so they fail; those that were not go on with the next connection. */
  ended(now: number): Loss {
    const begun = (seat: number): boolean => this.#statuses[seat] !== 0;
    const loss = closedBy(this.#session.midFrame || this.#taken().some(begun));
    if (this.#leaving?.kind !== "finished") return this.#leaving ?? loss;
    for (const seat of this.#taken()) {
      this.#forget(seat, this.#streams[seat]!);
      this.#tell.failed(this.#line.slot, seat, now, loss.failure);
    }
    return this.#leaving;
  }

  headers(id: number, { status }: HeaderBlock, endStream: boolean): void {
    const seat = this.#seatOf(id);
    if (seat < 0) return;
    this.#statuses[seat] = status;
    if (this.#firstByteUs[seat] === 0) this.#firstByteUs[seat] = this.#stampUs;
    this.#stampUs = this.#nowUs;
    if (endStream) this.#answered(id, seat);
  }

  interim(id: number): void {
    const seat = this.#seatOf(id);
    if (seat >= 0 && this.#firstByteUs[seat] === 0) this.#firstByteUs[seat] = this.#stampUs;
    this.#stampUs = this.#nowUs;
  }

  data(id: number, _buffer: Buffer, _start: number, _end: number, endStream: boolean): void {
    this.#stampUs = this.#nowUs;
    if (endStream) this.trailers(id);
  }

  trailers(id: number): void {
    this.#stampUs = this.#nowUs;
    const seat = this.#seatOf(id);
    if (seat >= 0) this.#answered(id, seat);
  }

  failed(id: number, code: number, why: number): void {
    const seat = this.#seatOf(id);
    // What ends with its connection is told as the connection's end.
    if (seat < 0 || why === CONNECTION_OVER) return;
    this.#forget(seat, id);
    if (why === NOT_PROCESSED && ++this.#refused <= MOST_REFUSED) this.#waiting.push(seat);
    else this.#tell.failed(this.#line.slot, seat, this.#nowUs, streamFailure(code, why));
  }

  writable(id: number): void {
    this.#writable.push(id);
  }

  settings(): void {
    if (this.#leaving === undefined) {
      this.#tell.room(this.#line.slot, this.#session.capacity + this.#session.active);
    }
  }

  goaway(_lastStreamId: number, code: number): void {
    this.#tell.room(this.#line.slot, 0);
    this.#leaving =
      code === ERROR.noError
        ? FINISHED
        : failed("goaway", `the server ended the connection with GOAWAY: ${errorName(code)}`);
  }

  pong(): void {}

  #request(seat: number): void {
    const { blocks, body, noContent } = this.#requests;
    const id = this.#session.request(blocks[this.#targets[seat]!]!, body === undefined, noContent);
    this.#streams[seat] = id;
    if (id === 0) {
      this.#waiting.push(seat);
      return;
    }
    this.#statuses[seat] = 0;
    this.#firstByteUs[seat] = 0;
    this.#seatAt[this.#place(id)] = seat;
    this.#inFlight++;
    if (body !== undefined) this.#body(id, 0);
  }

  #body(id: number, from: number): void {
    const body = this.#requests.body!;
    const sent = this.#session.sendData(id, body, from, body.length, true);
    if (sent < 0 || from + sent === body.length) this.#bodySent.delete(id);
    else this.#bodySent.set(id, from + sent);
  }

  /** Sends more of the bodies whose windows have opened. */
  #goOn(): void {
    if (this.#writable.length === 0) return;
    const ids = this.#writable;
    this.#writable = [];
    for (const id of ids) {
      const from = this.#bodySent.get(id);
      if (from !== undefined) this.#body(id, from);
    }
  }

  /** Sends what the peer had not taken, where there is room now. */
  #again(): void {
    if (this.#waiting.length === 0 || this.#leaving !== undefined) return;
    const now = this.#waiting.splice(0, this.#session.capacity);
    for (const seat of now) this.#request(seat);
  }

  #answered(id: number, seat: number): void {
    this.#refused = 0;
    // An answer before the request was there in full: nobody needs the rest (section 8.1).
    if (this.#bodySent.size > 0 && this.#bodySent.has(id)) this.#session.reset(id, ERROR.noError);
    this.#forget(seat, id);
    this.#tell.answered(this.#line.slot, seat, this.#statuses[seat]!, this.#firstByteUs[seat]!, this.#nowUs);
  }

  /** -1: a stream that nobody waits for. */
  #seatOf(id: number): number {
    const seat = this.#seatAt[this.#place(id)]!;
    return this.#streams[seat] === id ? seat : this.#streams.indexOf(id);
  }

  #place(id: number): number {
    return (id >> 1) & (this.#seatAt.length - 1);
  }

  /** Seats whose streams are open. */
  #taken(): number[] {
    return Array.from(this.#streams.keys()).filter((seat) => this.#streams[seat] !== 0);
  }

  #forget(seat: number, id: number): void {
    this.#inFlight--;
    if (this.#bodySent.size > 0) this.#bodySent.delete(id);
    this.#streams[seat] = 0;
  }
}

function streamFailure(code: number, why: number): Failure {
  return why !== BY_US
    ? { kind: "stream-reset", example: `the server reset the stream: ${errorName(code)}` }
    : {
        kind: "protocol",
        example: `the answer broke the rules of HTTP/2, and its stream was reset: ${errorName(code)}`,
      };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(atLeast));
}
