/**
 * One HTTP/2 connection (RFC 9113), client or server, without sockets and time. The owner feeds `receive`, hears by
 * `SessionEvents` (numbers, views, shared HeaderBlocks; nothing is made per frame or stream), and writes what
 * `sink.take()` gives, once a turn. A violation is returned, its GOAWAY is in the sink, and the session is over.
 * Client: `request`, server: `respond`; both: `sendData`, `sendTrailers`, `reset`, `ping`, `shutdown`, `close`.
 */
import type { Buffer } from "node:buffer";
import { ERROR, FLAG, FRAME, type Http2Violation, MAX_WINDOW, PREFACE, SETTING, violation } from "./codes.ts";
import { NEED_MORE, TOO_LONG } from "./frame-decoder.ts";
import type { BlockRole } from "./header-block.ts";
import { BY_PEER, BY_US, NOT_PROCESSED, SessionSender } from "./session-sender.ts";
import { HALF_REMOTE, type Stream } from "./streams.ts";

type Outcome = Http2Violation | null;

export class Session extends SessionSender {
  /** Takes what came; null, or why the connection is over. Bytes after the end are ignored. */
  receive(buffer: Buffer, start: number, end: number): Outcome {
    if (this._closed) return null;
    let at = start;
    for (; this._prefaceLeft > 0 && at < end; at++, this._prefaceLeft--) {
      if (buffer[at] !== PREFACE.charCodeAt(PREFACE.length - this._prefaceLeft)) {
        return this.#over(violation(ERROR.protocol, "3.4", "no HTTP/2 preface"));
      }
    }
    this._frames.feed(buffer, at, end);
    while (!this._closed) {
      const read = this._frames.next();
      if (read === NEED_MORE) break;
      const wrong =
        read === TOO_LONG
          ? violation(ERROR.frameSize, "4.2", "a frame above SETTINGS_MAX_FRAME_SIZE")
          : this.#frame();
      if (wrong !== null) return this.#over(wrong);
    }
    return null;
  }

  #over(wrong: Http2Violation): Http2Violation {
    this.close(wrong.code);
    return wrong;
  }

  #frame(): Outcome {
    const { type, flags, streamId } = this._frames;
    if (this._blockStream !== 0 && (type !== FRAME.continuation || streamId !== this._blockStream)) {
      return violation(ERROR.protocol, "6.10", "another frame inside a header block");
    }
    if (!this._settingsRead && (type !== FRAME.settings || (flags & FLAG.ack) !== 0)) {
      return violation(ERROR.protocol, "3.4", "the first frame is not SETTINGS");
    }
    switch (type) {
      case FRAME.data:
        return this.#data(flags, streamId);
      case FRAME.headers:
        return this.#headers(flags, streamId);
      case FRAME.continuation:
        return this.#continuation(flags);
      case FRAME.pushPromise:
        return violation(ERROR.protocol, "8.4", "PUSH_PROMISE, which nobody allowed");
    }
    if (--this._idleFramesLeft < 0) return flood("frames that carry nothing");
    switch (type) {
      case FRAME.priority:
        return this.#priority(streamId);
      case FRAME.rstStream:
        return this.#rstStream(streamId);
      case FRAME.settings:
        return this.#settings(flags, streamId);
      case FRAME.ping:
        return this.#ping(flags, streamId);
      case FRAME.goaway:
        return this.#goaway(streamId);
      case FRAME.windowUpdate:
        return this.#windowUpdate(streamId);
      default:
        return null; // Unknown types are ignored (section 5.5).
    }
  }

  #data(flags: number, id: number): Outcome {
    const frames = this._frames;
    if (id === 0) return violation(ERROR.protocol, "6.1", "DATA on stream 0");
    const length = frames.end - frames.start;
    const padded = (flags & FLAG.padded) !== 0;
    if (padded && length === 0) return violation(ERROR.frameSize, "4.2", "padded DATA without a pad length");
    if (padded && frames.buffer[frames.start]! >= length) {
      return violation(ERROR.protocol, "6.1", "padding longer than the frame");
    }
    const start = padded ? frames.start + 1 : frames.start;
    const end = padded ? frames.end - frames.buffer[frames.start]! : frames.end;
    const endStream = (flags & FLAG.endStream) !== 0;
    if (length > this._receiveWindow) return violation(ERROR.flowControl, "6.9.1", "DATA above the window");
    this._receiveWindow -= length;
    if (start !== end) this._useful();
    else if (!endStream && --this._idleFramesLeft < 0) return flood("empty DATA");
    const stream = this._streams.find(id);
    if (stream === null) {
      this._giveBack(length);
      return this.#late(id);
    }
    const delivered = this._limits.manualFlow ? length - (end - start) : length;
    this._giveBack(delivered);
    if (stream.state === HALF_REMOTE) return this.#streamError(stream, ERROR.streamClosed);
    if (length > stream.receiveWindow) return this.#streamError(stream, ERROR.flowControl);
    stream.receiveWindow -= length;
    stream.receivedBytes += end - start;
    const expected = stream.expectedBytes;
    const wrong =
      expected >= 0 && (stream.receivedBytes > expected || (endStream && stream.receivedBytes < expected));
    if (!stream.headRead || wrong) return this.#streamError(stream, ERROR.protocol);
    if (!endStream && delivered > 0) this._giveBackStream(stream, delivered);
    if (endStream) this._ended(stream, "receivedEnd");
    if (start !== end || endStream) this._events.data(id, frames.buffer, start, end, endStream);
    return null;
  }

  #headers(flags: number, id: number): Outcome {
    const frames = this._frames;
    if (id === 0) return violation(ERROR.protocol, "6.2", "HEADERS on stream 0");
    const padded = (flags & FLAG.padded) !== 0;
    const start = frames.start + (padded ? 1 : 0) + ((flags & FLAG.priority) !== 0 ? 5 : 0);
    // Too short for what its flags promise is a wrong size (4.2); padding that overlaps the block is a wrong value.
    if (start > frames.end) return violation(ERROR.frameSize, "4.2", "HEADERS too short for its flags");
    const end = padded ? frames.end - frames.buffer[frames.start]! : frames.end;
    if (start > end) return violation(ERROR.protocol, "6.2", "padding longer than the frame");
    this._blockEndsStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) return this.#block(id, frames.buffer, start, end);
    this._blockStream = id;
    return this._blocks.gather(frames.buffer, start, end) ? null : flood("a header block without end");
  }

  #continuation(flags: number): Outcome {
    const { buffer, start, end } = this._frames;
    const id = this._blockStream;
    if (id === 0) return violation(ERROR.protocol, "6.10", "CONTINUATION without HEADERS");
    if (!this._blocks.gather(buffer, start, end)) return flood("a header block without end");
    if ((flags & FLAG.endHeaders) === 0) return null;
    this._blockStream = 0;
    return this.#block(id, null, 0, 0);
  }

  /** A whole block; `buffer` is null when it was gathered. It is decoded whatever becomes of its stream (4.3). */
  #block(id: number, buffer: Buffer | null, start: number, end: number): Outcome {
    let stream = this._streams.find(id);
    const opens = stream === null && !this._isClient && id % 2 === 1 && id > this._lastPeerId;
    if (stream === null && !opens) {
      const wrong = this.#late(id);
      if (wrong !== null) return wrong;
    }
    const trailers = stream?.headRead === true;
    const role: BlockRole = trailers ? "trailers" : this._isClient ? "response" : "request";
    const block =
      buffer === null ? this._blocks.readGathered(role) : this._blocks.read(buffer, start, end, role);
    if ("kind" in block) return block;
    const endStream = this._blockEndsStream;
    if (opens) {
      if (this._leaving) return null;
      this._lastPeerId = id;
      stream = this._streams.open(id, this._peerInitialWindow, this._limits.streamWindow);
      if (this._streams.count > this._limits.maxStreams)
        return this.#streamError(stream, ERROR.refusedStream, false);
    }
    if (stream === null) return null;
    if (stream.state === HALF_REMOTE) return this.#streamError(stream, ERROR.streamClosed);
    this._useful();
    const heard = !opens;
    if (block.malformed !== "") return this.#streamError(stream, ERROR.protocol, heard);
    if (trailers) {
      const short = stream.expectedBytes >= 0 && stream.receivedBytes !== stream.expectedBytes;
      if (!endStream || short) return this.#streamError(stream, ERROR.protocol);
      this._ended(stream, "receivedEnd");
      this._events.trailers(id, block);
      return null;
    }
    if (this._isClient && block.status < 200) {
      if (endStream || block.status === 101) return this.#streamError(stream, ERROR.protocol);
      // Interim heads without end carry nothing either.
      if (--this._idleFramesLeft < 2) return flood("interim responses");
      this._idleFramesLeft -= 2;
      this._events.interim(id, block);
      return null;
    }
    stream.headRead = true;
    const empty = stream.noContent || block.status === 204 || block.status === 304;
    stream.expectedBytes = empty ? 0 : block.contentLength;
    if (endStream && stream.expectedBytes > 0) return this.#streamError(stream, ERROR.protocol, heard);
    if (endStream) this._ended(stream, "receivedEnd");
    this._events.headers(id, block, endStream);
    return null;
  }

  /** HEADERS or DATA for a stream that is not there (section 5.1). */
  #late(id: number): Outcome {
    if (this._streams.wasReset(id)) return null;
    if (this.#isIdle(id)) return violation(ERROR.protocol, "5.1.1", "a stream that nobody opened");
    if (this._leaving && id > this._lastPeerId) return null;
    return violation(ERROR.streamClosed, "5.1", "a frame on a closed stream");
  }

  #isIdle(id: number): boolean {
    if (this._isClient) return id % 2 === 0 || id >= this._nextId;
    return id % 2 === 0 || (id > this._lastPeerId && !this._leaving);
  }

  /** @param heard whether the owner knows of the stream */
  #streamError(stream: Stream, code: number, heard = true): Outcome {
    const { id } = stream;
    this._abandon(stream, code);
    if (heard) this._events.failed(id, code, BY_US);
    return --this._resetsLeft < 0 ? flood("streams that end by a reset") : null;
  }

  #priority(id: number): Outcome {
    if (id === 0) return violation(ERROR.protocol, "6.3", "PRIORITY on stream 0");
    if (this.#length() === 5) return null;
    const stream = this._streams.find(id);
    if (stream !== null) return this.#streamError(stream, ERROR.frameSize);
    return violation(ERROR.frameSize, "6.3", "PRIORITY that is not of 5 octets");
  }

  #rstStream(id: number): Outcome {
    if (id === 0) return violation(ERROR.protocol, "6.4", "RST_STREAM on stream 0");
    if (this.#length() !== 4) return violation(ERROR.frameSize, "6.4", "RST_STREAM that is not of 4 octets");
    if (this.#isIdle(id)) return violation(ERROR.protocol, "6.4", "RST_STREAM on an idle stream");
    const stream = this._streams.find(id);
    if (stream === null) return null;
    const code = this.#number(0);
    this._fail(stream, code, code === ERROR.refusedStream ? NOT_PROCESSED : BY_PEER);
    // A server that resets hurts only itself; a client that does makes work for nothing.
    return !this._isClient && --this._resetsLeft < 0 ? flood("streams reset by the client") : null;
  }

  #settings(flags: number, id: number): Outcome {
    if (id !== 0) return violation(ERROR.protocol, "6.5", "SETTINGS on a stream");
    const length = this.#length();
    if ((flags & FLAG.ack) !== 0) {
      return length === 0 ? null : violation(ERROR.frameSize, "6.5", "an acknowledgement with a payload");
    }
    if (length % 6 !== 0) return violation(ERROR.frameSize, "6.5", "SETTINGS that are not of 6 octets each");
    const { buffer, start } = this._frames;
    const before = this._peerInitialWindow;
    let widest = before;
    for (let at = 0; at < length; at += 6) {
      const wrong = this.#setting(buffer.readUInt16BE(start + at), this.#number(at + 2));
      if (wrong !== null) return wrong;
      widest = Math.max(widest, this._peerInitialWindow);
    }
    if (!this.#moveWindows(before, widest))
      return violation(ERROR.flowControl, "6.9.2", "a window too large");
    this._settingsRead = true;
    this.sink.settings([], FLAG.ack);
    this._events.settings();
    this.#tellWritable();
    return null;
  }

  #setting(name: number, value: number): Outcome {
    switch (name) {
      case SETTING.enablePush:
        return value === 0 || (value === 1 && !this._isClient)
          ? null
          : violation(ERROR.protocol, "6.5.2", "ENABLE_PUSH that may not be");
      case SETTING.maxConcurrentStreams:
        this._peerMaxStreams = value;
        return null;
      case SETTING.maxFrameSize:
        if (value < 16_384 || value > 16_777_215) {
          return violation(ERROR.protocol, "6.5.2", "MAX_FRAME_SIZE out of its range");
        }
        this._peerMaxFrame = value;
        return null;
      case SETTING.initialWindowSize:
        if (value > MAX_WINDOW) return violation(ERROR.flowControl, "6.5.2", "INITIAL_WINDOW_SIZE too large");
        this._peerInitialWindow = value;
        return null;
      default:
        return null;
    }
  }

  /**
   * The windows of open streams follow the initial one (section 6.9.2): once a frame, as one frame may set it thousands of
   * times. False when the widest that it was set to is too wide for one of them.
   */
  #moveWindows(before: number, widest: number): boolean {
    const change = this._peerInitialWindow - before;
    if (change === 0 && widest === before) return true;
    for (const stream of this._streams.all()) {
      if (stream.sendWindow + widest - before > MAX_WINDOW) return false;
      stream.sendWindow += change;
    }
    return true;
  }

  #ping(flags: number, id: number): Outcome {
    if (id !== 0) return violation(ERROR.protocol, "6.7", "PING on a stream");
    if (this.#length() !== 8) return violation(ERROR.frameSize, "6.7", "PING that is not of 8 octets");
    if ((flags & FLAG.ack) !== 0) this._events.pong();
    else this.sink.frame(FRAME.ping, FLAG.ack, 0, this._frames.buffer, this._frames.start, this._frames.end);
    return null;
  }

  #goaway(id: number): Outcome {
    if (id !== 0) return violation(ERROR.protocol, "6.8", "GOAWAY on a stream");
    if (this.#length() < 8) return violation(ERROR.frameSize, "6.8", "GOAWAY of less than 8 octets");
    const last = this.#number(0) & MAX_WINDOW;
    const code = this.#number(4);
    this._peerLeaving = true;
    this._events.goaway(last, code);
    for (const stream of this._isClient ? this._streams.all() : []) {
      if (stream.id > last) this._fail(stream, code, NOT_PROCESSED);
    }
    return null;
  }

  #windowUpdate(id: number): Outcome {
    if (this.#length() !== 4)
      return violation(ERROR.frameSize, "6.9", "WINDOW_UPDATE that is not of 4 octets");
    const increment = this.#number(0) & MAX_WINDOW;
    if (id === 0) {
      if (increment === 0) return violation(ERROR.protocol, "6.9", "WINDOW_UPDATE of nothing");
      this._sendWindow += increment;
      if (this._sendWindow > MAX_WINDOW) return violation(ERROR.flowControl, "6.9.1", "a window too large");
      this.#tellWritable();
      return null;
    }
    if (this.#isIdle(id)) return violation(ERROR.protocol, "5.1", "WINDOW_UPDATE on an idle stream");
    const stream = this._streams.find(id);
    if (stream === null) return null;
    if (increment === 0) return this.#streamError(stream, ERROR.protocol);
    stream.sendWindow += increment;
    if (stream.sendWindow > MAX_WINDOW) return this.#streamError(stream, ERROR.flowControl);
    this.#tell(stream);
    return null;
  }

  #tellWritable(): void {
    if (this._stalled === 0) return;
    for (const stream of this._streams.all()) this.#tell(stream);
  }

  #tell(stream: Stream): void {
    if (!stream.blocked || stream.sendWindow <= 0 || this._sendWindow <= 0) return;
    this._block(stream, false);
    this._events.writable(stream.id);
  }

  #length(): number {
    return this._frames.end - this._frames.start;
  }

  #number(offset: number): number {
    return this._frames.buffer.readUInt32BE(this._frames.start + offset);
  }
}

function flood(what: string): Http2Violation {
  return violation(ERROR.enhanceYourCalm, "10.5", `too much: ${what}`);
}
