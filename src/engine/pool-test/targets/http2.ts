/** HTTP/2 (RFC 9113) by node:http2: a session a connection, one stream at a time, as a pool that leases has it. */

import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import type { TargetPlan } from "../plan.ts";
import { endedSoon, goneError, statusError } from "./failures.ts";
import type { Request } from "./http.ts";
import type { OpenTarget, TargetConnection, WorkDone } from "./target.ts";
import { dialTarget } from "./turn-socket.ts";

export function openHttp2(plan: TargetPlan, work: Request): OpenTarget {
  const { endpoint } = plan;
  return {
    url: endpoint.display,
    protocol: "HTTP/2",
    async connect(signal) {
      const socket = await dialTarget(plan, endpoint.tls ? ["h2"] : undefined, signal);
      return overHttp2(socket, plan, work);
    },
    desk: undefined,
    async [Symbol.asyncDispose]() {},
  };
}

/** A session on a socket that the server expects HTTP/2 on. */
export function overHttp2(socket: Socket, plan: TargetPlan, work: Request): TargetConnection {
  const { endpoint } = plan;
  const session = connect(`${endpoint.tls ? "https" : "http"}://${endpoint.authority}`, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  return new Http2Connection(session, socket, plan, work);
}

class Http2Connection implements TargetConnection {
  readonly serverId: string;
  readonly gone: Promise<unknown>;
  readonly #session: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #plan: TargetPlan;
  readonly #work: Request;
  #cause: unknown;

  constructor(session: ClientHttp2Session, socket: Socket, plan: TargetPlan, work: Request) {
    this.#session = session;
    this.#socket = socket;
    this.serverId = `port ${socket.localPort ?? 0}`;
    this.#plan = plan;
    this.#work = work;
    session.on("error", (error) => {
      this.#cause ??= wrapSystemError(error, "talk to", plan.endpoint.display);
    });
    this.gone = new Promise((resolve) => {
      session.once("close", () => resolve(this.#cause ?? goneError(plan.endpoint.display)));
    });
  }

  work(signal?: AbortSignal): Promise<WorkDone> {
    const { endpoint, workTimeoutMs } = this.#plan;
    const { method, headers, body } = this.#work;
    const subject = endpoint.display;
    const fields: OutgoingHttpHeaders = {
      ":method": method,
      ":path": endpoint.path,
      ":scheme": endpoint.tls ? "https" : "http",
      ":authority": endpoint.authority,
      ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
    };
    return new Promise((resolve, reject) => {
      if (this.#session.destroyed || this.#session.closed) return reject(this.#cause ?? goneError(subject));
      const stream = this.#session.request(fields, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      let bytesReceived = 0;
      let status = 0;
      const onAbort = (): void => void stream.close(constants.NGHTTP2_CANCEL);
      const timer = setTimeout(onAbort, workTimeoutMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      stream.on("response", (answer) => {
        status = answer[":status"] ?? 0;
      });
      stream.on("data", (chunk: Buffer) => {
        bytesReceived += chunk.length;
      });
      stream.on("error", (error) => {
        this.#cause ??= error;
      });
      stream.once("close", () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        if (signal?.aborted === true) reject(signal.reason);
        else if (stream.rstCode === constants.NGHTTP2_NO_ERROR && status >= 200 && status < 400) {
          // GOAWAY (RFC 9113 section 6.8) may have come with the answer.
          resolve(this.#session.closed ? { bytesReceived, isLast: true } : { bytesReceived });
        } else reject(this.#failure(status, stream.rstCode));
      });
    });
  }

  validate(): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#session.destroyed || this.#session.closed) return resolve(false);
      this.#session.ping((error) => resolve(error === null));
    });
  }

  async close(): Promise<void> {
    if (this.#session.closed && this.#session.destroyed) return;
    this.#session.close(() => this.#session.destroy());
    // A session that was closed once does not destroy its socket any more.
    await endedSoon(this.gone, () => this.#socket.destroy());
  }

  #failure(status: number, code: number | undefined): NetkitError {
    const subject = this.#plan.endpoint.display;
    if (this.#session.destroyed) return goneError(subject, this.#cause);
    if (status >= 400) return statusError(subject, status);
    return new NetkitError("request", "NK_STREAM_RESET", `${subject} did not finish its answer`, {
      subject,
      why:
        code === constants.NGHTTP2_CANCEL
          ? "it did not come in time"
          : `the stream was reset with code ${code}`,
      next: "look at the server's log, or raise --timeout",
    });
  }
}
