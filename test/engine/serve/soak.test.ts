import { readdirSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { get, RawClient, request } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe("a server under use", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  it("gives the same bytes however the requests are split into packets", async () => {
    const batch =
      request("GET", "/") +
      request("POST", "/echo", ["Transfer-Encoding: chunked"]) +
      "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nTrailer: z\r\n\r\n" +
      request("POST", "/upload", ["Content-Length: 6"], "netkit") +
      request("GET", "/nowhere") +
      get("/bytes/300");
    const withoutDate = (text: string): string =>
      text.replaceAll(/Date: [^\r]*/g, "Date").replaceAll(/\r\n[0-9a-f]+\r\n(?=[hello!])/g, "\r\n");
    const ask = async (cuts: readonly number[]): Promise<string> => {
      using client = await RawClient.to(server);
      let from = 0;
      for (const cut of [...cuts, batch.length]) {
        client.send(batch.slice(from, cut));
        from = cut;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return await client.untilEnd();
    };
    const whole = withoutDate(await ask([]));
    expect(whole.match(/HTTP\/1\.1 \d+/g)).toHaveLength(5);
    const statuses = (text: string): unknown => text.match(/HTTP\/1\.1 \d+/g);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(batch.length), { maxLength: 12 }), async (cuts) => {
        const text = await ask([...cuts].sort((a, b) => a - b));
        expect(statuses(text)).toEqual(statuses(whole));
        expect(text.slice(-300)).toBe(whole.slice(-300));
        expect(text).toContain('"sha256"');
      }),
      { numRuns: 60 },
    );
  });

  it("holds nothing of connections that ended, whichever way", async () => {
    const ways: ((client: RawClient) => void)[] = [
      (client) => client.socket.destroy(),
      (client) => client.socket.resetAndDestroy(),
      (client) => client.socket.end(),
      (client) => client.send(get("/")),
      (client) => client.send("nonsense\r\n\r\n"),
      (client) => client.send(request("GET", "/close")),
      (client) => client.send(request("GET", "/reset")),
      (client) => {
        client.send(request("GET", "/hang"));
        setTimeout(() => client.socket.resetAndDestroy(), 5);
      },
      (client) => {
        client.send(request("GET", "/delay/10s"));
        setTimeout(() => client.socket.resetAndDestroy(), 5);
      },
      (client) => {
        client.send(request("GET", "/bytes/3MB"));
        setTimeout(() => client.socket.destroy(), 5);
      },
      (client) => {
        client.send(request("POST", "/echo", ["Content-Length: 1000"], "abc"));
        setTimeout(() => client.socket.destroy(), 5);
      },
      (client) => {
        client.send(request("GET", "/stream/1000?every=1ms") + request("GET", "/"));
        setTimeout(() => client.socket.resetAndDestroy(), 5);
      },
    ];
    const before = descriptors();
    const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        ways.flatMap((end) =>
          Array.from({ length: 5 }, async () => {
            using client = await RawClient.to(server);
            end(client);
            client.socket.resume();
            await Promise.race([client.untilEnd(), new Promise((resolve) => setTimeout(resolve, 50))]);
          }),
        ),
      );
    }
    await expect
      .poll(
        async () => {
          const { connections, requests } = await server.stats();
          return [connections.open, connections.waiting, requests.inFlight];
        },
        { timeout: 10_000 },
      )
      .toEqual([0, 0, 0]);
    expect(descriptors()).toBeLessThanOrEqual(before + 2);
    const after = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    expect(after).toBeLessThanOrEqual(timers + 1);
  });
});
