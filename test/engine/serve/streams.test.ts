// Raw sink and source, and the datagram echo.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import { servePlan, type TlsPlan } from "../../../src/engine/serve/plan.ts";
import { startServer } from "../../../src/engine/serve/server.ts";
import { RawClient } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

const TLS: TlsPlan = { certificate: { kind: "self-signed" } };

function serveAt(url: string) {
  const endpoint = parseEndpoint(url, "serve");
  return startServer(servePlan([endpoint.tls ? { endpoint, tls: TLS } : { endpoint }], { drainMs: 5000 }));
}

describe("the raw sink", () => {
  for (const scheme of ["tcp", "tls"]) {
    it(`${scheme}: counts every byte and answers with its FIN alone`, async () => {
      await using server = await serveAt(`${scheme}://127.0.0.1:0/sink`);
      expect(server.listeners[0]!.url).toMatch(/\/sink$/);
      using client = await RawClient.to(server);
      client.send(Buffer.alloc(3_000_001, "x"));
      client.socket.end();
      expect(await client.untilEnd()).toBe("");
      const { streams, echoed, bytes } = await server.stats();
      expect(streams).toEqual({ sunkBytes: 3_000_001, sourcedBytes: 0 });
      expect([echoed, bytes.sent]).toEqual([0, 0]);
    });
  }
});

describe("the raw source", () => {
  for (const scheme of ["tcp", "tls"]) {
    it(`${scheme}: sends as long as the client reads, and stops when it does not`, async () => {
      await using server = await serveAt(`${scheme}://127.0.0.1:0/source`);
      using client = await RawClient.to(server);
      await client.until(({ length }) => length > 3_000_000);
      expect(client.text.slice(0, 32)).toBe("0123456789abcdef".repeat(2));
      client.socket.pause();
      let sent = -1;
      for (let quiet = 0; quiet < 3; ) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { bytes, streams } = await server.stats();
        quiet = bytes.sent === sent ? quiet + 1 : 0;
        sent = bytes.sent;
        expect(sent - streams.sourcedBytes).toBeLessThanOrEqual(256 * 1024);
      }
      expect(sent - client.text.length).toBeLessThan(32 * 1024 * 1024);
      const draining = server.drain(500);
      client.socket.resume();
      await client.untilEnd();
      client.socket.destroy();
      expect(client.text.length).toBe((await server.stats()).bytes.sent);
      expect((await draining).idleClosed).toBe(1);
    });
  }
});

async function ask(client: Socket, port: number, bytes: Buffer): Promise<Buffer> {
  client.send(bytes, port, "127.0.0.1");
  const [answer] = (await once(client, "message")) as [Buffer];
  return answer;
}

describe("the datagram echo", () => {
  it("gives back datagrams of every size, and counts them", async () => {
    await using server = await serve("udp");
    const { port } = server.listeners[0]!;
    const client = createSocket("udp4");
    try {
      for (const length of [0, 1, 1472, 65_507]) {
        const bytes = Buffer.alloc(length, "netkit");
        expect((await ask(client, port, bytes)).equals(bytes)).toBe(true);
      }
    } finally {
      client.close();
    }
    const { datagrams, bytes } = await server.stats();
    expect(datagrams).toEqual({ received: 4, echoed: 4, dropped: 0 });
    expect(bytes).toEqual({ received: 66_980, sent: 66_980 });
    expect(await server.drain()).toMatchObject({ finished: 0, cut: 0 });
  });

  it("says that a port is taken", async () => {
    await using server = await serve("udp");
    await expect(serveAt(`udp://127.0.0.1:${server.listeners[0]!.port}`)).rejects.toMatchObject({
      code: "NK_LISTEN_IN_USE",
    });
  });
});
