// A plan as the command would make it, with what a test wants otherwise.
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import type { ConnectPlan } from "../../../src/engine/connect/plan.ts";

export function planFor(url: string, changes: Partial<ConnectPlan> = {}, timeoutMs = 2000): ConnectPlan {
  const endpoint = parseEndpoint(url, "connect");
  return {
    endpoint,
    resolver: { kind: "system" },
    overrides: [],
    family: undefined,
    localAddress: undefined,
    unixSocket: undefined,
    proxy: undefined,
    tls: endpoint.tls && endpoint.protocol === "http" ? { alpn: ["h2", "http/1.1"] } : {},
    http: undefined,
    request: { method: "GET", headers: [], body: undefined },
    timeouts: {
      resolveMs: timeoutMs,
      connectMs: timeoutMs,
      proxyMs: timeoutMs,
      secureMs: timeoutMs,
      answerMs: timeoutMs,
    },
    attemptDelayMs: 250,
    slowMs: 3000,
    mode: { kind: "once" },
    ...changes,
  };
}
