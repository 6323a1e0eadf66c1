import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { Connector, rankAddresses } from "../../../src/engine/flood/connector.ts";
import { makePlan } from "./plan.ts";

const NEVER = new AbortController().signal;

async function listenOn(host: string): Promise<{ port: number; seen: () => number } & AsyncDisposable> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => {});
    socket.resume();
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

describe("the addresses of a name", () => {
  test("the one that answers comes first, the others stay behind it in their order", async () => {
    await using server = await listenOn("127.0.0.3");
    const ranked = await rankAddresses(["127.0.0.1", "127.0.0.2", "127.0.0.3"], server.port, 1_000, NEVER);
    expect(ranked).toEqual(["127.0.0.3", "127.0.0.1", "127.0.0.2"]);
  });

  test("a single address is not tried beforehand", async () => {
    await using server = await listenOn("127.0.0.1");
    expect(await rankAddresses(["127.0.0.1"], server.port, 1_000, NEVER)).toEqual(["127.0.0.1"]);
    expect(server.seen()).toBe(0);
  });

  test("when none answers, the order stays as it was", async () => {
    const server = await listenOn("127.0.0.1");
    await server[Symbol.asyncDispose]();
    const addresses = ["127.0.0.2", "127.0.0.1"];
    expect(await rankAddresses(addresses, server.port, 1_000, NEVER)).toEqual(addresses);
  });

  test("an interrupt ends the race", async () => {
    const addresses = ["127.0.0.1", "127.0.0.2"];
    expect(await rankAddresses(addresses, 9, 1_000, AbortSignal.abort())).toEqual(addresses);
  });
});

describe("a small write does not wait until the one before is acknowledged (Nagle)", () => {
  const ROUNDS = 60;
  /** A system that holds its acknowledgement back does so for 40 ms. */
  const MOST_MS = (ROUNDS * 40) / 2;

  test.each(["tcp", "tls"])("%s", async (scheme) => {
    const pair = await generateSelfSigned(["localhost"]);
    // Answers every second byte.
    let seen = 0;
    const answer = (socket: Socket): void => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        for (const _ of chunk) if (++seen % 2 === 0) socket.write("!");
      });
    };
    const tls = scheme === "tls";
    const server = tls ? createTlsServer(pair, answer) : createServer(answer);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const base = makePlan({ tls: { verify: false, ca: undefined, cert: undefined, key: undefined } });
    const target = { ...base.targets[0], port, tls };
    const plan = { ...base, targets: [target] as const, way: { ...base.way, port } };
    let answered: () => void = () => {};
    const connector = new Connector(plan, ["127.0.0.1"]);
    const socket = connector.connect(0, () => answered());
    try {
      await once(socket, tls ? "secureConnect" : "connect");
      const began = performance.now();
      for (let round = 0; round < ROUNDS; round++) {
        const heard = new Promise<void>((resolve) => {
          answered = resolve;
        });
        socket.write("a");
        await new Promise((later) => setTimeout(later, 1));
        socket.write("b");
        await heard;
      }
      expect(performance.now() - began).toBeLessThan(MOST_MS);
    } finally {
      socket.destroy();
      server.close();
    }
  });
});
