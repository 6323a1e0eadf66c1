/**
 * Opens sockets to one origin for a generator thread: addresses in turn, one read buffer shared by all
 * connections (bytes are used up inside the read callback), one TLS context.
 */
import { Buffer } from "node:buffer";
import { promises as dns, type LookupAddress } from "node:dns";
import { connect, isIP, type OnReadOpts, Socket } from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { wrapSystemError } from "../../core/errors.ts";
import { interleave, raceToConnect } from "../../core/lifecycle/happy-eyeballs.ts";
import type { FloodPlan, TargetPlan, TlsPlan } from "./plan.ts";

/** One read takes at most this much: what the kernel usually has ready, and small enough to stay in cache. */
const READ_BUFFER_BYTES = 64 * 1024;
/** RFC 8305 section 5. */
const HEAD_START_MS = 250;

export interface Resolution {
  readonly addresses: readonly string[];
  /** NaN when the host was an address already. */
  readonly dnsUs: number;
}

/** @throws NetkitError of stage `dns` when the name has no address. */
export async function resolveTarget(target: TargetPlan): Promise<Resolution> {
  if (isIP(target.host) !== 0) return { addresses: [target.host], dnsUs: Number.NaN };
  const startUs = nowUs();
  let found: LookupAddress[];
  try {
    found = await dns.lookup(target.host, { all: true });
  } catch (error) {
    throw wrapSystemError(error, "resolve", target.host);
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
  /** `onRead(n)` is called with n bytes at the start of `buffer`; the buffer is reused afterwards. */
  connect(addressIndex: number, onRead: (bytes: number, buffer: Buffer) => void): Socket | TLSSocket;
}

export class Connector implements SocketSource {
  readonly #target: TargetPlan;
  readonly #tls: TlsPlan;
  readonly #addresses: readonly string[];
  readonly #context: SecureContext | undefined;
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  /** Where the next connection goes first: the address that answered last. */
  #preferred = 0;

  /** @throws NetkitError of stage `tls` for a certificate or key that cannot be used. */
  constructor(plan: FloodPlan, addresses: readonly string[]) {
    this.#target = plan.targets[0];
    this.#tls = plan.tls;
    this.#addresses = addresses;
    if (this.#target.scheme === "https") {
      try {
        this.#context = createSecureContext({
          ca: plan.tls.ca,
          cert: plan.tls.cert,
          key: plan.tls.key,
        });
      } catch (error) {
        throw wrapSystemError(error, "use the given certificate or key for", this.#target.url);
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
    const where = {
      host: this.#addresses[addressIndex]!,
      port: this.#target.port,
      noDelay: true,
    };
    if (this.#context === undefined) {
      // onread belongs to the constructor's options (net.connect passes it there), which the types leave out.
      const socket = new Socket({ onread } as ConstructorParameters<typeof Socket>[0]);
      socket.connect(where);
      return socket;
    }
    // onread reaches the socket, though the types do not say so.
    const options: object = {
      ...where,
      onread,
      secureContext: this.#context,
      ...(isIP(this.#target.host) === 0 ? { servername: this.#target.host } : {}),
      rejectUnauthorized: this.#tls.verify,
      ALPNProtocols: ["http/1.1"],
    };
    return connectTls(options as ConnectionOptions);
  }
}
