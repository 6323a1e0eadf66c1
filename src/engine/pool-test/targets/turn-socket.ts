/**
 * A connection on which one thing is asked and then one thing is answered: the base of all targets whose bytes are ours.
 *
 * Guarantees: bytes that nobody asked for end it, an answer that does not come within the time-out ends it, and `gone`
 * resolves however it ended. The socket is closed exactly once.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { dial } from "../../../core/lifecycle/dial.ts";
import type { TargetPlan } from "../plan.ts";
import { endedSoon, goneError, timeoutError } from "./failures.ts";
import type { TargetConnection, WorkDone } from "./target.ts";

/** One side of a protocol, for one connection. */
export interface Turns {
  /** The bytes of the next question. */
  ask(): Buffer;
  /** The bytes of a cheap question, for validation. Default: the usual one. */
  probe?(): Buffer;
  /** Takes what came; true when the answer is complete. @throws NetkitError when it is none */
  take(chunk: Buffer): boolean;
  /** Whether the peer keeps the connection after this answer. */
  readonly keeps: boolean;
  /** The peer has ended: true when that completes the answer. */
  finish?(): boolean;
  /** Whether the peer may speak without being asked; else that ends the connection. */
  readonly listens?: boolean;
  /** What is to be said to what was taken, besides the question. */
  reply?(): Buffer | undefined;
  /** The bytes of a good-bye; undefined where the connection's end says it. */
  farewell?(): Buffer;
}

interface Pending {
  resolve(): void;
  reject(error: unknown): void;
}

/** @throws NetkitError of the phase that failed */
export async function dialTarget(
  { endpoint, tls, unixSocket, connectTimeoutMs }: TargetPlan,
  alpn: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const timeouts = { resolveMs: connectTimeoutMs, connectMs: connectTimeoutMs, secureMs: connectTimeoutMs };
  const { host, port } = endpoint;
  const secured = endpoint.tls ? { tls: { ...tls, alpn } } : {};
  const result = await dial({ host, port, path: unixSocket, timeouts, ...secured }, signal);
  if (result.kind === "failed") throw signal?.aborted === true ? signal.reason : result.error;
  result.socket.setNoDelay(true);
  return result.socket;
}

export class TurnConnection implements TargetConnection {
  readonly serverId: string;
  readonly gone: Promise<unknown>;
  readonly #socket: Socket;
  readonly #turns: Turns;
  readonly #subject: string;
  readonly #timeoutMs: number;
  #pending: Pending | undefined;
  #cause: unknown;

  constructor(socket: Socket, turns: Turns, { endpoint, workTimeoutMs }: TargetPlan) {
    this.#socket = socket;
    this.#turns = turns;
    this.#subject = endpoint.display;
    this.#timeoutMs = workTimeoutMs;
    this.serverId = `port ${socket.localPort ?? 0}`;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => {
      this.#cause ??= wrapSystemError(error, "talk to", this.#subject);
    });
    socket.on("end", () => {
      if (this.#pending !== undefined && turns.finish?.() === true) this.#settle()?.resolve();
      socket.destroy();
    });
    this.gone = new Promise((resolve) => {
      socket.once("close", () => {
        const cause = this.#cause ?? goneError(this.#subject);
        this.#settle()?.reject(cause);
        resolve(cause);
      });
    });
  }

  async work(signal?: AbortSignal): Promise<WorkDone> {
    const before = this.#socket.bytesRead;
    await this.#turn(this.#turns.ask(), signal);
    const bytesReceived = this.#socket.bytesRead - before;
    if (this.#turns.keeps) return { bytesReceived };
    this.#socket.destroy();
    return { bytesReceived, isLast: true };
  }

  async validate(signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#turn(this.#turns.probe?.() ?? this.#turns.ask(), signal);
      return this.#turns.keeps;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    const farewell = this.#socket.writable ? this.#turns.farewell?.() : undefined;
    if (farewell === undefined) this.#socket.destroy();
    else this.#socket.end(farewell, () => this.#socket.destroy());
    await endedSoon(this.gone, () => this.#socket.destroy());
  }

  #turn(question: Buffer, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(this.#cause ?? goneError(this.#subject));
      const onAbort = (): void => this.#fail(signal?.reason);
      const timer = setTimeout(
        () => this.#fail(timeoutError(this.#subject, this.#timeoutMs)),
        this.#timeoutMs,
      );
      const leave = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      this.#pending = {
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted === true) return onAbort();
      this.#socket.write(question);
    });
  }

  #take(chunk: Buffer): void {
    if (this.#pending === undefined && this.#turns.listens !== true) {
      this.#fail(this.#protocolError(`${chunk.length} bytes came although nothing was asked`));
      return;
    }
    try {
      const isComplete = this.#turns.take(chunk);
      const reply = this.#turns.reply?.();
      if (reply !== undefined) this.#socket.write(reply);
      if (isComplete) this.#settle()?.resolve();
    } catch (error) {
      this.#fail(error);
    }
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  #fail(error: unknown): void {
    this.#cause ??= error;
    this.#settle()?.reject(error);
    this.#socket.destroy();
  }

  #protocolError(why: string): NetkitError {
    return new NetkitError("protocol", "NK_PROTOCOL_VIOLATION", `${this.#subject} breaks the protocol`, {
      subject: this.#subject,
      why,
      next: "check the scheme; netkit connect --trace shows the bytes",
    });
  }
}

/** Bytes that are echoed, for protocols that have nothing better. */
export const SMALL_ECHO = Buffer.from("netkit\n");
