/**
 * Through a proxy: a tunnel asked for on a connected stream, by HTTP CONNECT (RFC 9110 section 9.3.6) or SOCKS
 * version 5 (RFC 1928, with name and password by RFC 1929). The proxy resolves the target's name.
 *
 *     connected ──CONNECT / greeting──► answered ──► tunnel: the stream is the target's from the next byte on
 *
 * Guarantees: bounded in time and in bytes; the stream comes back without listeners, and with bytes that followed
 * the proxy's answer put back; a refusal has the proxy's own words. On failure the stream is the caller's to destroy.
 */
import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { NetkitError } from "../errors.ts";
import { Deadline } from "./deadline.ts";

export interface ProxyTarget {
  readonly kind: "http" | "socks5";
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Without credentials, for messages. */
  readonly display: string;
}

/** A proxy and where it is. */
export interface ProxyAt extends ProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** Told of each message: what it is, and its bytes, which may hold credentials. */
export type TunnelObserver = (direction: "out" | "in", what: string, bytes: Uint8Array) => void;

/** Head of an HTTP proxy's answer; those that explain themselves at length do so in the body. */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * @param host name or address of the target, IPv6 without brackets
 * @returns what the proxy said: `HTTP/1.1 200 Connection established`
 * @throws NetkitError of stage `proxy`: NK_PROXY_TIMEOUT, NK_PROXY_AUTH, NK_PROXY_REFUSED, NK_PROXY_CLOSED, NK_PROXY_BROKEN
 */
export async function openTunnel(
  stream: Duplex,
  proxy: ProxyTarget,
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  observe: TunnelObserver = () => undefined,
): Promise<string> {
  const timeoutError = (): Error =>
    failure(proxy, "NK_PROXY_TIMEOUT", `it did not answer within ${timeoutMs} ms`, PROXY_ADVICE);
  using deadline = new Deadline({ timeoutMs, signal, timeoutError });
  using peer = new Peer(stream, proxy, deadline.signal, observe);
  if (proxy.kind === "http") return await connectByHttp(peer, proxy, host, port);
  return await connectBySocks(peer, proxy, host, port);
}

const PROXY_ADVICE = "check that host, port and kind (http: or socks5:) of --proxy are right";

async function connectByHttp(peer: Peer, proxy: ProxyTarget, host: string, port: number): Promise<string> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { username, password } = proxy;
  const credentials =
    username === undefined
      ? ""
      : `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}\r\n`;
  const request = `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`;
  peer.say("CONNECT request", Buffer.from(request));
  const head = (await peer.until("answer", "\r\n\r\n", MAX_HEAD_BYTES)).toString("latin1");
  const line = head.slice(0, head.indexOf("\r\n"));
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) {
    throw failure(proxy, "NK_PROXY_BROKEN", "its answer is no HTTP/1.1", PROXY_ADVICE);
  }
  if (status.startsWith("2")) return line;
  if (status === "407") {
    throw failure(proxy, "NK_PROXY_AUTH", `it wants other credentials (${line})`, AUTH_ADVICE);
  }
  throw failure(proxy, "NK_PROXY_REFUSED", `it opens no tunnel to ${authority} (${line})`, REFUSED_ADVICE);
}

const AUTH_ADVICE = "give name and password in the URL: --proxy http://name:password@host:port";
const REFUSED_ADVICE =
  "the proxy's log says why: a rule, a name it cannot resolve, or a target it cannot reach";

const SOCKS_VERSION = 5;
const NO_AUTHENTICATION = 0;
const BY_PASSWORD = 2;
const NO_METHOD = 0xff;

/** RFC 1928 section 6. */
const SOCKS_REPLIES = [
  "succeeded",
  "general failure",
  "not allowed by its rules",
  "network unreachable",
  "host unreachable",
  "connection refused by the target",
  "time to live expired",
  "command not supported",
  "kind of address not supported",
];

async function connectBySocks(peer: Peer, proxy: ProxyTarget, host: string, port: number): Promise<string> {
  const { username, password = "" } = proxy;
  const methods = username === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, BY_PASSWORD];
  peer.say("methods offered", Buffer.from([SOCKS_VERSION, methods.length, ...methods]));
  const [version, method] = await peer.exactly("method chosen", 2);
  if (version !== SOCKS_VERSION) {
    throw failure(proxy, "NK_PROXY_BROKEN", "its answer is no SOCKS 5", PROXY_ADVICE);
  }
  if (method === NO_METHOD || !methods.includes(method!)) {
    throw failure(proxy, "NK_PROXY_AUTH", "it takes none of the ways offered to log in", SOCKS_AUTH_ADVICE);
  }
  if (method === BY_PASSWORD) {
    peer.say("name and password", Buffer.concat([Buffer.from([1]), short(username ?? ""), short(password)]));
    const [, status] = await peer.exactly("login's answer", 2);
    if (status !== 0) {
      throw failure(proxy, "NK_PROXY_AUTH", "it does not accept name and password", SOCKS_AUTH_ADVICE);
    }
  }
  const target = [Buffer.from([SOCKS_VERSION, 1, 0]), socksAddress(host), portBytes(port)];
  peer.say("CONNECT request", Buffer.concat(target));
  const [replyVersion, reply, , kind] = await peer.exactly("reply", 4);
  if (replyVersion !== SOCKS_VERSION) {
    throw failure(proxy, "NK_PROXY_BROKEN", "its answer is no SOCKS 5", PROXY_ADVICE);
  }
  if (reply !== 0) {
    const words = SOCKS_REPLIES[reply!] ?? `reply ${reply}`;
    throw failure(
      proxy,
      "NK_PROXY_REFUSED",
      `it opens no tunnel to ${host}:${port} (${words})`,
      REFUSED_ADVICE,
    );
  }
  // The address it connects from: of no use here, but in the way.
  const length = kind === 1 ? 4 : kind === 4 ? 16 : (await peer.exactly("length of its address", 1))[0]!;
  await peer.exactly("its address", length + 2);
  return "SOCKS 5: succeeded";
}

const SOCKS_AUTH_ADVICE = "give name and password in the URL: --proxy socks5://name:password@host:port";

function socksAddress(host: string): Buffer {
  const family = isIP(host);
  if (family === 4) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (family === 6) return Buffer.concat([Buffer.from([4]), ipv6Bytes(host)]);
  return Buffer.concat([Buffer.from([3]), short(host)]);
}

/** The 16 bytes of an address that `isIP` takes. */
function ipv6Bytes(address: string): Buffer {
  const plain = address
    .replace(/%.*$/, "")
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
      [(Number(a) << 8) | Number(b), (Number(c) << 8) | Number(d)].map((word) => word.toString(16)).join(":"),
    );
  const [left = "", right] = plain.split("::", 2);
  const words = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16));
  const [head, tail] = [words(left), words(right ?? "")];
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

/** A length of one byte, then the text: at most 255 bytes (RFC 1928, RFC 1929). */
function short(text: string): Buffer {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function failure(proxy: ProxyTarget, code: `NK_PROXY_${string}`, why: string, next: string): NetkitError {
  const message = `the proxy ${proxy.display} gave no tunnel`;
  return new NetkitError("proxy", code, message, { subject: proxy.display, why, next });
}

/** The other side of a stream: read by need; what was read too far is put back. */
class Peer implements Disposable {
  readonly #stream: Duplex;
  readonly #proxy: ProxyTarget;
  readonly #signal: AbortSignal;
  readonly #observe: TunnelObserver;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex, proxy: ProxyTarget, signal: AbortSignal, observe: TunnelObserver) {
    this.#stream = stream;
    this.#proxy = proxy;
    this.#signal = signal;
    this.#observe = observe;
  }

  say(what: string, bytes: Buffer): void {
    this.#observe("out", what, bytes);
    this.#stream.write(bytes);
  }

  async exactly(what: string, count: number): Promise<Buffer> {
    while (this.#bytes.length < count) await this.#more();
    return this.#take(what, count);
  }

  async until(what: string, end: string, most: number): Promise<Buffer> {
    for (;;) {
      const at = this.#bytes.indexOf(end);
      if (at >= 0) return this.#take(what, at + end.length);
      if (this.#bytes.length > most) {
        throw failure(
          this.#proxy,
          "NK_PROXY_BROKEN",
          `its answer has no end within ${most} bytes`,
          PROXY_ADVICE,
        );
      }
      await this.#more();
    }
  }

  [Symbol.dispose](): void {
    if (this.#bytes.length > 0) this.#stream.unshift(this.#bytes);
  }

  #take(what: string, count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#observe("in", what, taken);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }

  #more(): Promise<void> {
    const stream = this.#stream;
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stream.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onError);
        signal.removeEventListener("abort", onAbort);
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      const onReadable = (): void => {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        leave();
        this.#bytes = Buffer.concat([this.#bytes, chunk]);
        resolve();
      };
      const closed = (why: string): void => fail(failure(this.#proxy, "NK_PROXY_CLOSED", why, PROXY_ADVICE));
      const onEnd = (): void => closed("it closed the connection");
      const onError = (error: Error): void => closed(`the connection to it broke: ${error.message}`);
      const onAbort = (): void => fail(signal.reason);
      if (signal.aborted) return fail(signal.reason);
      stream.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onError);
      signal.addEventListener("abort", onAbort, { once: true });
      if (stream.readableEnded || stream.destroyed) onEnd();
    });
  }
}
