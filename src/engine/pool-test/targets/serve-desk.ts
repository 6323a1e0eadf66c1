/**
 * The view of `netkit serve` of its own connections: `/stats` of its admin listener. It counts those of all clients, so
 * what was open before the test is taken off: the count is of this test alone as long as nobody else comes or goes.
 */
import { get, type IncomingMessage } from "node:http";
import { get as getSecured } from "node:https";
import type { Endpoint } from "../../../core/endpoint.ts";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import type { DialTls } from "../../../core/lifecycle/dial-types.ts";
import type { OpenTarget, ServerDesk, ServerView } from "./target.ts";

const SCHEMA = "netkit.serve-stats/1";
/** The document has some kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 5_000;

/**
 * The target, looked at by the server that `admin` belongs to. To be called before the first connection of the test;
 * after an abort, when nothing is measured any more, it is the target alone.
 * @throws NetkitError when the admin listener does not answer, or is none
 */
export async function withServeDesk(
  target: OpenTarget,
  admin: Endpoint,
  tls: DialTls,
  signal: AbortSignal | undefined,
): Promise<OpenTarget> {
  const page = new StatsPage(admin, tls);
  let others: number;
  try {
    others = (await page.read(signal)).connections.open;
  } catch (error) {
    if (signal?.aborted === true) return target;
    throw error;
  }
  return {
    ...target,
    desk: async () => new ServeDesk(page, others),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}

class ServeDesk implements ServerDesk {
  readonly #page: StatsPage;
  readonly #others: number;

  constructor(page: StatsPage, others: number) {
    this.#page = page;
    this.#others = others;
  }

  async view(signal?: AbortSignal): Promise<ServerView> {
    const { connections, version } = await this.#page.read(signal);
    return {
      source: "/stats",
      // Below none when one of the others has left.
      connections: Math.max(0, connections.open - this.#others),
      scope: "ours",
      limit: undefined,
      version: `netkit ${version}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

interface Stats {
  readonly version: string;
  readonly connections: { readonly open: number };
}

/** Asked over a connection of its own each time, which the admin listener does not count. */
class StatsPage {
  readonly #url: string;
  readonly #tls: DialTls;

  constructor({ origin, path }: Endpoint, tls: DialTls) {
    this.#url = `${origin}${path.replace(/[?].*$/s, "").replace(/\/(stats)?$/, "")}/stats`;
    this.#tls = tls;
  }

  async read(signal: AbortSignal | undefined): Promise<Stats> {
    const stats = parse(await this.#body(signal));
    if (stats !== undefined) return stats;
    throw new NetkitError("protocol", "NK_PROTOCOL_VIOLATION", `${this.#url} is no ${SCHEMA}`, {
      subject: this.#url,
      why: "it answered with something else",
      next: "name the admin listener of netkit serve, such as --admin http://127.0.0.1:9090",
    });
  }

  #body(signal: AbortSignal | undefined): Promise<string> {
    const isSecured = this.#url.startsWith("https:");
    const ask = isSecured ? getSecured : get;
    const { insecure, ca, cert, key } = this.#tls;
    const secured = isSecured ? { rejectUnauthorized: insecure !== true, ca, cert, key } : {};
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void =>
        reject(signal?.aborted === true ? signal.reason : wrapSystemError(error, "look at", this.#url));
      const options = { agent: false, timeout: TIMEOUT_MS, signal, ...secured };
      const request = ask(this.#url, options, (answer: IncomingMessage) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
          if (text.length > MAX_BYTES) request.destroy(new Error("the document is too large"));
        });
        answer.on("end", () => resolve(text)).on("error", fail);
      });
      request.on("timeout", () =>
        request.destroy(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })),
      );
      request.on("error", fail);
    });
  }
}

function parse(text: string): Stats | undefined {
  try {
    const stats = JSON.parse(text) as Partial<Stats> & { readonly schema?: unknown };
    return stats.schema === SCHEMA && Number.isInteger(stats.connections?.open)
      ? (stats as Stats)
      : undefined;
  } catch {
    return undefined;
  }
}
