/**
 * The request that a command sends, from `-X`, `-H`, a body and credentials: the same for every command that
 * speaks HTTP.
 */
import { Buffer } from "node:buffer";
import type { Endpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import { parseHeader } from "./headers.ts";

export interface RequestSettings {
  readonly method?: string | undefined;
  readonly header?: readonly string[] | undefined;
  readonly body?: string | undefined;
  readonly "body-file"?: string | undefined;
  readonly "basic-auth"?: string | undefined;
  readonly bearer?: string | undefined;
}

export interface RequestInputs {
  /** `-` reads standard input. @throws NetkitError of stage `file`. */
  readonly readBytes: (path: string) => Promise<Uint8Array>;
}

export interface PlannedRequest {
  readonly method: string;
  /** In order, names as given. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
  /** A message a row of --data, the first of which is `body`. */
  readonly bodies?: readonly Uint8Array[] | undefined;
}

// Method names are case-sensitive (RFC 9110 §9.1); only the ones everybody knows are forgiven.
const STANDARD_METHOD = /^(get|head|post|put|patch|delete|options|trace)$/i;

/** @throws NetkitError `NK_USAGE` for a header or credentials that are none */
export async function planRequest(
  settings: RequestSettings,
  endpoints: readonly Pick<Endpoint, "username" | "password">[],
  inputs: RequestInputs,
): Promise<PlannedRequest> {
  const headers = (settings.header ?? []).map(parseHeader);
  const authorization = planAuthorization(settings, endpoints);
  const hasOwn = headers.some(([name]) => name.toLowerCase() === "authorization");
  if (authorization !== undefined && !hasOwn) headers.push(["Authorization", authorization]);
  const body = await planBody(settings, inputs);
  const method = settings.method ?? (body === undefined ? "GET" : "POST");
  return { method: STANDARD_METHOD.test(method) ? method.toUpperCase() : method, headers, body };
}

function planAuthorization(
  settings: RequestSettings,
  endpoints: readonly Pick<Endpoint, "username" | "password">[],
): string | undefined {
  if (settings.bearer !== undefined) return `Bearer ${settings.bearer}`;
  const named = endpoints.find((endpoint) => endpoint.username !== undefined);
  const pair =
    settings["basic-auth"] ?? (named === undefined ? undefined : `${named.username}:${named.password ?? ""}`);
  if (pair === undefined) return undefined;
  if (!pair.includes(":")) {
    throw usageError(
      "--basic-auth needs a name and a password",
      "write it like --basic-auth ada:secret",
      "--basic-auth",
    );
  }
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}

async function planBody(settings: RequestSettings, inputs: RequestInputs): Promise<Uint8Array | undefined> {
  if (settings.body !== undefined) return Buffer.from(settings.body, "utf8");
  const path = settings["body-file"];
  return path === undefined ? undefined : await inputs.readBytes(path);
}
