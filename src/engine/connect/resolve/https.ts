/**
 * DNS over HTTPS (RFC 8484): the question as the body of a POST, the answer as the body of its 200.
 *
 * HTTP/2 where the server offers it, and then one connection for all questions; else HTTP/1.1 with a connection
 * each, so that A and AAAA never wait for each other. Opening the connection counts as time of the questions
 * that waited for it. The server's own name is resolved by the system. Certificates are always verified: against
 * node's CAs and those of `--cacert` together, since the resolver and the target rarely share a private CA.
 */
import { type IncomingMessage, request as startRequest } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as startSession } from "node:http2";
import type { Socket } from "node:net";
import { rootCertificates, type TLSSocket } from "node:tls";
import { type NetkitError, systemCodeOf } from "../../../core/errors.ts";
import { encodeQuery } from "../../../core/framing/dns/query.ts";
import { dial } from "../../../core/lifecycle/dial.ts";
import type { Failure } from "./asker.ts";
import {
  type Asked,
  type DnsTransport,
  type Exchanged,
  isMessage,
  readOnly,
  typeNumber,
} from "./exchange.ts";
import { httpRefused, malformed, timedOut, unreachable, untrusted } from "./failures.ts";

const MEDIA_TYPE = "application/dns-message";
const MAX_MESSAGE_BYTES = 0xffff;
/** Same answers have same bytes, so that caches on the way can work (RFC 8484 section 4.1). */
const ID = 0;
const CERTIFICATE_CODES = /^NK_TLS_(CERT_|NAME_MISMATCH)/;

export interface HttpsOptions {
  /** `https:`, or `http:` on loopback; see `parse-resolver.ts`. */
  readonly url: string;
  /** PEM of CAs to trust besides node's. */
  readonly ca?: string | undefined;
  readonly timeoutMs: number;
}

type Link =
  | { readonly kind: "session"; readonly session: ClientHttp2Session }
  /** HTTP/1.1: for the first who comes; the others open their own. */
  | { readonly kind: "socket"; readonly socket: Socket }
  | { readonly kind: "failed"; readonly failure: Failure };

/** Status, media type and body of an answer, by either version. */
interface HttpAnswer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: Buffer;
}

export class HttpsTransport implements DnsTransport {
  readonly label: string;
  readonly #url: URL;
  readonly #options: HttpsOptions;
  readonly #open = new Set<{ destroy(): void }>();
  #link: Promise<Link> | undefined;
  #socketTaken = false;

  constructor(options: HttpsOptions) {
    this.#url = new URL(options.url);
    this.label = options.url;
    this.#options = options;
  }

  async exchange(asked: Asked, signal: AbortSignal): Promise<Exchanged> {
    const query = encodeQuery({ ...asked, id: ID, type: typeNumber(asked.type) });
    if (!Buffer.isBuffer(query)) return fail(malformed(this.label, `nothing: ${query.what}`));
    try {
      this.#link ??= this.#dial(signal);
      const link = await this.#own(await this.#link, signal);
      if (link.kind === "failed") return fail(signal.aborted ? this.#timedOut() : link.failure);
      const answer =
        link.kind === "session"
          ? await postBySession(link.session, this.#url, query, signal)
          : await postBySocket(link.socket, this.#url, query, signal);
      const read = this.#read(answer, asked);
      return isMessage(read) ? { kind: "message", message: read, transport: "https" } : fail(read);
    } catch (error) {
      if (signal.aborted) return fail(this.#timedOut());
      const reason = error instanceof Error ? error.message : String(error);
      return fail(unreachable(this.label, systemCodeOf(error) ?? null, `the request failed: ${reason}`));
    }
  }

  close(): void {
    for (const one of this.#open) one.destroy();
    this.#open.clear();
  }

  /** The first comer takes the HTTP/1.1 connection that taught us the version. */
  async #own(link: Link, signal: AbortSignal): Promise<Link> {
    if (link.kind !== "socket") return link;
    if (!this.#socketTaken) {
      this.#socketTaken = true;
      return link;
    }
    return this.#dial(signal);
  }

  async #dial(signal: AbortSignal): Promise<Link> {
    const secured = this.#url.protocol === "https:";
    const { ca } = this.#options;
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca].join("\n") };
    const result = await dial(
      {
        host: this.#url.hostname.replace(/^\[|\]$/g, ""),
        port: this.#url.port === "" ? (secured ? 443 : 80) : Number(this.#url.port),
        ...(secured ? { tls: { ...trusted, alpn: ["h2", "http/1.1"] } } : {}),
        timeouts: { resolveMs: Infinity, connectMs: Infinity, secureMs: Infinity },
      },
      signal,
    );
    if (result.kind === "failed") return { kind: "failed", failure: this.#unreached(result.error) };
    const { socket } = result;
    // A fault that no request is there to notice shows at the next one.
    socket.on("error", () => undefined);
    this.#open.add(socket);
    if ((socket as Partial<TLSSocket>).alpnProtocol !== "h2") return { kind: "socket", socket };
    const session = startSession(this.#url, { createConnection: () => socket });
    session.on("error", () => undefined);
    this.#open.add(session);
    return { kind: "session", session };
  }

  #unreached({ stage, code, why = "it failed", cause }: NetkitError): Failure {
    const word = systemCodeOf(cause) ?? null;
    if (CERTIFICATE_CODES.test(code)) return untrusted(this.label, word, why);
    return unreachable(this.label, word, stage === "dns" ? `its own name: ${why}` : why);
  }

  #read({ status, mediaType, body }: HttpAnswer, asked: Asked): ReturnType<typeof readOnly> {
    if (status < 200 || status > 299) return httpRefused(this.label, status);
    if (mediaType !== MEDIA_TYPE) {
      const what = mediaType === "" ? "content without a type" : `${mediaType.slice(0, 60)}`;
      return malformed(this.label, `${what} instead of ${MEDIA_TYPE}`);
    }
    return readOnly(body, ID, asked, this.label);
  }

  #timedOut(): Failure {
    return timedOut(this.label, this.#options.timeoutMs);
  }
}

function fail(failure: Failure): Exchanged {
  return { kind: "failed", failure, transport: "https" };
}

function headersOf(query: Buffer): Record<string, string> {
  return { "content-type": MEDIA_TYPE, accept: MEDIA_TYPE, "content-length": String(query.length) };
}

function mediaTypeOf(header: string | undefined): string {
  return (header ?? "").split(";")[0]!.trim().toLowerCase();
}

function postBySocket(socket: Socket, url: URL, query: Buffer, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = startRequest({
      method: "POST",
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headersOf(query) },
      createConnection: () => socket,
      signal,
    });
    request.on("error", reject);
    request.on("response", (response: IncomingMessage) => {
      const { statusCode = 0, headers } = response;
      collect(response).then(
        (body) => resolve({ status: statusCode, mediaType: mediaTypeOf(headers["content-type"]), body }),
        reject,
      );
    });
    request.end(query);
  });
}

function postBySession(
  session: ClientHttp2Session,
  url: URL,
  query: Buffer,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const path = `${url.pathname}${url.search}`;
    const stream = session.request({ ":method": "POST", ":path": path, ...headersOf(query) }, { signal });
    stream.on("error", reject);
    // A stream that ends without having answered says so by nothing else.
    stream.on("close", () => reject(new Error("the stream closed without an answer")));
    stream.on("response", (headers) => {
      const mediaType = mediaTypeOf(headers["content-type"]);
      collect(stream).then((body) => resolve({ status: headers[":status"] ?? 0, mediaType, body }), reject);
    });
    stream.end(query);
  });
}

/** @throws Error for a body of more bytes than a message has, or that is cut. */
async function collect(stream: IncomingMessage | ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_MESSAGE_BYTES) throw new Error(`an answer of more than ${MAX_MESSAGE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
