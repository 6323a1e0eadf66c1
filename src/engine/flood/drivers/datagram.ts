/**
 * UDP on one socket: each request is a datagram that bears its number, and the one that comes back with it is its answer. What is
 * lost is given up at its time-out; what comes twice, late, or in another order is told apart by the numbers and tallied.
 *
 *   payload:  "nk" | number, 48 bits, big-endian | what was asked for
 */
import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import { isIP } from "node:net";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { DATAGRAM_HEAD_BYTES } from "../datagram-plan.ts";
import { WRONG_ANSWER } from "./conversation.ts";
import { DatagramNumbers } from "./datagram-numbers.ts";
import { type Driver, type DriverEvents, type Failure, failureOf } from "./driver.ts";

const MARK = 0x6e6b;

/** What a run counts of datagrams beside its requests. */
export interface DatagramTally {
  /** A request's first answer, in time or late. @param jitterUs RFC 3550 section 6.4.1, as of now */
  arrived(nowUs: number, jitterUs: number, isReordered: boolean, isLate: boolean): void;
  duplicate(nowUs: number): void;
  /** Nothing that was sent from here. */
  stray(nowUs: number): void;
}

export interface DatagramOptions {
  readonly address: string;
  readonly port: number;
  /** Taken in turn; none: the system chooses. */
  readonly localAddresses: readonly string[];
  /** At least as long as the head, which is written over it. */
  readonly payload: Buffer;
  readonly depth: number;
  /** An answer has to be what was sent. */
  readonly echo: boolean;
  /** As shown in errors. */
  readonly host: string;
}

export class DatagramDriver implements Driver {
  readonly slot: number;
  readonly #events: DriverEvents;
  readonly #options: DatagramOptions;
  readonly #tally: DatagramTally;
  readonly #numbers: DatagramNumbers;
  readonly #socket: Socket;
  #startUs = 0;
  #closed = false;

  constructor(slot: number, events: DriverEvents, options: DatagramOptions, tally: DatagramTally) {
    this.slot = slot;
    this.#events = events;
    this.#options = options;
    this.#tally = tally;
    this.#numbers = new DatagramNumbers(options.depth);
    this.#socket = createSocket(isIP(options.address) === 6 ? "udp6" : "udp4");
  }

  open(): void {
    this.#startUs = nowUs();
    const { address, port, localAddresses } = this.#options;
    const socket = this.#socket;
    socket.on("error", this.#failed);
    socket.on("message", this.#message);
    socket.once("connect", this.#connected);
    const from = localAddresses.filter((local) => isIP(local) === isIP(address));
    if (from.length === 0) socket.connect(port, address);
    else socket.bind(0, from[this.slot % from.length], () => socket.connect(port, address));
  }

  send(_target: number, seat: number): number {
    // The kernel may take it later: each datagram has its own bytes.
    const bytes = Buffer.from(this.#options.payload);
    bytes.writeUInt16BE(MARK, 0);
    bytes.writeUIntBE(this.#numbers.give(seat, nowUs()), 2, 6);
    this.#socket.send(bytes);
    return bytes.length;
  }

  flush(): void {}

  abandon(seat: number): boolean {
    this.#numbers.abandon(seat);
    return true;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  expire(timeoutMs: number): Failure {
    this.close();
    return failureOf(
      new NetkitError("connect", "NK_CONNECT_TIMEOUT", `could not get a socket to ${this.#options.host}`, {
        subject: this.#options.host,
        why: `it was not ready within ${timeoutMs} ms`,
        next: "raise --timeout, or use fewer connections",
      }),
    );
  }

  readonly #connected = (): void => {
    if (this.#closed) return;
    const now = nowUs();
    this.#events.opened(this.slot, now, now - this.#startUs, Number.NaN);
  };

  readonly #failed = (error: Error): void => {
    if (this.#closed) return;
    this.close();
    const failure = failureOf(wrapSystemError(error, "reach", this.#options.host));
    this.#events.lost(this.slot, nowUs(), { kind: "failed", failure });
  };

  readonly #message = (bytes: Buffer): void => {
    if (this.#closed) return;
    const now = nowUs();
    this.#events.received(bytes.length, now);
    if (bytes.length < DATAGRAM_HEAD_BYTES || bytes.readUInt16BE(0) !== MARK) {
      this.#tally.stray(now);
      return;
    }
    const numbers = this.#numbers;
    const found = numbers.arrive(bytes.readUIntBE(2, 6), now);
    switch (found) {
      case "duplicate":
        this.#tally.duplicate(now);
        break;
      case "stray":
        this.#tally.stray(now);
        break;
      case "late":
        this.#tally.arrived(now, numbers.jitterUs, numbers.isReordered, true);
        break;
      case "answer": {
        this.#tally.arrived(now, numbers.jitterUs, numbers.isReordered, false);
        const { seat } = numbers;
        if (this.#options.echo && !this.#isSame(bytes)) {
          this.#events.failed(this.slot, seat, now, WRONG_ANSWER);
        } else this.#events.answered(this.slot, seat, 0, now, now);
        break;
      }
    }
    if (!this.#closed) this.#events.settled(this.slot, now);
  };

  #isSame(bytes: Buffer): boolean {
    const { payload } = this.#options;
    return (
      bytes.length === payload.length &&
      bytes.compare(payload, DATAGRAM_HEAD_BYTES, payload.length, DATAGRAM_HEAD_BYTES) === 0
    );
  }
}
