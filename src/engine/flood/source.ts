/**
 * What to send: request number j of a thread as prebuilt bytes. Requests take the targets in turn; runs of
 * consecutive requests (pipelining) come as one buffer, so that a batch is one write.
 */
import { Buffer } from "node:buffer";
import { usageError } from "../../core/errors.ts";
import type { FloodPlan, RequestPlan, TargetPlan } from "./plan.ts";

export interface Source {
  /** Most requests that `bytes` gives at once. */
  readonly maxBatch: number;
  /** Number in `plan.targets` of request j. */
  target(j: number): number;
  /** One request to a target on the wire, under the same rule as `bytes`. */
  one(target: number): Buffer;
  /** Requests j … j+count−1 on the wire; a view that is shared and must not be written to. */
  bytes(j: number, count: number): Buffer;
}

// A batch buffer repeats the request; large bodies are sent in smaller batches to bound memory.
const BATCH_BYTES = 1024 * 1024;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export function createSource(plan: FloodPlan, first: number): Source {
  const requests = plan.targets.map((target) => encodeRequest(target, plan.request, plan.newConnection));
  const cycle = requests.length;
  const cycleBytes = requests.reduce((sum, bytes) => sum + bytes.length, 0);
  const maxBatch = Math.max(1, Math.min(plan.depth, Math.floor((BATCH_BYTES / cycleBytes) * cycle)));
  // Long enough for a run of maxBatch requests that starts at any target.
  const run = Array.from({ length: cycle + maxBatch - 1 }, (_, i) => requests[i % cycle]!);
  const all = Buffer.concat(run);
  const offsets = [0];
  for (const bytes of run) offsets.push(offsets.at(-1)! + bytes.length);
  const views: Buffer[] = [];
  for (let from = 0; from < cycle; from++) {
    for (let count = 1; count <= maxBatch; count++) {
      views.push(all.subarray(offsets[from], offsets[from + count]));
    }
  }
  return {
    maxBatch,
    one: (target) => requests[target]!,
    target: (j) => (first + j) % cycle,
    bytes: (j, count) => views[((first + j) % cycle) * maxBatch + count - 1]!,
  };
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
