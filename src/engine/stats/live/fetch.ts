/**
 * One GET for a scrape: by node:http, since a scrape a second needs comfort and not speed. Whole or an error: a time
 * limit over all of it, a size limit before and after decompression, redirects followed a few times.
 */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { maskUrl } from "../../../core/secrets.ts";
import { isTlsError, translateTlsError } from "../../../core/tls/errors.ts";

export interface FetchPlan {
  /** Sent to the origin that was named, and to no other that it leads to. */
  readonly headers: readonly (readonly [string, string])[];
  readonly tls: {
    readonly verify: boolean;
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly unixSocket: string | undefined;
  /** Of one scrape, redirects included. */
  readonly timeoutMs: number;
}

export interface Fetched {
  readonly url: URL;
  readonly status: number;
  /** Lower case, without parameters; empty where none was told. */
  readonly contentType: string;
  readonly text: string;
  /** Monotonic: when the answer began, shortly after its figures were taken. */
  readonly atUs: number;
}

/** A hundred times what a large exporter sends. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_REDIRECTS = 5;

const ACCEPT =
  "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.8,application/json;q=0.4,*/*;q=0.1";

/** @throws NetkitError when no whole answer comes (exit 3); the reason of `signal` when that ends it */
export async function fetchText(from: URL, plan: FetchPlan, signal?: AbortSignal): Promise<Fetched> {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(plan.timeoutMs)));
  const both = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  let url = from;
  try {
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const answer = await once(url, plan, url.origin === from.origin, both);
      const { location } = answer.headers;
      if (answer.status < 300 || answer.status > 399 || location === undefined) {
        const [contentType = ""] = (answer.headers["content-type"] ?? "").split(";", 1);
        const { status, text, atUs } = answer;
        return { url, status, contentType: contentType.trim().toLowerCase(), text, atUs };
      }
      url = redirected(url, location);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw limit.aborted ? tooLate(url, plan.timeoutMs) : asNetkitError(error, url);
  }
  throw new NetkitError("protocol", "NK_REDIRECTS", `${shownUrl(from)} redirects without an end`, {
    subject: shownUrl(from),
    why: `it led on more than ${MAX_REDIRECTS} times`,
    next: "name the address that has the figures",
  });
}

/** Without what may be secret. */
export function shownUrl(url: URL): string {
  return maskUrl(url.href);
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly atUs: number;
}

function once(url: URL, plan: FetchPlan, isOwn: boolean, signal: AbortSignal): Promise<Answer> {
  const { tls, unixSocket } = plan;
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        // One connection a scrape: a kept one would hide that the server no longer takes any.
        agent: false,
        signal,
        // node would make a header of what stands in the URL, also beside one that was given.
        auth: undefined,
        headers: {
          Accept: ACCEPT,
          "Accept-Encoding": "gzip",
          "User-Agent": "netkit",
          ...(isOwn ? Object.fromEntries(plan.headers) : {}),
        },
        ...(unixSocket === undefined || !isOwn ? {} : { socketPath: unixSocket }),
        rejectUnauthorized: tls.verify,
        ...(tls.ca === undefined ? {} : { ca: tls.ca }),
        ...(tls.cert === undefined || !isOwn ? {} : { cert: tls.cert, key: tls.key }),
      },
      (response) => {
        const atUs = nowUs();
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BODY_BYTES) request.destroy(tooLarge(url));
          else chunks.push(chunk);
        });
        // A body that is cut off emits this too.
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          decode(Buffer.concat(chunks), headers["content-encoding"], url).then(
            (text) => resolve({ status, headers, text, atUs }),
            reject,
          );
        });
      },
    );
    request.on("error", reject);
    request.end();
  });
}

const inflate = promisify(gunzip);

async function decode(body: Buffer, encoding: string | undefined, url: URL): Promise<string> {
  if (encoding === undefined || encoding === "identity") return body.toString("utf8");
  try {
    if (encoding === "gzip")
      return (await inflate(body, { maxOutputLength: MAX_BODY_BYTES })).toString("utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(url);
  }
  throw new NetkitError("protocol", "NK_ENCODING", `could not unpack what ${shownUrl(url)} sent`, {
    subject: shownUrl(url),
    why: `its Content-Encoding is ${JSON.stringify(encoding.slice(0, 40))}, and what came is not gzip`,
    next: "check the proxy in front of the endpoint",
  });
}

function redirected(from: URL, location: string): URL {
  let to: URL | undefined;
  try {
    to = new URL(location, from);
  } catch {
    // Told below, with what came.
  }
  if (to !== undefined && (to.protocol === "http:" || to.protocol === "https:")) return to;
  throw new NetkitError("protocol", "NK_REDIRECTS", `${shownUrl(from)} redirects to what is no web address`, {
    subject: shownUrl(from),
    why: `its Location is ${JSON.stringify(maskUrl(location.slice(0, 100)))}`,
    next: "name the address that has the figures",
  });
}

function tooLarge(url: URL): NetkitError {
  return new NetkitError("protocol", "NK_ANSWER_TOO_LARGE", `${shownUrl(url)} sends too much`, {
    subject: shownUrl(url),
    why: `the answer is larger than ${MAX_BODY_BYTES / 1024 / 1024} MiB`,
    next: "name a path with fewer figures; many exporters take a choice in the query",
  });
}

function tooLate(url: URL, timeoutMs: number): NetkitError {
  return new NetkitError("request", "NK_NO_ANSWER", `no whole answer from ${shownUrl(url)}`, {
    subject: shownUrl(url),
    why: `it took longer than ${timeoutMs} ms`,
    next: "check that the server is alive (netkit connect shows where the time goes), or raise --timeout",
  });
}

function asNetkitError(error: unknown, url: URL): NetkitError {
  if (error instanceof NetkitError) return error;
  if (isTlsError(error)) return translateTlsError(error, url.hostname);
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && (code.startsWith("HPE_") || code === "ERR_HTTP_INVALID_HEADER_VALUE")) {
    return new NetkitError("protocol", "NK_NOT_HTTP", `what ${shownUrl(url)} answers is not HTTP/1.1`, {
      subject: shownUrl(url),
      why: error instanceof Error ? error.message : String(error),
      next: url.protocol === "http:" ? "check the port; a TLS port needs https:" : "check the port",
      cause: error,
    });
  }
  return wrapSystemError(error, "scrape", shownUrl(url));
}
