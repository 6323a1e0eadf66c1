// A DNS server on loopback that does as it is told: over UDP and TCP on one port, and over HTTP (DoH).
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  RCODES,
  type RcodeName,
  type ReadQuery,
  type Rr,
  readQuery,
  TYPES,
  type TypeName,
  writeReply,
} from "./dns-writer.ts";

export type By = "udp" | "tcp" | "https";

/** What is done with one question. */
export type Deed =
  | {
      readonly kind?: "answer";
      readonly delayMs?: number;
      readonly rcode?: RcodeName;
      /** Records for the name asked; `extra` may name others. */
      readonly addresses?: readonly string[];
      readonly ttl?: number;
      readonly extra?: readonly Rr[];
      readonly authorities?: readonly Rr[];
      readonly errors?: readonly (readonly [number, string])[];
      readonly recursionAvailable?: boolean;
      readonly edns?: boolean;
      /** Over UDP only the bit that sends the client to TCP. */
      readonly truncated?: boolean;
      /** Sent before the answer: the same with another id, or for another name. */
      readonly strangers?: readonly ("wrong-id" | "wrong-question")[];
    }
  | { readonly kind: "drop" }
  /** These bytes; `{id}` in front puts the id of the question there. */
  | { readonly kind: "bytes"; readonly bytes: Buffer; readonly withId?: boolean; readonly delayMs?: number }
  /** Over TCP and HTTP: ends the connection. */
  | { readonly kind: "close" }
  /** Over HTTP. */
  | { readonly kind: "http"; readonly status: number; readonly mediaType?: string; readonly body?: string };

export interface Heard extends ReadQuery {
  readonly by: By;
  /** `performance.now()` when it came. */
  readonly atMs: number;
  /** The same when the answer had been handed to the system: what a client should have measured, to a hop. */
  answeredMs: number | undefined;
  /** Port that the question came from. */
  readonly from: number;
}

export interface DnsResponderOptions {
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: a free one. 53 where the system's resolver is to ask it. */
  readonly port?: number;
  /** Nothing listens on TCP. */
  readonly noTcp?: boolean;
  /** Certificate and key of the DoH server; plain HTTP/1.1 without. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly http1Only?: boolean };
}

export class DnsResponder implements AsyncDisposable {
  readonly heard: Heard[] = [];
  /** Connections to the DoH server so far. */
  httpConnections = 0;
  readonly address: string;
  readonly #script = new Map<string, Deed[]>();
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #http: Server;
  readonly #secured: boolean;
  readonly #connections = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(options: DnsResponderOptions) {
    this.address = options.address ?? "127.0.0.1";
    this.#udp = createSocket(this.address.includes(":") ? "udp6" : "udp4");
    this.#udp.on("message", (bytes, { address, port }) => {
      this.#serve(
        bytes,
        "udp",
        port,
        (reply) => this.#udp.send(reply, port, address),
        () => undefined,
      );
    });
    this.#tcp = createServer((socket) => this.#keep(socket, () => this.#onTcp(socket)));
    this.#secured = options.tls !== undefined;
    this.#http = httpServer(options.tls, (request, response) => this.#onHttp(request, response));
    this.#http.on("connection", (socket) => {
      this.httpConnections++;
      this.#keep(socket, () => undefined);
    });
  }

  /** UDP takes a free port; where TCP cannot have the same one, both try another. */
  static async start(options: DnsResponderOptions = {}): Promise<DnsResponder> {
    for (let attempt = 1; ; attempt++) {
      const responder = new DnsResponder(options);
      try {
        await responder.#listen(options);
        return responder;
      } catch (error) {
        await responder[Symbol.asyncDispose]();
        if (attempt === 50 || options.port !== undefined) throw error;
      }
    }
  }

  async #listen({ port = 0, noTcp = false }: DnsResponderOptions): Promise<void> {
    this.#udp.bind(port, this.address);
    await once(this.#udp, "listening");
    if (!noTcp) {
      this.#tcp.listen(this.port, this.address);
      await once(this.#tcp, "listening");
    }
    this.#http.listen(0, this.address);
    await once(this.#http, "listening");
  }

  get port(): number {
    return this.#udp.address().port;
  }

  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `${this.#secured ? "https" : "http"}://${this.#secured ? "localhost" : this.address}:${port}/dns-query`;
  }

  /** Deeds for the first, second … question of that name and type; the last one is repeated. */
  on(name: string, type: "A" | "AAAA", ...deeds: readonly Deed[]): this {
    this.#script.set(`${name.toLowerCase()} ${TYPES[type]}`, [...deeds]);
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#connections) socket.destroy();
    this.#udp.close();
    for (const server of [this.#tcp, this.#http]) {
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }

  #keep(socket: Socket, begin: () => void): void {
    this.#connections.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#connections.delete(socket));
    begin();
  }

  #onTcp(socket: Socket): void {
    let held = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      const query = held.subarray(2, 2 + held.readUInt16BE(0));
      held = held.subarray(2 + query.length);
      const reply = (bytes: Buffer): void => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        // In two pieces, as TCP may deliver it anyway.
        socket.write(length.subarray(0, 1));
        socket.write(Buffer.concat([length.subarray(1), bytes]));
      };
      this.#serve(query, "tcp", socket.remotePort ?? 0, reply, () => socket.end());
    });
  }

  #onHttp(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const media = request.headers["content-type"];
      if (request.method !== "POST" || media !== "application/dns-message" || request.url !== "/dns-query") {
        response.writeHead(request.url === "/dns-query" ? 405 : 404).end();
        return;
      }
      const reply = (bytes: Buffer): void => {
        response.writeHead(200, { "content-type": "application/dns-message" }).end(bytes);
      };
      const port = request.socket.remotePort ?? 0;
      this.#serve(Buffer.concat(chunks), "https", port, reply, (deed) => {
        if (deed.kind === "http") {
          response
            .writeHead(deed.status, { "content-type": deed.mediaType ?? "text/html" })
            .end(deed.body ?? "no");
        } else request.socket.destroy();
      });
    });
  }

  #serve(
    bytes: Buffer,
    by: By,
    from: number,
    reply: (bytes: Buffer) => void,
    other: (deed: Deed) => void,
  ): void {
    const query = readQuery(bytes);
    const heard: Heard = { ...query, by, from, atMs: performance.now(), answeredMs: undefined };
    this.heard.push(heard);
    const deeds = this.#script.get(`${query.name.toLowerCase()} ${query.type}`);
    const deed: Deed = (deeds !== undefined && deeds.length > 1 ? deeds.shift() : deeds?.[0]) ?? {
      rcode: "NXDOMAIN",
    };
    if (deed.kind === "drop") return;
    const act = (): void => {
      if (deed.kind === "close" || deed.kind === "http") other(deed);
      else if (deed.kind === "bytes") {
        const id = Buffer.alloc(deed.withId ? 2 : 0);
        if (deed.withId) id.writeUInt16BE(query.id);
        reply(Buffer.concat([id, deed.bytes]));
      } else for (const message of messagesFor(query, deed, by)) reply(message);
      heard.answeredMs = performance.now();
    };
    const delayMs = "delayMs" in deed ? (deed.delayMs ?? 0) : 0;
    if (delayMs === 0) act();
    else {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        act();
      }, delayMs);
      this.#timers.add(timer);
    }
  }
}

function httpServer(
  tls: DnsResponderOptions["tls"],
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === undefined) return createHttpServer(handler);
  if (tls.http1Only) return createHttpsServer(tls, handler);
  return createSecureServer({ ...tls, allowHTTP1: true }, handler as never) as unknown as Server;
}

function messagesFor(query: ReadQuery, deed: Deed & { readonly kind?: "answer" }, by: By): Buffer[] {
  const { id, name, type } = query;
  const kind = Object.keys(TYPES).find((one) => TYPES[one as TypeName] === type) as TypeName;
  const own: Rr[] = (deed.addresses ?? []).map((data) => ({ name, type: kind, ttl: deed.ttl ?? 60, data }));
  const cut = deed.truncated === true && by === "udp";
  const shared = {
    type,
    rcode: RCODES[deed.rcode ?? "NOERROR"],
    answers: cut ? [] : [...(deed.extra ?? []), ...own],
    authorities: deed.authorities ?? [],
    truncated: cut,
    recursionAvailable: deed.recursionAvailable ?? true,
    ...(query.udpBytes === undefined || deed.edns === false ? {} : { edns: { errors: deed.errors ?? [] } }),
  };
  const strangers = (deed.strangers ?? []).map((stranger) =>
    stranger === "wrong-id"
      ? writeReply({ ...shared, id: (id + 1) & 0xffff, name })
      : writeReply({ ...shared, id, name: `other.${name}` }),
  );
  return [...strangers, writeReply({ ...shared, id, name })];
}
