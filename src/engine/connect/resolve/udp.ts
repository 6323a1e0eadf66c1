/**
 * DNS over UDP (RFC 1035 section 4.2.1): a datagram there, a datagram back.
 *
 *      0          time-out / 2        time-out
 *      ├─ socket 1, id ─────────────────┤        each sending has its own socket, and so its own random port,
 *                 ├─ socket 2, id' ─────┤        and its own random id (RFC 5452); the first answer wins
 *
 * Guarantees: what does not belong to the question is left aside and counted; a socket is connected, so that the
 * kernel keeps other senders out and hands ICMP errors in; no socket and no timer is left when it returns.
 */
import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { systemCodeOf } from "../../../core/errors.ts";
import { belongsTo } from "../../../core/framing/dns/answer.ts";
import { type DnsMessage, messageId, readMessage } from "../../../core/framing/dns/message.ts";
import { encodeQuery } from "../../../core/framing/dns/query.ts";
import type { Failure } from "./asker.ts";
import { type Asked, typeNumber } from "./exchange.ts";
import { malformed, timedOut, unreachableBySocket } from "./failures.ts";

export interface UdpOptions {
  readonly address: string;
  readonly port: number;
  readonly label: string;
  /** Of the whole; it is sent once more after half of it. */
  readonly timeoutMs: number;
}

export type UdpResult =
  | { readonly kind: "message"; readonly message: DnsMessage }
  | { readonly kind: "failed"; readonly failure: Failure };

export function exchangeByUdp(options: UdpOptions, asked: Asked, signal: AbortSignal): Promise<UdpResult> {
  return new Promise((resolve) => {
    new UdpExchange(options, asked, signal, resolve).start();
  });
}

class UdpExchange {
  readonly #options: UdpOptions;
  readonly #asked: Asked;
  readonly #signal: AbortSignal;
  readonly #resolve: (result: UdpResult) => void;
  readonly #sockets: Socket[] = [];
  readonly #onAbort = (): void => this.#silent();
  #timer: NodeJS.Timeout | undefined;
  #done = false;
  /** Whole DNS messages that answer something else. */
  #strangers = 0;
  /** The first datagram that is no DNS message. */
  #garbage: string | undefined;

  constructor(options: UdpOptions, asked: Asked, signal: AbortSignal, resolve: (result: UdpResult) => void) {
    this.#options = options;
    this.#asked = asked;
    this.#signal = signal;
    this.#resolve = resolve;
  }

  start(): void {
    if (this.#signal.aborted) {
      this.#silent();
      return;
    }
    this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    if (Number.isFinite(this.#options.timeoutMs)) {
      this.#timer = setTimeout(() => this.#send(), this.#options.timeoutMs / 2);
    }
    this.#send();
  }

  #send(): void {
    const { address, port, label } = this.#options;
    const id = randomInt(0x10000);
    const query = encodeQuery({ ...this.#asked, id, type: typeNumber(this.#asked.type) });
    if (!Buffer.isBuffer(query)) {
      this.#fail(malformed(label, `nothing: ${query.what}`));
      return;
    }
    const socket = createSocket(isIPv6(address.split("%")[0]!) ? "udp6" : "udp4");
    this.#sockets.push(socket);
    const onFault = (error: Error | null | undefined): void => {
      if (error) this.#fail(unreachableBySocket(label, systemCodeOf(error), "udp"));
    };
    socket.on("error", onFault);
    socket.on("message", (bytes) => this.#read(bytes, id));
    // The callback gets the error too, though its type does not say so.
    socket.connect(port, address, ((error?: Error) => {
      if (error) onFault(error);
      else if (!this.#done) socket.send(query, onFault);
    }) as () => void);
  }

  #read(bytes: Buffer, id: number): void {
    const { label } = this.#options;
    const message = readMessage(bytes);
    if (message.kind === "violation") {
      this.#garbage ??= `${message.what}, ${message.section}`;
      // A broken answer that knows our id is an answer; without the id it may be anybody's.
      if (messageId(bytes) === id && bytes.length > 2 && (bytes[2]! & 0x80) !== 0) {
        this.#fail(malformed(label, `a broken answer: ${message.what} (${message.section})`));
      }
      return;
    }
    if (belongsTo(message, id, this.#asked.name, typeNumber(this.#asked.type))) {
      this.#finish({ kind: "message", message });
    } else if (message.isResponse) this.#strangers++;
    else this.#garbage ??= "questions of its own, such as our own sent back";
  }

  /** The time is over, or nobody wants to know any more. */
  #silent(): void {
    const { label, timeoutMs } = this.#options;
    if (this.#garbage !== undefined && this.#strangers === 0) {
      this.#fail(malformed(label, `something that is no DNS answer (${this.#garbage})`));
      return;
    }
    const heard =
      this.#strangers === 0 ? "" : `; ${this.#strangers} answers to other questions were left aside`;
    this.#fail(timedOut(label, timeoutMs, heard));
  }

  #fail(failure: Failure): void {
    this.#finish({ kind: "failed", failure });
  }

  #finish(result: UdpResult): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const socket of this.#sockets) socket.close();
    this.#resolve(result);
  }
}
