import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { rankAddresses } from "../../../src/engine/flood/connector.ts";

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
