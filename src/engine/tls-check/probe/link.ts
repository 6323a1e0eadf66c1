/**
 * One connection to the server under test, upgraded already: bytes, TLS records and handshake messages, each
 * way, in the clear.
 *
 * Guarantees: every wait is bounded by the time-out of the plan, and all of them together by a few of it, so that a
 * server cannot hold a probe by a byte now and then; an end that says nothing about TLS (reset,
 * EOF, time-out) is thrown as `LinkLost` and so never taken for an answer; broken TLS is a value.
 */
import { parseAlert } from "../../../core/framing/tls/alerts.ts";
import { HandshakeReader } from "../../../core/framing/tls/handshake.ts";
import { encodeRecord, RECORD, RecordReader } from "../../../core/framing/tls/record.ts";
import type { Connection } from "../../../core/lifecycle/connection.ts";
import { Deadline } from "../../../core/lifecycle/deadline.ts";

/** `busy`: the server said in its protocol's words that it has no room now. */
export type LossKind = "connect" | "reset" | "eof" | "timeout" | "busy";

/** The connection ended, or never came about, without the server saying anything about TLS. */
export class LinkLost extends Error {
  override readonly name = "LinkLost";
  readonly how: LossKind;

  constructor(how: LossKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.how = how;
  }
}

/** The server answered, but what it said decides nothing and may be different next time: tried again. */
export class Unclear extends Error {
  override readonly name = "Unclear";
}

export interface LinkRecord {
  readonly kind: "record";
  readonly type: number;
  readonly version: number;
  readonly payload: Buffer;
}

export interface LinkMessage {
  readonly kind: "message";
  readonly type: number;
  readonly body: Buffer;
  /** Header and body, as the transcript hash takes them. */
  readonly raw: Buffer;
}

export interface LinkAlert {
  readonly kind: "alert";
  readonly level: number;
  readonly description: number;
  readonly name: string;
  /** Not sent: the server says this by closing the connection (`hello.ts`). */
  readonly implied?: true;
}

export interface LinkViolation {
  readonly kind: "violation";
  readonly what: string;
  readonly section: string;
}

/** Told about everything that passes; undefined when nobody traces. */
export type LinkTrace = (direction: "sent" | "received" | "note", what: string, bytes?: Uint8Array) => void;

export interface LinkOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly trace?: LinkTrace | undefined;
  /** Called at the first record that is TLS beyond doubt. */
  readonly onTls?: (() => void) | undefined;
}

/** A dialogue has several answers, each with the time-out of its own; more than so many are none. */
const TIMEOUTS_IN_ALL = 3;

/** What fits no server flight: a guard against one that never ends. */
const MAX_RECEIVED_BYTES = 1024 * 1024;

export class Link {
  /** Of the record layer, when a send names none: 0x0301, as every client writes in its first flight. */
  recordVersion = 0x0301;
  readonly trace: LinkTrace | undefined;
  readonly #connection: Connection;
  readonly #options: LinkOptions;
  readonly #records = new RecordReader();
  readonly #messages = new HandshakeReader();
  #unread: Buffer[] = [];
  #received = 0;
  /** When a dialogue that goes on is no dialogue, on `performance.now()`. */
  readonly #endMs: number;

  constructor(connection: Connection, options: LinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.trace = options.trace;
    this.#endMs = performance.now() + TIMEOUTS_IN_ALL * options.timeoutMs;
  }

  /** Bytes received so far. */
  get bytesReceived(): number {
    return this.#received;
  }

  /** Bytes were read further than they were taken. */
  get hasUnread(): boolean {
    return this.#unread.length > 0;
  }

  /** Hands the bytes to the kernel; a failure shows at the next wait. */
  send(bytes: Uint8Array): void {
    this.#connection.write(bytes, this.#options.signal).catch(() => {
      // The next read fails for the same reason, and says so.
    });
  }

  sendRecord(type: number, payload: Uint8Array, version = this.recordVersion): void {
    this.send(encodeRecord(type, version, payload));
  }

  sendHandshake(message: Uint8Array, recordVersion = this.recordVersion): void {
    this.sendRecord(RECORD.handshake, message, recordVersion);
  }

  sendAlert(level: number, description: number, recordVersion = this.recordVersion): void {
    this.sendRecord(RECORD.alert, Buffer.from([level, description]), recordVersion);
  }

  /** The next bytes as they come. @throws LinkLost */
  async read(timeoutMs = this.#options.timeoutMs): Promise<Buffer> {
    const kept = this.#unread.shift();
    if (kept !== undefined) return kept;
    const leftMs = Math.max(0, this.#endMs - performance.now());
    using deadline = new Deadline({
      timeoutMs: Math.min(timeoutMs, leftMs),
      signal: this.#options.signal,
      timeoutError: () =>
        new LinkLost(
          "timeout",
          leftMs < timeoutMs ? "the answer came too slowly" : `no answer came within ${timeoutMs} ms`,
        ),
    });
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#connection.read(deadline.signal);
    } catch (error) {
      throw lossOf(error, this.#options.signal);
    }
    if (bytes === undefined) {
      throw new LinkLost("eof", this.#received === 0 ? "closed without an answer" : "closed in the middle");
    }
    this.#received += bytes.length;
    if (this.#received > MAX_RECEIVED_BYTES) throw new Unclear("the server's answer does not end");
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Gives back bytes that were read too far; they are read again first. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#unread.unshift(bytes);
  }

  /** @throws LinkLost */
  async nextRecord(timeoutMs?: number): Promise<LinkRecord | LinkViolation> {
    for (;;) {
      const event = this.#records.next();
      if (event.kind === "record") {
        this.#options.onTls?.();
        return event;
      }
      if (event.kind === "violation") return event;
      this.#records.feed(await this.read(timeoutMs));
    }
  }

  /**
   * The next handshake message, put together from as many records as it takes, or the alert that came
   * instead. A record of another type (change_cipher_spec, application_data) is handed on as it is.
   * @throws LinkLost
   */
  async nextHandshake(timeoutMs?: number): Promise<LinkMessage | LinkAlert | LinkRecord | LinkViolation> {
    for (;;) {
      const event = this.#messages.next();
      if (event.kind !== "need-more") return event;
      const record = await this.nextRecord(timeoutMs);
      if (record.kind === "violation") return record;
      if (record.type === RECORD.handshake) this.#messages.feed(record.payload);
      else if (record.type !== RECORD.alert) return record;
      else {
        const alert = parseAlert(record.payload);
        if (alert.kind === "alert") {
          this.trace?.("received", `alert ${alert.name} (${alert.description})`, record.payload);
        }
        return alert;
      }
    }
  }
}

/** What ended a read, as a loss; an abort of the whole scan passes through. */
function lossOf(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof LinkLost || signal.aborted) return error;
  return new LinkLost("reset", "the server reset the connection", error);
}
