// The phases of a path against a truth that is known.
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTcp, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DnsResponder } from "../../../support/dns-responder.ts";
import { factsOf, listen, local, phasesOf, TRUSTED } from "./paths.ts";

describe("against a truth that is known", () => {
  // The name, the proxy, TLS, the answer and its rest each have a delay of their own, and everybody who delays takes
  // the time himself, so that a timer of the test which is late is not held against the path.
  const DELAYS = { dns: 40, proxy: 35, tls: 50, firstByte: 45, transfer: 60 };
  type Truth = Record<"dns" | "connect" | "proxy" | "tls" | "request" | "firstByte" | "transfer", number>;

  test("each phase is within 2 ms of it", { retry: 2 }, async () => {
    const truth: Partial<Truth> = {};
    const stamp = (phase: keyof Truth): void => {
      truth[phase] = performance.now();
    };
    const https = createHttpsServer({ cert: local.cert, key: local.key }, async (_request, response) => {
      stamp("request");
      await sleep(DELAYS.firstByte);
      response.write("a");
      stamp("firstByte");
      for (let drop = 0; drop < 3; drop++) {
        await sleep(DELAYS.transfer / 3);
        response.write("b");
      }
      response.end();
      stamp("transfer");
    });
    const target = await listen(https);
    const proxy = createServer((client) => {
      stamp("connect");
      client.once("data", async () => {
        await sleep(DELAYS.proxy);
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        stamp("proxy");
        const server = connectTcp(target, "127.0.0.1").setNoDelay(true);
        client.setNoDelay(true);
        server.on("error", () => client.destroy());
        client.on("data", (bytes) => server.write(bytes));
        client.on("close", () => server.destroy());
        server.once("data", async (hello) => {
          await sleep(DELAYS.tls);
          client.write(hello);
          stamp("tls");
          server.on("data", (bytes) => client.write(bytes));
        });
      });
    });
    const proxyPort = await listen(proxy);
    await using dns = await DnsResponder.start();
    dns.on("proxy.test", "A", { addresses: ["127.0.0.1"], delayMs: DELAYS.dns });
    dns.on("proxy.test", "AAAA", {});
    const changes = {
      ...TRUSTED,
      resolver: { kind: "dns", address: dns.address, port: dns.port },
      proxy: {
        kind: "http",
        host: "proxy.test",
        port: proxyPort,
        username: undefined,
        password: undefined,
        display: `http://proxy.test:${proxyPort}`,
      },
      http: "1.1",
    } as const;

    const errors: Record<string, number[]> = {};
    for (let round = 0; round < 7; round++) {
      const before = dns.heard.length;
      const facts = await factsOf(`https://localhost:${target}/`, changes);
      expect(facts.error).toBeNull();
      expect(phasesOf(facts)).toBe("dns connect proxy tls request firstByte transfer");
      const asked = dns.heard.slice(before).find(({ type }) => type === 1)!;
      truth.dns = asked.answeredMs!;
      const startedMs = asked.atMs;
      // The first round pays for compiling.
      if (round === 0) continue;
      let from = startedMs;
      for (const name of ["dns", "connect", "proxy", "tls", "firstByte", "transfer"] as const) {
        // Between the two, the relay and the server have work of their own.
        if (name === "firstByte") from = truth.request!;
        const trueMs = truth[name]! - from;
        from = truth[name]!;
        const measured = facts.phases.find((phase) => phase.name === name)!.durationUs / 1000;
        errors[name] = [...(errors[name] ?? []), Math.abs(measured - trueMs)];
      }
    }
    for (const [name, all] of Object.entries(errors)) {
      const median = all.toSorted((one, two) => one - two)[Math.floor(all.length / 2)]!;
      expect(median, `${name}: ${all.map((error) => error.toFixed(2)).join(", ")} ms off`).toBeLessThan(2);
    }
  });

  test("an event loop that stood still is told as the error bar", async () => {
    const server = createHttpServer((_request, response) => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      response.end();
    });
    const facts = await factsOf(`http://127.0.0.1:${await listen(server)}/`);
    expect(facts.errorBarUs).toBeGreaterThan(45_000);
  });
});
