/**
 * A socket with an owner.
 *
 *     await using connection = await Connection.open({ host, port }, { signal });
 *     await connection.write(request);
 *     for await (const bytes of connection) …
 *
 * Guarantees: leaving the scope, by return, throw or abort, closes the descriptor and takes away every
 * listener and timer. Reading is pulled: what nobody takes stays in the kernel, beyond one bounded buffer.
 * `write` resolves when there is room for more. The states are those of `connection-state.ts`; `closed`
 * resolves with the last one and never rejects. This is the comfortable way; hot paths use raw sockets.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { NetkitError, systemCodeOf, wrapSystemError } from "../errors.ts";
import { isTlsError, translateTlsError } from "../tls/errors.ts";
import {
  type ClosedState,
  type CloseReason,
  type ConnectionEvent,
  type ConnectionState,
  next,
} from "./connection-state.ts";
import { Deadline } from "./deadline.ts";
import { dial } from "./dial.ts";
import type { DialOptions, DialReport } from "./dial-types.ts";

export interface ConnectionOptions {
  /** Aborts the connection, whatever it is doing. */
  readonly signal?: AbortSignal | undefined;
  /** Closes it (reason "timeout") after this long without a byte in or out. Default: never. */
  readonly idleTimeoutMs?: number | undefined;
  /** How long what was written may take to leave when the owner goes. Default 1,000. */
  readonly lingerMs?: number | undefined;
  /** Bytes kept for a reader that does not come, before reading from the socket stops. Default 64 KiB. */
  readonly highWaterBytes?: number | undefined;
}

const LINGER_MS = 1000;
const HIGH_WATER_BYTES = 64 * 1024;

type Listener = readonly [event: string, listener: (...values: never[]) => void];

export class Connection implements AsyncDisposable, AsyncIterable<Uint8Array> {
  /** The peer, as messages name it. */
  readonly subject: string;
  /** How it was dialled; undefined until it is open, and for accepted sockets. */
  report: DialReport | undefined;
  /** Resolves with the last state, whoever ended it. */
  readonly closed: Promise<ClosedState>;
  readonly #options: ConnectionOptions;
  readonly #abandon = new AbortController();
  readonly #received: Uint8Array[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #onAbort = (): void => this.abort(this.#options.signal?.reason);
  #state: ConnectionState;
  #socket: Socket | undefined;
  #listeners: readonly Listener[] = [];
  #receivedBytes = 0;
  #lingerTimer: NodeJS.Timeout | undefined;
  #resolveClosed!: (state: ClosedState) => void;

  private constructor(subject: string, state: ConnectionState, options: ConnectionOptions) {
    this.subject = subject;
    this.#state = state;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (options.signal?.aborted) queueMicrotask(this.#onAbort);
    else options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Starts to connect and returns at once, in the state "connecting"; `ready` waits for the rest. */
  static to(target: DialOptions, options: ConnectionOptions = {}): Connection {
    const connection = new Connection(`${target.host}:${target.port}`, { kind: "connecting" }, options);
    void connection.#dial(target);
    return connection;
  }

  /** Connects and waits until it is open. @throws NetkitError of the phase that failed. */
  static async open(target: DialOptions, options: ConnectionOptions = {}): Promise<Connection> {
    const connection = Connection.to(target, options);
    await connection.ready();
    return connection;
  }

  /** Takes over a socket that is connected and, for TLS, has finished its handshake. */
  static from(socket: Socket | TLSSocket, options: ConnectionOptions = {}): Connection {
    const connection = new Connection(socket.remoteAddress ?? "the peer", { kind: "open" }, options);
    connection.#own(socket);
    return connection;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The socket itself, for what only it knows (certificates, addresses). Undefined until it is connected. */
  get socket(): Socket | TLSSocket | undefined {
    return this.#socket;
  }

  get bytesRead(): number {
    return this.#socket?.bytesRead ?? 0;
  }

  get bytesWritten(): number {
    return this.#socket?.bytesWritten ?? 0;
  }

  /** Waits until it is open. @throws NetkitError when it will not be. */
  async ready(signal?: AbortSignal): Promise<void> {
    while (this.#state.kind === "connecting" || this.#state.kind === "securing") await this.#change(signal);
    if (this.#state.kind !== "open" && this.#state.kind !== "half-closed") throw this.#endError();
  }

  /**
   * The next bytes as they came; undefined when the peer has ended its side, or the owner has closed.
   * The array is the reader's to keep. @throws NetkitError after a reset, time-out or abort.
   */
  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      const bytes = this.#received.shift();
      if (bytes !== undefined) {
        this.#receivedBytes -= bytes.length;
        if (this.#socket?.isPaused() && this.#receivedBytes < this.#highWaterBytes) this.#socket.resume();
        return bytes;
      }
      const state = this.#state;
      if (state.kind === "half-closed" && state.side === "remote") return undefined;
      if (state.kind === "closing" || state.kind === "closed") {
        if (state.reason === "clean") return undefined;
        throw this.#endError();
      }
      await this.#change(signal);
    }
  }

  /** Leaving the loop leaves the connection open: a later loop goes on where this one stopped. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let bytes = await this.read(); bytes !== undefined; bytes = await this.read()) yield bytes;
  }

  /**
   * Sends the bytes and waits while the send buffer is full. Aborting the signal ends the wait only: the
   * bytes are on their way. @throws NetkitError when it is not open, or ends while waiting.
   */
  async write(bytes: Uint8Array | string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#socket === undefined) await this.ready(signal);
    const socket = this.#writable();
    if (socket.write(bytes)) return;
    while (socket.writableNeedDrain) {
      await this.#change(signal);
      this.#writable();
    }
  }

  /** Ends our side, once everything written is out; the peer may go on sending. */
  async end(signal?: AbortSignal): Promise<void> {
    if (this.#socket === undefined) await this.ready(signal);
    const socket = this.#writable();
    socket.end();
    while (!socket.writableFinished && this.#state.kind !== "closed") await this.#change(signal);
    if (this.#state.kind === "closed" && this.#state.reason !== "clean") throw this.#endError();
  }

  /** Sends what was written, for at most `lingerMs`, and closes. Resolves when the descriptor is gone. */
  close(): Promise<ClosedState> {
    this.#handle({ kind: "leave" });
    return this.closed;
  }

  /** Closes at once; what was not sent is lost. */
  abort(cause?: unknown): void {
    const error = new NetkitError("connect", "NK_ABORTED", `the connection to ${this.subject} was given up`, {
      subject: this.subject,
      why: "it was told to stop",
      cause,
    });
    this.#handle({ kind: "fail", reason: "aborted", error });
    // If it was closing already, there is no more lingering.
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #highWaterBytes(): number {
    return this.#options.highWaterBytes ?? HIGH_WATER_BYTES;
  }

  async #dial(target: DialOptions): Promise<void> {
    const onPhase = (phase: "resolved" | "connected" | "secured"): void => {
      target.onPhase?.(phase);
      if (phase === "connected" && target.tls !== undefined) this.#handle({ kind: "connected", tls: true });
    };
    const result = await dial({ ...target, onPhase }, this.#abandon.signal);
    this.report = result.report;
    if (result.kind === "ready") {
      this.#own(result.socket);
      // The owner may have left while the last step was under way.
      if (this.#state.kind === "closing") result.socket.destroy();
      else this.#handle(target.tls === undefined ? { kind: "connected", tls: false } : { kind: "secured" });
      return;
    }
    this.#handle({ kind: "fail", reason: reasonOf(result.error), error: result.error });
    this.#handle({ kind: "gone" });
  }

  #own(socket: Socket): void {
    this.#socket = socket;
    socket.allowHalfOpen = true;
    this.#listeners = [
      ["data", (bytes: Uint8Array) => this.#receive(bytes)],
      ["end", () => this.#handle({ kind: "ended", side: "remote" })],
      ["finish", () => this.#handle({ kind: "ended", side: "local" })],
      ["drain", () => this.#wake()],
      ["timeout", () => this.#idle()],
      ["error", (error: Error) => this.#fail(error)],
      ["close", () => this.#handle({ kind: "gone" })],
    ];
    for (const [event, listener] of this.#listeners) socket.on(event, listener as () => void);
    if (this.#options.idleTimeoutMs !== undefined) socket.setTimeout(this.#options.idleTimeoutMs);
    // One that is gone already has told so before anybody listened.
    if (socket.destroyed) queueMicrotask(() => this.#handle({ kind: "gone" }));
    // An accepted socket comes paused.
    else socket.resume();
  }

  #receive(bytes: Uint8Array): void {
    this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
    if (this.#receivedBytes >= this.#highWaterBytes) this.#socket?.pause();
    this.#wake();
  }

  #idle(): void {
    const error = new NetkitError("connect", "NK_IDLE_TIMEOUT", `${this.subject} fell silent`, {
      subject: this.subject,
      why: `no byte came or went for ${this.#options.idleTimeoutMs} ms`,
      next: "raise the idle time-out, or look at what the peer waits for",
    });
    this.#handle({ kind: "fail", reason: "timeout", error });
  }

  #fail(cause: Error): void {
    const error = isTlsError(cause)
      ? translateTlsError(cause, this.subject)
      : wrapSystemError(cause, "go on with", this.subject);
    this.#handle({ kind: "fail", reason: reasonOf(error), error });
  }

  /** Moves the state and does what the new one asks for, once. */
  #handle(event: ConnectionEvent): void {
    const before = this.#state;
    this.#state = next(before, event);
    if (this.#state === before) return;
    if (this.#state.kind === "closing") this.#startClosing(this.#state.reason);
    else if (this.#state.kind === "closed") this.#release(this.#state);
    this.#wake();
  }

  #startClosing(reason: CloseReason): void {
    const socket = this.#socket;
    if (socket === undefined) {
      // Still dialling: its end brings "gone".
      this.#abandon.abort();
    } else if (reason !== "clean" || socket.writableFinished) {
      socket.destroy();
    } else {
      // An orderly end: what was written, then the end of our side, then the descriptor.
      socket.end(() => socket.destroy());
      this.#lingerTimer = setTimeout(() => socket.destroy(), this.#options.lingerMs ?? LINGER_MS);
    }
  }

  #release(state: ClosedState): void {
    clearTimeout(this.#lingerTimer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    for (const [event, listener] of this.#listeners) this.#socket?.off(event, listener as () => void);
    this.#listeners = [];
    this.#resolveClosed(state);
  }

  #writable(): Socket {
    const { kind } = this.#state;
    const sendable = kind === "open" || (kind === "half-closed" && this.#state.side === "remote");
    if (!sendable || this.#socket === undefined) throw this.#endError();
    return this.#socket;
  }

  /** Why reading or writing cannot go on. */
  #endError(): NetkitError {
    const state = this.#state;
    const error = state.kind === "closing" || state.kind === "closed" ? state.error : undefined;
    if (error !== undefined) return error;
    const reset = state.kind === "closed" && state.reason === "reset";
    const code = reset ? "NK_CONNECT_RESET" : "NK_CONNECTION_ENDED";
    return new NetkitError("connect", code, `the connection to ${this.subject} cannot go on`, {
      subject: this.subject,
      why: reset ? "it went away in the middle" : "our side of it has ended",
    });
  }

  /** Resolves when anything has happened; rejects with the signal's reason. */
  async #change(signal: AbortSignal | undefined): Promise<void> {
    using deadline = new Deadline({ signal });
    deadline.signal.throwIfAborted();
    let waker = (): void => undefined;
    const changed = new Promise<void>((resolve) => {
      waker = resolve;
    });
    this.#wakers.add(waker);
    try {
      await deadline.race(changed);
    } finally {
      this.#wakers.delete(waker);
    }
  }

  #wake(): void {
    for (const waker of this.#wakers) waker();
  }
}

const RESETS = new Set(["ECONNRESET", "EPIPE"]);

function reasonOf(error: NetkitError): Exclude<CloseReason, "clean"> {
  if (error.code === "NK_ABORTED") return "aborted";
  if (error.code.endsWith("_TIMEOUT")) return "timeout";
  return RESETS.has(systemCodeOf(error.cause) ?? "") ? "reset" : "error";
}
