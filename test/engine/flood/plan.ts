// A small plan for tests; every field can be replaced.
import type { FloodPlan } from "../../../src/engine/flood/plan.ts";

export function makePlan(over: Partial<FloodPlan> = {}): FloodPlan {
  return {
    targets: [
      {
        url: "http://127.0.0.1:8080/",
        name: "/",
        scheme: "http",
        tls: false,
        host: "127.0.0.1",
        port: 8080,
        authority: "127.0.0.1:8080",
        path: "/",
      },
    ],
    way: { host: "127.0.0.1", port: 8080, addresses: undefined, unixSocket: undefined, localAddresses: [] },
    protocol: { kind: "http", version: "1.1" },
    request: { method: "GET", headers: [], body: undefined },
    tls: { verify: true, ca: undefined, cert: undefined, key: undefined },
    load: { kind: "closed" },
    stop: { kind: "duration", seconds: 1 },
    connections: 1,
    depth: 1,
    threads: 1,
    warmupSeconds: 0,
    timeoutMs: 1000,
    newConnection: false,
    ...over,
  };
}
