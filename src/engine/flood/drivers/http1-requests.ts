/** The requests of a flood over HTTP/1.1 as prebuilt bytes. */
import { Buffer } from "node:buffer";
import { usageError } from "../../../core/errors.ts";
import type { FloodPlan, RequestPlan, TargetPlan } from "../plan.ts";
import { bindRequests, type RequestBook } from "./request-book.ts";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** @throws NetkitError `NK_USAGE` for a method, name or value that would break the message. */
export function encodeRequests(plan: FloodPlan): RequestBook {
  const requests = plan.targets.map((target) => encodeRequest(target, plan.request, plan.newConnection));
  return bindRequests(requests, plan.depth);
}

/**
 * One HTTP/1.1 request (RFC 9112 §3), as small as it can be: what is not asked for is not sent, so that the
 * target's time goes into what is measured. Host comes first, as RFC 9110 §7.2 advises; Content-Length is
 * added when there is a body or the method usually has one.
 * @throws NetkitError `NK_USAGE` for a method, name or value that would break the message.
 */
export function encodeRequest(target: TargetPlan, request: RequestPlan, closes: boolean): Buffer {
  if (!TOKEN.test(request.method)) {
    throw usageError(`"${request.method}" is not an HTTP method`, "write it like -X POST");
  }
  const given = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const lines = [`${request.method} ${target.path} HTTP/1.1`];
  if (!given.has("host")) lines.push(`Host: ${target.authority}`);
  for (const [name, value] of request.headers) {
    if (!TOKEN.test(name) || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
      // The value may be a secret: it is not shown.
      throw usageError(`header "${name}" holds what a header cannot hold`, "write it like -H 'X-Id: 7'");
    }
    lines.push(`${name}: ${value}`);
  }
  const expectsBody = request.method === "POST" || request.method === "PUT" || request.method === "PATCH";
  const bodyBytes = request.body?.length ?? 0;
  if ((bodyBytes > 0 || expectsBody) && !given.has("content-length") && !given.has("transfer-encoding")) {
    lines.push(`Content-Length: ${bodyBytes}`);
  }
  if (closes && !given.has("connection")) lines.push("Connection: close");
  // As typed in a terminal; field values may hold such bytes (obs-text, RFC 9110 §5.5), and curl sends them.
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8");
  return request.body === undefined ? head : Buffer.concat([head, request.body]);
}
