/**
 * Requests of HTTP probes as bytes or fields, and the fields of answers as they may be shown.
 */
import { Buffer } from "node:buffer";
import { usageError } from "../../../core/errors.ts";
import { IS_FIELD_VALUE, IS_TOKEN } from "../../../core/framing/http1/tokens.ts";
import { shownText } from "../../../core/framing/http1/violation.ts";
import { isSecretName, MASK, maskUrl } from "../../../core/secrets.ts";
import type { ProbePlan } from "./probe.ts";

export type Fields = readonly (readonly [name: string, value: string])[];

/** The request's own fields, and those that it needs and was not given. `Host` is left to the version. */
export function requestFields({ endpoint, request }: ProbePlan): Fields {
  const { headers, body, method } = request;
  for (const [name, value] of headers) {
    if (!consistsOf(name, IS_TOKEN) || name === "") throw badField("name", name);
    if (!consistsOf(value, IS_FIELD_VALUE)) throw badField("value", name);
  }
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual: [string, string][] = [
    ["User-Agent", "netkit"],
    ["Accept", "*/*"],
  ];
  if (endpoint.username !== undefined || endpoint.password !== undefined) {
    const pair = `${endpoint.username ?? ""}:${endpoint.password ?? ""}`;
    usual.push(["Authorization", `Basic ${Buffer.from(pair).toString("base64")}`]);
  }
  // These methods have a body by their meaning, so that its absence is said (RFC 9110 section 8.6).
  if (body !== undefined || /^(POST|PUT|PATCH)$/.test(method)) {
    usual.push(["Content-Length", String(body?.length ?? 0)]);
  }
  return [...usual.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
}

/** The head of an HTTP/1.1 request. */
export function requestHead(plan: ProbePlan, method: string, fields: Fields): string {
  if (method === "" || !consistsOf(method, IS_TOKEN)) {
    throw usageError(`${shownText(method)} is not a method`, "write it like GET or POST");
  }
  const host: Fields = fields.some(([name]) => name.toLowerCase() === "host")
    ? []
    : [["Host", plan.endpoint.authority]];
  const lines = [...host, ...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${plan.endpoint.path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** What may be a secret keeps its name and loses its value. */
export function shownFields(fields: Iterable<readonly [string, string]>): [string, string][] {
  return Array.from(fields, ([name, value]) => [name, isSecretName(name) ? MASK : maskUrl(value)]);
}

function consistsOf(text: string, table: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) if (table[text.charCodeAt(at)] !== 1) return false;
  return true;
}

function badField(what: "name" | "value", name: string): Error {
  return usageError(
    `the ${what} of header ${shownText(name)} holds a character that no header may`,
    "write it like -H 'X-Request-Id: 42'",
  );
}
