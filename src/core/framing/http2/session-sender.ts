/**
 * The sending half of a session, and its state: what an owner may call, and what its calls put into the sink.
 * `session.ts` adds the receiving half and is what owners make.
 */
import type { Buffer } from "node:buffer";
import { BlockReader } from "./block-reader.ts";
import * as codes from "./codes.ts";
import { ERROR, FLAG, FRAME, SETTING } from "./codes.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import type { FrameSink } from "./frame-sink.ts";
import type { HeaderBlock } from "./header-block.ts";
import type { SessionLimits } from "./limits.ts";
import {
  CLOSED,
  HALF_REMOTE,
  moveStream,
  OPEN,
  type Stream,
  type StreamEvent,
  StreamTable,
} from "./streams.ts";

/** Why a stream failed. NOT_PROCESSED may be sent again (GOAWAY below it, REFUSED_STREAM; section 8.7). */
export const BY_PEER = 0;
export const BY_US = 1;
export const NOT_PROCESSED = 2;
export const CONNECTION_OVER = 3;

/** Ids are the stream's number on the wire; the client's are 1, 3, 5, ... in the order of its requests. */
export interface SessionEvents {
  /** A request (server) or the final response (client). */
  headers(streamId: number, block: HeaderBlock, endStream: boolean): void;
  /** A 1xx response. */
  interim(streamId: number, block: HeaderBlock): void;
  /** Valid until it returns. Empty only with `endStream`. */
  data(streamId: number, buffer: Buffer, start: number, end: number, endStream: boolean): void;
  /** Ends the peer's side. */
  trailers(streamId: number, block: HeaderBlock): void;
  /** The stream is over, not well. Not called for resets that the owner asked for. */
  failed(streamId: number, code: number, why: number): void;
  /** `sendData` had stopped at a window, which has opened. */
  writable(streamId: number): void;
  /** The peer's SETTINGS are in force; `capacity` may have changed. */
  settings(): void;
  goaway(lastStreamId: number, code: number): void;
  pong(): void;
}

export abstract class SessionSender {
  readonly sink: FrameSink;
  protected readonly _events: SessionEvents;
  protected readonly _limits: SessionLimits;
  protected readonly _isClient: boolean;
  protected readonly _frames: FrameDecoder;
  protected readonly _blocks: BlockReader;
  protected readonly _streams = new StreamTable();
  /** Octets of the client's preface that the server has still to see. */
  protected _prefaceLeft: number;
  protected _settingsRead = false;
  protected _closed = false;
  protected _peerLeaving = false;
  protected _leaving = false;
  protected _nextId = 1;
  protected _lastPeerId = 0;
  protected _peerMaxStreams = Number.POSITIVE_INFINITY;
  protected _peerMaxFrame = codes.DEFAULT_MAX_FRAME;
  protected _peerInitialWindow = codes.DEFAULT_WINDOW;
  protected _sendWindow = codes.DEFAULT_WINDOW;
  protected _receiveWindow: number;
  protected _owedWindow = 0;
  /** Stream whose block is not at its END_HEADERS yet; 0 is none. */
  protected _blockStream = 0;
  protected _blockEndsStream = false;
  protected _idleFramesLeft: number;
  protected _resetsLeft: number;
  protected _stalled = 0;

  constructor(role: "client" | "server", events: SessionEvents, sink: FrameSink, limits: SessionLimits) {
    this.sink = sink;
    this._events = events;
    this._limits = limits;
    this._isClient = role === "client";
    this._frames = new FrameDecoder(limits.maxFrameBytes);
    this._blocks = new BlockReader(limits);
    this._prefaceLeft = this._isClient ? 0 : codes.PREFACE.length;
    this._receiveWindow = Math.max(codes.DEFAULT_WINDOW, limits.connectionWindow);
    this._idleFramesLeft = limits.maxIdleFrames;
    this._resetsLeft = limits.maxResets;
    if (this._isClient) sink.bytes(codes.PREFACE);
    const ours = [SETTING.headerTableSize, limits.headerTableBytes];
    if (this._isClient) ours.push(SETTING.enablePush, 0);
    else ours.push(SETTING.maxConcurrentStreams, limits.maxStreams);
    ours.push(SETTING.initialWindowSize, limits.streamWindow, SETTING.maxFrameSize, limits.maxFrameBytes);
    sink.settings([...ours, SETTING.maxHeaderListSize, limits.maxListBytes]);
    const raise = this._receiveWindow - codes.DEFAULT_WINDOW;
    if (raise > 0) sink.numbers(FRAME.windowUpdate, 0, raise);
  }

  get closed(): boolean {
    return this._closed;
  }

  /** `shutdown` was called: no more streams of the peer are taken. */
  get leaving(): boolean {
    return this._leaving;
  }

  /** Streams in flight. */
  get active(): number {
    return this._streams.count;
  }

  /** Streams that wait for the peer to open a window: a peer that never does is seen here. */
  get stalled(): number {
    return this._stalled;
  }

  /** A frame of the peer has begun that is not complete. */
  get midFrame(): boolean {
    return this._frames.midFrame;
  }

  /**
   * What has begun to come and is not complete: 0 for nothing, or for content, else a number that stays the same for as
   * long as it is the same frame or header block. Who sends a head and never its end is seen here.
   */
  get partialHead(): number {
    if (this._blockStream !== 0) return -this._blockStream;
    if (!this._frames.midFrame || this._frames.heldType === FRAME.data) return 0;
    return this._frames.framesRead + 1;
  }

  get bytesCopied(): number {
    return this._frames.bytesCopied;
  }

  /** Blocks that were equal to the last one and not decoded. */
  get blocksRecognised(): number {
    return this._blocks.recognised;
  }

  /** Requests that may be sent now: bounded by the peer's MAX_CONCURRENT_STREAMS, 0 once either side is leaving. */
  get capacity(): number {
    if (!this._isClient || this._closed || this._peerLeaving || this._leaving) return 0;
    if (this._nextId > codes.MAX_WINDOW) return 0;
    return Math.max(0, this._peerMaxStreams - this._streams.count);
  }

  /**
   * Client: opens a stream. @param block encoded once by `encodeHeaderBlock`
   * @param noContent the response has none whatever its content-length says (HEAD)
   * @returns the stream's id; 0 when `capacity` is 0
   */
  request(block: Buffer, endStream: boolean, noContent = false): number {
    if (this.capacity === 0) return 0;
    const id = this._nextId;
    this._nextId += 2;
    const stream = this._streams.open(id, this._peerInitialWindow, this._limits.streamWindow);
    stream.noContent = noContent;
    stream.headSent = true;
    this._writeBlock(stream, block, endStream);
    return id;
  }

  /** Server: a response head, interim ones included. False when the stream is no longer there. */
  respond(streamId: number, block: Buffer, endStream: boolean): boolean {
    const stream = this._sendable(streamId);
    if (stream === null) return false;
    stream.headSent = true;
    this._writeBlock(stream, block, endStream);
    return true;
  }

  sendTrailers(streamId: number, block: Buffer): boolean {
    return this.respond(streamId, block, true);
  }

  /**
   * Sends as much as the windows allow, copied into the sink. @returns octets taken, END_STREAM included when all
   * were; fewer: the rest is the owner's, after `writable`. -1: the stream is no longer there.
   */
  sendData(streamId: number, buffer: Buffer, start: number, end: number, endStream: boolean): number {
    const stream = this._sendable(streamId);
    if (stream === null) return -1;
    const allowed = Math.max(0, Math.min(end - start, stream.sendWindow, this._sendWindow));
    let at = start;
    const stop = start + allowed;
    const all = stop === end;
    do {
      const next = Math.min(stop, at + this._peerMaxFrame);
      const last = all && endStream && next === end;
      if (next > at || last)
        this.sink.frame(FRAME.data, last ? FLAG.endStream : 0, streamId, buffer, at, next);
      // A peer that opens its window by drops earns nothing for them.
      if (next - at >= 512) this._useful();
      at = next;
    } while (at < stop);
    stream.sendWindow -= allowed;
    this._sendWindow -= allowed;
    if (!all) this._block(stream, true);
    else if (endStream) this._ended(stream, "sentEnd");
    return allowed;
  }

  /** With `manualFlow`: the owner is done with so many octets of content. */
  consume(streamId: number, bytes: number): void {
    this._giveBack(bytes);
    const stream = this._streams.find(streamId);
    if (stream !== null) this._giveBackStream(stream, bytes);
  }

  reset(streamId: number, code: number): void {
    const stream = this._streams.find(streamId);
    if (stream !== null && !this._closed) this._abandon(stream, code);
  }

  /** @param opaque 8 octets; `pong` tells of the answer */
  ping(opaque: Buffer): void {
    if (!this._closed) this.sink.frame(FRAME.ping, 0, 0, opaque, 0, 8);
  }

  /**
   * Says that GOAWAY will come and takes requests still (section 6.8), so that those which are under way on the network
   * are served; `shutdown` follows.
   */
  announceShutdown(): void {
    if (this._closed || this._leaving) return;
    this.sink.numbers(FRAME.goaway, 0, codes.MAX_WINDOW, ERROR.noError);
  }

  /** Says GOAWAY and lets what is in flight finish; later streams of the peer are ignored (section 6.8). */
  shutdown(): void {
    if (this._closed || this._leaving) return;
    this._leaving = true;
    this.sink.numbers(FRAME.goaway, 0, this._lastPeerId, ERROR.noError);
  }

  /** Says GOAWAY and ends everything; each stream in flight is told as failed. */
  close(code: number): void {
    if (this._closed) return;
    this.sink.numbers(FRAME.goaway, 0, this._lastPeerId, code);
    this.ended();
  }

  /** The bytes have ended (EOF, reset): each stream in flight is told as failed. */
  ended(): void {
    if (this._closed) return;
    this._closed = true;
    for (const stream of this._streams.all()) this._fail(stream, ERROR.noError, CONNECTION_OVER);
  }

  /** Fills the budgets against floods; for owners that know time. */
  renew(): void {
    this._idleFramesLeft = this._limits.maxIdleFrames;
    this._resetsLeft = this._limits.maxResets;
  }

  protected _sendable(streamId: number): Stream | null {
    const stream = this._closed ? null : this._streams.find(streamId);
    return stream !== null && (stream.state === OPEN || stream.state === HALF_REMOTE) ? stream : null;
  }

  protected _writeBlock(stream: Stream, block: Buffer, endStream: boolean): void {
    const end = endStream ? FLAG.endStream : 0;
    let at = Math.min(block.length, this._peerMaxFrame);
    const whole = at === block.length ? FLAG.endHeaders : 0;
    this.sink.frame(FRAME.headers, end | whole, stream.id, block, 0, at);
    while (at < block.length) {
      const next = Math.min(block.length, at + this._peerMaxFrame);
      const flags = next === block.length ? FLAG.endHeaders : 0;
      this.sink.frame(FRAME.continuation, flags, stream.id, block, at, next);
      at = next;
    }
    this._useful();
    if (endStream) this._ended(stream, "sentEnd");
  }

  /** Work was done: what carries nothing is forgiven. */
  protected _useful(): void {
    this._idleFramesLeft = Math.min(this._limits.maxIdleFrames, this._idleFramesLeft + 2);
  }

  protected _ended(stream: Stream, event: StreamEvent): void {
    stream.state = moveStream(stream.state, event);
    if (stream.state !== CLOSED) return;
    if (this._resetsLeft < this._limits.maxResets) this._resetsLeft++;
    this._drop(stream);
  }

  /** Tells the peer that a stream is over; its late frames are then ignored. */
  protected _abandon(stream: Stream, code: number): void {
    this.sink.numbers(FRAME.rstStream, stream.id, code);
    this._streams.rememberReset(stream.id);
    stream.state = moveStream(stream.state, "reset");
    this._drop(stream);
  }

  protected _fail(stream: Stream, code: number, why: number): void {
    const id = stream.id;
    stream.state = moveStream(stream.state, "reset");
    this._drop(stream);
    this._events.failed(id, code, why);
  }

  protected _drop(stream: Stream): void {
    this._block(stream, false);
    this._streams.drop(stream);
  }

  protected _block(stream: Stream, blocked: boolean): void {
    if (stream.blocked !== blocked) this._stalled += blocked ? 1 : -1;
    stream.blocked = blocked;
  }

  /** Windows are given back when half of them is owed, in one frame. */
  protected _giveBack(bytes: number): void {
    this._owedWindow += bytes;
    if (this._closed || this._owedWindow * 2 < this._limits.connectionWindow) return;
    this.sink.numbers(FRAME.windowUpdate, 0, this._owedWindow);
    this._receiveWindow += this._owedWindow;
    this._owedWindow = 0;
  }

  protected _giveBackStream(stream: Stream, bytes: number): void {
    stream.owedWindow += bytes;
    if (stream.state === HALF_REMOTE || stream.owedWindow * 2 < this._limits.streamWindow) return;
    this.sink.numbers(FRAME.windowUpdate, stream.id, stream.owedWindow);
    stream.receiveWindow += stream.owedWindow;
    stream.owedWindow = 0;
  }
}
