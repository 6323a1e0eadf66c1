// Servers within this process for the tests of this folder: any scheme, on a free port of loopback.
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { type ServeLimits, type ServePlan, servePlan, type TlsPlan } from "../../../src/engine/serve/plan.ts";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { startServer } from "../../../src/engine/serve/server.ts";

const SELF_SIGNED: TlsPlan = { certificate: { kind: "self-signed" } };

export function planFor(scheme: string, limits: Partial<ServeLimits> = {}, admin = false): ServePlan {
  const endpoint = parseEndpoint(`${scheme}://127.0.0.1:0`, "serve");
  const listener = endpoint.tls ? { endpoint, tls: SELF_SIGNED } : { endpoint };
  return servePlan([listener], {
    limits,
    drainMs: 5000,
    ...(admin ? { admin: { host: "127.0.0.1", port: 0 } } : {}),
  });
}

/** One listener, as its URL says. */
export function listenOn(url: string, over: Partial<ServePlan> = {}): Promise<RunningServer> {
  const endpoint = parseEndpoint(url, "serve");
  const listener = endpoint.tls ? { endpoint, tls: SELF_SIGNED } : { endpoint };
  return startServer({ ...servePlan([listener], { drainMs: 5000 }), ...over });
}

export function serve(
  scheme = "http",
  limits: Partial<ServeLimits> = {},
  admin = false,
  over: Partial<ServePlan> = {},
): Promise<RunningServer> {
  return startServer({ ...planFor(scheme, limits, admin), ...over });
}
