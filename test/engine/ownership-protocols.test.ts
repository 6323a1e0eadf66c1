// The promise of core/lifecycle kept over every protocol: whole floods of a whole server, ended in every way, leave nothing in the
// process that ran both.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FloodPlan, ProtocolPlan } from "../../src/engine/flood/plan.ts";
import type { RunningServer } from "../../src/engine/serve/running.ts";
import { quietCensus, sharedSignal } from "../support/census.ts";
import { flooded } from "./flood/drivers/conformance.ts";
import { makePlan } from "./flood/plan.ts";
import { listenOn } from "./serve/local-server.ts";

interface Case {
  readonly url: string;
  readonly protocol: ProtocolPlan;
  readonly path?: string;
  readonly over?: Partial<FloodPlan>;
}

const websocket = { kind: "websocket", text: false, echo: true, deflate: false } as const;
const stream = { load: { kind: "hold" }, stop: { kind: "duration", seconds: 0.2 } } as const;

const CASES: Readonly<Record<string, Case>> = {
  "h2c:": { url: "h2c://127.0.0.1:0", protocol: { kind: "http", version: "2" } },
  "HTTP/2 over TLS": { url: "https://127.0.0.1:0", protocol: { kind: "http", version: "2" } },
  "ws:": { url: "ws://127.0.0.1:0", protocol: websocket },
  "wss:": { url: "wss://127.0.0.1:0", protocol: websocket },
  "ws:, compressed": { url: "ws://127.0.0.1:0", protocol: { ...websocket, deflate: true } },
  "a room": {
    url: "ws://127.0.0.1:0",
    path: "/broadcast",
    protocol: { ...websocket, echo: false, fanOut: { markAt: 0 } },
    over: { connections: 5 },
  },
  "framed:": {
    url: "framed://127.0.0.1:0",
    protocol: { kind: "framed", length: {}, id: undefined, echo: true },
  },
  "framed+tls:": {
    url: "framed+tls://127.0.0.1:0",
    protocol: { kind: "framed", length: {}, id: { offset: 0, width: 4 }, echo: true },
  },
  "tcp:": {
    url: "tcp://127.0.0.1:0",
    protocol: { kind: "raw", answer: { kind: "bytes", count: 64 }, echo: true },
  },
  "a sink": {
    url: "tcp://127.0.0.1:0/sink",
    protocol: { kind: "stream", send: true, receive: false },
    over: stream,
  },
  "a source": {
    url: "tls://127.0.0.1:0/source",
    protocol: { kind: "stream", send: false, receive: true },
    over: stream,
  },
  "udp:": { url: "udp://127.0.0.1:0", protocol: { kind: "datagram", echo: true } },
  handshakes: {
    url: "tls://127.0.0.1:0",
    protocol: { kind: "handshake", alpn: undefined },
    over: { newConnection: true, depth: 1 },
  },
};

/** How a flood ends. */
const ENDS: Readonly<Record<string, Partial<FloodPlan> & { readonly abortAfterMs?: number }>> = {
  "when all is answered": {},
  "with a connection for every few requests": { requestsPerConnection: 4 },
  "cut off in the middle": { stop: { kind: "duration", seconds: 10 }, abortAfterMs: 60 },
};

test.each(Object.keys(CASES))("%s leaves descriptors, timers and listeners as they were", async (name) => {
  const { url, protocol, path = "/", over = {} } = CASES[name]!;
  const shared = sharedSignal();
  const outside = await quietCensus(shared);
  {
    await using server: RunningServer = await listenOn(url, { websocketDeflate: true });
    const { port, scheme } = server.listeners[0]!;
    const base = makePlan();
    const run = async (end: string) => {
      const { abortAfterMs, ...ending } = ENDS[end]!;
      // Listeners stay, and a handshake is a connection already.
      if (ending.requestsPerConnection !== undefined && (name === "a room" || over.newConnection)) return;
      await flooded(
        {
          targets: [{ ...base.targets[0], path }],
          tls: { ...base.tls, verify: false },
          protocol,
          request: { method: "GET", headers: [], body: Buffer.alloc(64, "x") },
          timeoutMs: 2000,
          ...over,
          ...ending,
        },
        port,
        /^(https|wss|tls|framed\+tls)$/.test(scheme),
        abortAfterMs,
      );
    };
    for (const end of Object.keys(ENDS)) await run(end);
    const before = await quietCensus(shared, 300);
    for (let round = 0; round < 3; round++) for (const end of Object.keys(ENDS)) await run(end);
    expect(await quietCensus(shared, 300)).toEqual(before);
    while ((await server.stats()).connections.open > 0) await sleep(10);
  }
  // A timer of the test before may have stood when this one began.
  expect(await quietCensus(shared, 200)).toEqual({ ...outside, timers: expect.any(Number) });
});
