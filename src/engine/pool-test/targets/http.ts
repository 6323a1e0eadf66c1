/**
 * HTTP/1.1 with our codec, one keep-alive connection a connection; HTTP/2 by node:http2, one stream at a time. Over TLS
 * the server chooses, unless a version is forced.
 */
import { Buffer } from "node:buffer";
import type { TLSSocket } from "node:tls";
import { NetkitError, usageError } from "../../../core/errors.ts";
import { HeadMemo } from "../../../core/framing/http1/head-memo.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import type { TargetPlan, WorkPlan } from "../plan.ts";
import { statusError } from "./failures.ts";
import { openHttp2, overHttp2 } from "./http2.ts";
import type { HttpRequest, OpenTarget } from "./target.ts";
import { dialTarget, TurnConnection, type Turns } from "./turn-socket.ts";
import { driverTls } from "./url-options.ts";

export type Request = Extract<WorkPlan, { kind: "request" }>;

const DEFAULT_WORK: Request = { kind: "request", method: "GET", headers: [], body: undefined };

export async function openHttp(plan: TargetPlan): Promise<OpenTarget> {
  const work = plan.work.kind === "request" ? plan.work : DEFAULT_WORK;
  if (plan.http === "2") return openHttp2(plan, work);
  const bytes = requestBytes(plan, work);
  // Asked again and again: what a POST does must not be done to look whether the connection stands.
  const probe = requestBytes(plan, {
    ...work,
    method: "HEAD",
    headers: work.headers.filter(([name]) => !/^content-|^transfer-encoding$/i.test(name)),
    body: undefined,
  });
  const memo = new HeadMemo<ResponseHead>();
  const versions = plan.http === "1.1" ? ["http/1.1"] : ["h2", "http/1.1"];
  return {
    url: plan.endpoint.display,
    protocol: plan.endpoint.tls && plan.http === undefined ? "HTTP/2 or HTTP/1.1, by ALPN" : "HTTP/1.1",
    async connect(signal) {
      const socket = await dialTarget(plan, plan.endpoint.tls ? versions : undefined, signal);
      if ((socket as TLSSocket).alpnProtocol === "h2") return overHttp2(socket, plan, work);
      return new TurnConnection(
        socket,
        new HttpTurns(bytes, work.method, probe, memo, plan.endpoint.display),
        plan,
      );
    },
    desk: undefined,
    native: { kind: "undici", request: undiciRequest(plan, work) },
    async [Symbol.asyncDispose]() {},
  };
}

function requestBytes({ endpoint }: TargetPlan, { method, headers, body }: Request): Buffer {
  const fields = [
    ...(hasField(headers, "host") ? [] : [["Host", endpoint.authority] as const]),
    ...headers,
    ...(body === undefined || hasField(headers, "content-length")
      ? []
      : [["Content-Length", String(body.length)] as const]),
  ];
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `${method} ${endpoint.path} HTTP/1.1\r\n${lines}\r\n`;
  if (/[^\t\x20-\x7e\x80-\xff]/.test(head.replaceAll("\r\n", ""))) {
    throw usageError(
      "a header or the path holds a character that no request may",
      "write it in visible characters",
    );
  }
  return Buffer.concat([Buffer.from(head, "latin1"), body ?? Buffer.alloc(0)]);
}

function hasField(headers: Request["headers"], name: string): boolean {
  return headers.some(([given]) => given.toLowerCase() === name);
}

function undiciRequest(plan: TargetPlan, { method, headers, body }: Request): HttpRequest {
  const { endpoint } = plan;
  return {
    origin: endpoint.origin,
    path: endpoint.path,
    method,
    // It would name where it connects to, which may be a relay.
    headers: hasField(headers, "host") ? headers : [["Host", endpoint.authority], ...headers],
    body,
    connect: {
      ...driverTls(plan),
      timeout: plan.connectTimeoutMs,
      ...(plan.unixSocket === undefined ? {} : { socketPath: plan.unixSocket }),
    },
    timeoutMs: plan.workTimeoutMs,
  };
}

class HttpTurns implements Turns {
  keeps = true;
  readonly #bytes: Buffer;
  readonly #method: string;
  readonly #subject: string;
  readonly #probe: Buffer;
  readonly #parser: ResponseParser;
  #status = 0;
  #isProbe = false;

  constructor(bytes: Buffer, method: string, probe: Buffer, memo: HeadMemo<ResponseHead>, subject: string) {
    this.#bytes = bytes;
    this.#method = method;
    this.#probe = probe;
    this.#parser = new ResponseParser({ memo });
    this.#subject = subject;
  }

  probe(): Buffer {
    this.#isProbe = true;
    this.#parser.expect("HEAD");
    return this.#probe;
  }

  ask(): Buffer {
    this.#isProbe = false;
    this.#parser.expect(this.#method);
    return this.#bytes;
  }

  take(chunk: Buffer): boolean {
    this.#parser.feed(chunk, 0, chunk.length);
    for (;;) {
      const event = this.#parser.next();
      switch (event.kind) {
        case "head":
          this.#status = event.head.status;
          if (this.#status >= 200) this.keeps = event.head.keepAlive;
          break;
        case "end":
          if (this.#status < 200) break;
          this.#judge();
          return true;
        case "violation":
          throw this.#broken(`${event.detail} (${event.rfc})`);
        case "need-more":
          return false;
        default:
          break;
      }
    }
  }

  finish(): boolean {
    if (this.#parser.finish().kind !== "end" || this.#status < 200) return false;
    this.keeps = false;
    return true;
  }

  /** The connection is sound either way; the work was not done. */
  #judge(): void {
    if (this.#status >= 400 && !this.#isProbe) throw statusError(this.#subject, this.#status);
  }

  #broken(why: string): NetkitError {
    return new NetkitError(
      "protocol",
      "NK_PROTOCOL_VIOLATION",
      `${this.#subject} breaks the rules of HTTP/1.1`,
      {
        subject: this.#subject,
        why,
        next: "check the scheme; netkit connect --trace shows the bytes",
      },
    );
  }
}
