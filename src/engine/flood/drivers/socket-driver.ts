/**
 * The half of a driver that all protocols over TCP and TLS share: opens the socket, one address after the other, times
 * it, reads into the shared buffer, and says in words why it could not be opened or was lost.
 *
 *   idle ─open─► connecting ─► (tunnelling ─►) securing ─► greeting ─► open ─► closed
 *                     └──────────────┴────────────┴──────────┴─────────┴──────► closed
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError, systemCodeOf, wrapSystemError } from "../../../core/errors.ts";
import { handshakeTimeout, translateTlsError } from "../../../core/tls/errors.ts";
import type { SocketSource, Tunnel } from "../connector.ts";
import type { Conversation, Line, Protocol } from "./conversation.ts";
import {
  type Agreed,
  type Driver,
  type DriverEvents,
  type Failure,
  FINISHED,
  failureOf,
  type Loss,
} from "./driver.ts";

// How long a connection whose end was announced waits for the server's FIN before this side closes.
const LINGER_MS = 1_000;

type State = "idle" | "connecting" | "tunnelling" | "securing" | "greeting" | "open" | "closed";

export class SocketDriver implements Driver, Line {
  readonly slot: number;
  readonly #events: DriverEvents;
  readonly #connector: SocketSource;
  /** As shown in errors. */
  readonly #host: string;
  readonly #protocol: Protocol;
  /** From `greeting` on. */
  #conversation: Conversation | undefined;
  #socket: Socket | TLSSocket | undefined;
  #state: State = "idle";
  #attempt = 0;
  #addressIndex = 0;
  #startUs = 0;
  #connectedUs = 0;
  #securedUs = Number.NaN;
  #agreed: Agreed | undefined;
  #silent = false;

  constructor(slot: number, events: DriverEvents, connector: SocketSource, host: string, protocol: Protocol) {
    this.slot = slot;
    this.#events = events;
    this.#connector = connector;
    this.#host = host;
    this.#protocol = protocol;
  }

  get closed(): boolean {
    return this.#silent;
  }

  get queued(): number {
    return this.#socket!.writableLength;
  }

  /** Who is connected to first. */
  get #dialled(): string {
    const { tunnel } = this.#connector;
    return tunnel === undefined ? this.#host : `the proxy ${tunnel.proxy}`;
  }

  open(): void {
    this.#startUs = nowUs();
    this.#dial();
  }

  write(bytes: Buffer, taken?: (error?: Error | null) => void): void {
    this.#socket!.write(bytes, taken);
  }

  send(target: number, seat: number): number {
    return this.#conversation!.send(target, seat);
  }

  flush(): void {
    this.#conversation!.flush();
  }

  abandon(seat: number): boolean {
    return this.#conversation!.abandon(seat);
  }

  close(): void {
    if (this.#state !== "closed") this.#conversation?.gone?.(nowUs());
    this.#silent = true;
    this.#state = "closed";
    this.#socket?.destroy();
  }

  expire(timeoutMs: number): Failure {
    const state = this.#state;
    // A name may have several addresses, and the next one may answer.
    if (state === "connecting") this.#connector.avoid(this.#addressIndex);
    this.close();
    if (state === "tunnelling") return tunnelTimeout(this.#host, timeoutMs);
    if (state === "greeting") return greetingTimeout(this.#host, timeoutMs);
    return failureOf(
      state === "securing"
        ? handshakeTimeout(this.#host, timeoutMs)
        : connectTimeout(this.#dialled, timeoutMs),
    );
  }

  ready(now: number): void {
    if (this.#state !== "greeting") return;
    this.#state = "open";
    this.#connector.prefer(this.#addressIndex);
    const tlsUs = this.#securedUs - this.#connectedUs;
    this.#events.opened(this.slot, now, this.#connectedUs - this.#startUs, tlsUs, this.#agreed);
  }

  over(): void {
    setImmediate(() => {
      if (this.#state === "open") this.#lose(nowUs(), FINISHED);
    });
  }

  #dial(): void {
    this.#state = "connecting";
    this.#addressIndex = this.#connector.addressIndex(this.#attempt);
    const socket = this.#connector.connect(this.#addressIndex, this.#read);
    this.#socket = socket;
    socket.on("error", this.#failed);
    socket.on("end", this.#ended);
    socket.on("close", this.#ended);
    if (this.#attempt === 0) socket.once("connectionAttempt", this.#attempted);
    // Before a TLS socket begins its handshake, which takes a moment.
    socket.prependOnceListener("connect", this.#connected);
    if (this.#connector.secure && this.#connector.tunnel === undefined)
      socket.once("secureConnect", this.#secured);
  }

  /** The first packet leaves now: what it took to make the socket is not the path's. */
  readonly #attempted = (): void => {
    this.#startUs = nowUs();
  };

  readonly #connected = (): void => {
    this.#connectedUs = nowUs();
    const { tunnel } = this.#connector;
    if (tunnel !== undefined) {
      this.#state = "tunnelling";
      void this.#tunnel(this.#socket!, tunnel);
    } else if (this.#connector.secure) this.#state = "securing";
    else this.#greet(this.#connectedUs);
  };

  /** Connected is who has reached the target: the proxy's answer is part of it. Never rejects. */
  async #tunnel(proxied: Socket, tunnel: Tunnel): Promise<void> {
    let socket: Socket | TLSSocket;
    try {
      socket = await tunnel.ask(proxied);
    } catch (error) {
      if (this.#state === "closed") return;
      this.#lose(nowUs(), {
        kind: "failed",
        failure: failureOf(wrapSystemError(error, "go through the proxy")),
      });
      return;
    }
    // Its time was over in the meantime.
    if (this.#silent) {
      socket.destroy();
      return;
    }
    this.#connectedUs = nowUs();
    socket.on("data", (chunk: Buffer) => this.#read(chunk.length, chunk));
    if (socket === proxied) {
      this.#greet(this.#connectedUs);
      return;
    }
    this.#state = "securing";
    this.#socket = socket;
    socket.on("error", this.#failed);
    socket.on("end", this.#ended);
    socket.on("close", this.#ended);
    socket.once("secureConnect", this.#secured);
  }

  readonly #secured = (): void => {
    if (this.#state === "closed") return;
    this.#securedUs = nowUs();
    this.#greet(this.#securedUs);
  };

  #greet(now: number): void {
    this.#state = "greeting";
    if (this.#connector.secure) this.#agreed = agreedOn(this.#socket as TLSSocket);
    const conversation = this.#protocol(this, this.#events, this.#agreed?.protocol);
    if ("kind" in conversation) {
      this.#lose(now, conversation);
      return;
    }
    this.#conversation = conversation;
    if (!conversation.begin()) return;
    this.ready(now);
    // What opens the protocol has left with the first requests; without any it leaves now.
    if (!this.#silent) conversation.flush();
  }

  readonly #read = (bytes: number, buffer: Buffer): void => {
    if (this.#state === "closed") {
      // After its last answer a server has nothing to say; waiting for its end would wait for ever.
      this.#socket!.destroy();
      return;
    }
    const now = nowUs();
    this.#events.received(bytes, now);
    const loss = this.#conversation!.read(buffer, bytes, now);
    if (loss !== undefined) this.#lose(now, loss);
    else if (this.#state === "open") this.#events.settled(this.slot, now);
  };

  readonly #ended = (): void => {
    switch (this.#state) {
      case "tunnelling":
        // Who asks the proxy says so.
        break;
      case "closed":
        this.#socket?.destroy();
        break;
      case "open":
      case "greeting": {
        const now = nowUs();
        this.#lose(now, this.#conversation!.ended(now));
        break;
      }
      default:
        this.#failed(new Error("the peer closed the connection before it was ready"));
    }
  };

  readonly #failed = (error: Error): void => {
    if (this.#state === "closed" || this.#state === "tunnelling") return;
    const opening = this.#state !== "open" && this.#state !== "greeting";
    if (this.#state === "connecting" && this.#attempt + 1 < this.#connector.addressCount) {
      this.#attempt++;
      this.#detach();
      this.#dial();
      return;
    }
    const wrapped: NetkitError =
      this.#state === "securing" || systemCodeOf(error)?.startsWith("ERR_SSL") === true
        ? translateTlsError(error, this.#host)
        : wrapSystemError(
            error,
            opening ? "connect to" : "keep the connection to",
            opening ? this.#dialled : this.#host,
          );
    this.#lose(nowUs(), { kind: "failed", failure: failureOf(wrapped) });
  };

  #detach(): void {
    const socket = this.#socket!;
    socket.removeAllListeners();
    socket.on("error", ignore);
    socket.destroy();
  }

  #lose(now: number, loss: Loss): void {
    if (this.#state !== "closed") this.#conversation?.gone?.(now);
    this.#state = "closed";
    // Who closes first keeps the port in TIME_WAIT; a server that announced the end is given time to do it.
    if (loss.kind === "finished") this.#socket!.setTimeout(LINGER_MS, this.#ended);
    else this.#socket!.destroy();
    if (!this.#silent) this.#events.lost(this.slot, now, loss);
  }
}

function ignore(): void {}

function agreedOn(socket: TLSSocket): Agreed {
  const { alpnProtocol } = socket;
  return {
    protocol: typeof alpnProtocol === "string" ? alpnProtocol : undefined,
    resumed: socket.isSessionReused(),
  };
}

function tunnelTimeout(host: string, timeoutMs: number): Failure {
  return failureOf(
    new NetkitError("proxy", "NK_PROXY_TIMEOUT", `the proxy gave no tunnel to ${host}`, {
      subject: host,
      why: `it did not answer within ${timeoutMs} ms`,
      next: "check that host, port and kind (http: or socks5:) of --proxy are right",
    }),
  );
}

function connectTimeout(host: string, timeoutMs: number): NetkitError {
  return new NetkitError("connect", "NK_CONNECT_TIMEOUT", `could not connect to ${host}`, {
    subject: host,
    why: `no connection came about within ${timeoutMs} ms; a firewall that drops packets, or a full queue of connections, looks like this`,
    next: "check the address and the route, or raise --timeout",
  });
}

function greetingTimeout(host: string, timeoutMs: number): Failure {
  return failureOf(
    new NetkitError("protocol", "NK_GREETING_TIMEOUT", `${host} did not answer the protocol's greeting`, {
      subject: host,
      why: `nothing that opens the protocol came within ${timeoutMs} ms`,
      next: "check that the server speaks this protocol on this port, or raise --timeout",
    }),
  );
}
