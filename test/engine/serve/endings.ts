// Connections of serve that end in every way there is, by their client or by the server. Shared by the quick
// ownership test and the long one under test/long.
import { setTimeout as sleep } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { LocalBackend } from "../../../src/engine/serve/local.ts";
import { get, RawClient, request } from "../../support/raw-client.ts";
import { planFor } from "./local-server.ts";

/** As short as the server's clock is fine: its deadlines are looked at ten times a second. */
const LIMITS = { headerTimeoutMs: 100, idleTimeoutMs: 100, sendTimeoutMs: 100 };

interface Ending {
  /** Ends the connection; what is still open when it returns is cut. */
  readonly live: (client: RawClient) => Promise<unknown>;
  /** Status of the answer that came, if one came, and what the connection broke with. */
  readonly outcome: string;
}

/** Without a good-bye; by RST where there is no TLS, under which it may not be done by hand. */
function cut({ socket }: RawClient): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

const ENDINGS = {
  "answered, closed by the server": {
    live: async (client) => {
      client.send(get("/"));
      await client.untilEnd();
    },
    outcome: "200",
  },
  "answered, closed by the client": {
    live: async (client) => {
      client.send(request("GET", "/"));
      await client.untilIncludes("world\n");
      client.socket.end();
      await client.untilEnd();
    },
    outcome: "200",
  },
  "reset between requests": {
    live: async (client) => {
      client.send(request("GET", "/"));
      await client.untilIncludes("world\n");
      cut(client);
    },
    outcome: "200",
  },
  "closed without a word": {
    live: async (client) => {
      client.socket.end();
      await client.untilEnd();
    },
    outcome: "nothing",
  },
  "reset without a word": { live: async (client) => cut(client), outcome: "nothing" },
  "closed in the middle of a head": {
    live: async (client) => {
      client.send("GET / HTTP/1.1\r\nHost:");
      client.socket.end();
      await client.untilEnd();
    },
    outcome: "400",
  },
  "reset in the middle of a body": {
    live: async (client) => {
      client.send(request("POST", "/echo", ["Content-Length: 1000"], "abc"));
      await client.untilIncludes("abc");
      cut(client);
    },
    outcome: "200",
  },
  "reset while the answer is awaited": {
    live: async (client) => {
      client.send(request("GET", "/hang"));
      await sleep(5);
      cut(client);
    },
    outcome: "nothing",
  },
  "left in the middle of an answer": {
    live: async (client) => {
      client.send(request("GET", "/bytes/3000000"));
      await client.untilIncludes("\r\n\r\n");
      client.socket.destroy();
    },
    outcome: "200",
  },
  "left between the pieces of an answer": {
    live: async (client) => {
      client.send(request("GET", "/stream/1000?every=5ms"));
      await client.untilIncludes("\r\n\r\n");
      client.socket.destroy();
    },
    outcome: "200",
  },
  "closed by the server": {
    live: async (client) => {
      client.send(request("GET", "/close"));
      await client.untilEnd();
    },
    outcome: "nothing",
  },
  "reset by the server": {
    live: async (client) => {
      client.send(request("GET", "/reset"));
      await client.untilEnd();
    },
    outcome: "nothing, ECONNRESET",
  },
  "no HTTP": {
    live: async (client) => {
      client.send("nonsense\r\n\r\n");
      await client.untilEnd();
    },
    outcome: "400",
  },
  "too slow a head": {
    live: async (client) => {
      client.send("GET / HTTP/1.1\r\n");
      await client.untilEnd();
    },
    outcome: "408",
  },
  silence: { live: (client) => client.untilEnd(), outcome: "nothing" },
} as const satisfies Readonly<Record<string, Ending>>;
export type EndingName = keyof typeof ENDINGS;

export const NAMES = Object.keys(ENDINGS) as EndingName[];
export const OUTCOMES = Object.fromEntries(NAMES.map((name) => [name, ENDINGS[name].outcome]));

export interface EndingServer extends AsyncDisposable {
  readonly backend: LocalBackend;
  run(ending: EndingName): Promise<string>;
}

export async function endingServer(scheme: "http" | "https"): Promise<EndingServer> {
  const backend = await LocalBackend.start(planFor(scheme, LIMITS), "test");
  return {
    backend,
    async run(name) {
      using client = await RawClient.to(backend);
      await ENDINGS[name].live(client);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(client.text)?.[1] ?? "nothing";
      return client.error === undefined ? status : `${status}, ${client.error.code}`;
    },
    async [Symbol.asyncDispose]() {
      await backend.drain(0);
    },
  };
}

/** What the server holds of connections: nothing, when all have ended. */
export function holdings({ service, permits }: LocalBackend) {
  const { wires, deadlines, requestsInFlight, shutdown } = service;
  return {
    wires: wires.size,
    deadlines: deadlines.size,
    permits: permits.held,
    requestsInFlight,
    begun: shutdown.inFlight,
  };
}

export const NOTHING_HELD = { wires: 0, deadlines: 0, permits: 0, requestsInFlight: 0, begun: 0 };
