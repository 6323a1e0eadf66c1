/**
 * Opens sockets to one origin for a generator thread: addresses in turn, one read buffer shared by all
 * connections (bytes are used up inside the read callback), one TLS context.
 */
import { Buffer } from "node:buffer";
import { promises as dns, type LookupAddress } from "node:dns";
import {
  connect,
  type IpcNetConnectOpts,
  isIP,
  type OnReadOpts,
  Socket,
  type TcpNetConnectOpts,
} from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { wrapSystemError } from "../../core/errors.ts";
import { assertNever } from "../../core/exhaustive.ts";
import { interleave, raceToConnect } from "../../core/lifecycle/happy-eyeballs.ts";
import { openTunnel } from "../../core/lifecycle/proxy.ts";
import type {
  FloodPlan,
  HttpVersion,
  ProtocolPlan,
  TargetPlan,
  TlsPlan,
  TunnelPlan,
  WayPlan,
} from "./plan.ts";

/** One read takes at most this much: what the kernel usually has ready, and small enough to stay in cache. */
const READ_BUFFER_BYTES = 64 * 1024;
/** Of a stream of bytes: a call costs less for each of them. */
const STREAM_BUFFER_BYTES = 512 * 1024;
/** RFC 8305 section 5. */
const HEAD_START_MS = 250;

export interface Resolution {
  readonly addresses: readonly string[];
  /** NaN when the host was an address already. */
  readonly dnsUs: number;
}

/** @throws NetkitError of stage `dns` when the name has no address. */
export async function resolveWay({ host, addresses, unixSocket }: WayPlan): Promise<Resolution> {
  if (unixSocket !== undefined) return { addresses: [unixSocket], dnsUs: Number.NaN };
  const known = addresses ?? (isIP(host) === 0 ? undefined : [host]);
  if (known !== undefined) return { addresses: known, dnsUs: Number.NaN };
  const startUs = nowUs();
  let found: LookupAddress[];
  try {
    found = await dns.lookup(host, { all: true });
  } catch (error) {
    throw wrapSystemError(error, "resolve", host);
  }
  return { addresses: found.map((entry) => entry.address), dnsUs: nowUs() - startUs };
}

/**
 * Several addresses of a name, the one that answers first in front (RFC 8305): found by one race before the load,
 * so that an address which drops packets costs a quarter of a second once, not a time-out per connection.
 * When none answers the order stays, and the attempts to come say why.
 */
export async function rankAddresses(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (addresses.length < 2) return addresses;
  const candidates = addresses.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }) as const);
  const race = await raceToConnect({
    addresses: interleave(candidates),
    connect: ({ address }) => connect({ host: address, port }),
    attemptDelayMs: HEAD_START_MS,
    clock: monotonicClock,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (race.kind !== "won") return addresses;
  race.socket.on("error", () => {});
  race.socket.destroy();
  const winner = race.attempts.find(({ outcome }) => outcome.kind === "connected")!.address;
  return [winner, ...addresses.filter((address) => address !== winner)];
}

const ALPN: Readonly<Record<HttpVersion, readonly string[]>> = {
  "1.1": ["http/1.1"],
  "2": ["h2"],
  agreed: ["h2", "http/1.1"],
};

/** What has a name in ALPN (RFC 7301) is offered by it. */
function offeredProtocols(protocol: ProtocolPlan): readonly string[] | undefined {
  switch (protocol.kind) {
    case "http":
      return ALPN[protocol.version];
    case "websocket":
      return ALPN["1.1"];
    case "handshake":
      return protocol.alpn;
    case "framed":
    case "datagram":
    case "raw":
    case "stream":
      return undefined;
    default:
      return assertNever(protocol);
  }
}

export interface Tunnel {
  /** Who is dialled, as shown in errors. */
  readonly proxy: string;
  /**
   * Asks, on a connected socket, for the way to the target. Gives the target's socket, whose bytes come by "data".
   * @throws NetkitError of stage `proxy`
   */
  ask(socket: Socket): Promise<Socket | TLSSocket>;
}

/** What a driver needs to open its socket. */
export interface SocketSource {
  /** TLS on top of TCP. */
  readonly secure: boolean;
  readonly addressCount: number;
  /** The address for attempt `attempt` (0, 1, …) of one connection. */
  addressIndex(attempt: number): number;
  /** The address worked: the next connections try it first. */
  prefer(addressIndex: number): void;
  /** The address did not answer in time: the next connections try another one first. */
  avoid(addressIndex: number): void;
  /** Where connections lead to a proxy. */
  readonly tunnel: Tunnel | undefined;
  /** Without a proxy `onRead(n)` is called with n bytes at the start of `buffer`; the buffer is reused afterwards. */
  connect(addressIndex: number, onRead: (bytes: number, buffer: Buffer) => void): Socket | TLSSocket;
}

export class Connector implements SocketSource {
  readonly #target: TargetPlan;
  readonly #tls: TlsPlan;
  readonly #way: WayPlan;
  readonly tunnel: Tunnel | undefined;
  readonly #addresses: readonly string[];
  readonly #context: SecureContext | undefined;
  /** Protocols offered in the handshake; undefined: none, for what has no name there. */
  readonly #alpn: readonly string[] | undefined;
  readonly #buffer: Buffer;
  /** Where the next connection goes first: the address that answered last. */
  #preferred = 0;
  /** Local addresses take turns. */
  #dialled = 0;
  readonly #timeoutMs: number;
  /** To be taken up again; undefined for none, and when none is to be. */
  #session: Buffer | undefined;

  /** @throws NetkitError of stage `tls` for a certificate or key that cannot be used. */
  constructor(plan: FloodPlan, addresses: readonly string[]) {
    this.#target = plan.targets[0];
    this.#tls = plan.tls;
    this.#way = plan.way;
    this.#timeoutMs = plan.timeoutMs;
    this.#buffer = Buffer.allocUnsafeSlow(
      plan.protocol.kind === "stream" ? STREAM_BUFFER_BYTES : READ_BUFFER_BYTES,
    );
    const { tunnel } = plan.way;
    if (tunnel !== undefined)
      this.tunnel = { proxy: tunnel.proxy.display, ask: (socket) => this.#ask(socket, tunnel) };
    this.#addresses = addresses;
    this.#alpn = plan.tls.alpn ?? offeredProtocols(plan.protocol);
    if (this.#target.tls) {
      try {
        this.#context = createSecureContext({
          ca: plan.tls.ca,
          cert: plan.tls.cert,
          key: plan.tls.key,
          minVersion: plan.tls.minVersion,
          maxVersion: plan.tls.maxVersion,
          ciphers: plan.tls.ciphers,
        });
      } catch (error) {
        throw wrapSystemError(error, "use the given certificate, key or ciphers for", this.#target.url);
      }
    }
  }

  get secure(): boolean {
    return this.#context !== undefined;
  }

  get addressCount(): number {
    return this.#addresses.length;
  }

  addressIndex(attempt: number): number {
    return (this.#preferred + attempt) % this.#addresses.length;
  }

  prefer(addressIndex: number): void {
    this.#preferred = addressIndex;
  }

  avoid(addressIndex: number): void {
    if (this.#preferred === addressIndex) this.#preferred = (addressIndex + 1) % this.#addresses.length;
  }

  connect(addressIndex: number, onRead: (bytes: number, buffer: Buffer) => void): Socket | TLSSocket {
    const onread: OnReadOpts = {
      buffer: this.#buffer,
      callback: (bytes: number, buffer: Uint8Array) => {
        onRead(bytes, buffer as Buffer);
        return true;
      },
    };
    const where = this.#where(this.#addresses[addressIndex]!);
    // Without noDelay a small write waits for the answer to the one before. Of the options only net.connect takes it.
    if (this.tunnel !== undefined) return connect({ ...where, noDelay: true });
    if (this.#context === undefined) {
      // onread belongs to the constructor's options (net.connect passes it there), which the types leave out.
      const socket = new Socket({ onread } as ConstructorParameters<typeof Socket>[0]);
      return socket.connect(where).setNoDelay();
    }
    // onread reaches the socket, though the types do not say so.
    return this.#secured({ ...where, onread }).setNoDelay();
  }

  async #ask(socket: Socket, { proxy, host, port }: TunnelPlan): Promise<Socket | TLSSocket> {
    await openTunnel(socket, proxy, host, port, this.#timeoutMs, undefined);
    return this.#context === undefined ? socket : this.#secured({ socket });
  }

  /** @param over where to connect, or the socket that leads there */
  #secured(over: object): TLSSocket {
    const options: ConnectionOptions = {
      ...over,
      secureContext: this.#context!,
      ...(isIP(this.#servername) === 0 ? { servername: this.#servername } : {}),
      rejectUnauthorized: this.#tls.verify,
      ...(this.#alpn === undefined ? {} : { ALPNProtocols: [...this.#alpn] }),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    };
    const socket = connectTls(options);
    if (this.#tls.resume === true) socket.on("session", this.#keep);
    return socket;
  }

  /** The newest one: TLS 1.3 sends them after the handshake, at any time. */
  readonly #keep = (session: Buffer): void => {
    this.#session = session;
  };

  get #servername(): string {
    return this.#tls.servername ?? this.#target.host;
  }

  #where(address: string): TcpNetConnectOpts | IpcNetConnectOpts {
    if (this.#way.unixSocket !== undefined) return { path: address };
    const { localAddresses, port } = this.#way;
    const from = localAddresses.filter((local) => isIP(local) === isIP(address));
    const localAddress = from.length === 0 ? undefined : from[this.#dialled++ % from.length];
    return { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) };
  }
}
