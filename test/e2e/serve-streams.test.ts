// `serve` met by WebSocket clients that people have (ws, Chromium, python3-websockets), and datagrams to several processes.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, it, test } from "vitest";
import { WebSocket } from "ws";
import { Browser } from "../support/browser.ts";
import { netkit, serve } from "../support/netkit.ts";
import { peerTest } from "../support/peers.ts";
import { runProgram } from "../support/program.ts";
import { stats } from "../support/served.ts";

const ADMIN = ["--admin", "127.0.0.1:0"];

describe("the ws package", () => {
  for (const scheme of ["ws", "wss"]) {
    test(`${scheme}: gets messages of every length back, whole or in fragments, and a clean close`, async () => {
      const tls = scheme === "wss" ? ["--self-signed"] : [];
      await using server = await serve(`${scheme}://127.0.0.1:0`, ...tls, ...ADMIN);
      const client = new WebSocket(`${server.ready.listeners[0]!.url}/chat`, { rejectUnauthorized: false });
      await once(client, "open");
      for (const length of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
        const bytes = Buffer.alloc(length, "netkit");
        client.send(bytes);
        const [answer, binary] = (await once(client, "message")) as [Buffer, boolean];
        expect([answer.equals(bytes), binary]).toEqual([true, true]);
      }
      client.send("grü", { fin: false });
      client.send("ße", { fin: true });
      const [answer, binary] = (await once(client, "message")) as [Buffer, boolean];
      expect([answer.toString(), binary]).toEqual(["grüße", false]);
      client.ping("x");
      expect(String((await once(client, "pong"))[0])).toBe("x");
      client.close(3001, "done");
      const [code, reason] = (await once(client, "close")) as [number, Buffer];
      expect([code, reason.toString()]).toEqual([3001, ""]);
      expect((await stats(server)).echoed).toBe(8);
    });
  }

  test("compresses with --ws-deflate, and not without", async () => {
    await using plain = await serve("ws://127.0.0.1:0", "--no-admin");
    await using deflating = await serve("ws://127.0.0.1:0", "--ws-deflate", ...ADMIN);
    const text = "netkit ".repeat(20_000);
    for (const [server, extensions] of [
      [plain, ""],
      [deflating, "permessage-deflate"],
    ] as const) {
      const client = new WebSocket(server.ready.listeners[0]!.url, { perMessageDeflate: { threshold: 0 } });
      await once(client, "open");
      expect(client.extensions).toBe(extensions);
      for (const sent of [text, "", "grüße"]) {
        client.send(sent);
        expect(String((await once(client, "message"))[0])).toBe(sent);
      }
      client.close();
      await once(client, "close");
    }
    const { bytes, echoed } = await stats(deflating);
    expect(echoed).toBe(3);
    expect(bytes.received).toBeLessThan(5000);
    expect(bytes.sent).toBeLessThan(5000);
  });

  test("hears 1001 in a drain", async () => {
    await using server = await serve("http://127.0.0.1:0", "--no-admin");
    const client = new WebSocket(`${server.ready.listeners[0]!.url.replace("http", "ws")}/ws`);
    await once(client, "open");
    server.process.kill("SIGTERM");
    expect((await once(client, "close"))[0]).toBe(1001);
    expect((await server.finished).code).toBe(0);
  });
});

peerTest(
  "chromium",
  "Chromium opens /ws, gets text and bytes back, and closes cleanly",
  async () => {
    await using server = await serve("http://127.0.0.1:0", "--ws-deflate", ...ADMIN);
    const { url } = server.ready.listeners[0]!;
    await using browser = await Browser.start();
    const page = await browser.open(`${url}/`, { width: 800, scheme: "light" });
    const seen = (await page.evaluate(`new Promise((done) => {
      const socket = new WebSocket("${url.replace("http", "ws")}/ws");
      socket.binaryType = "arraybuffer";
      const seen = [];
      socket.onopen = () => { socket.send("grüße"); socket.send(new Uint8Array(100000).fill(7)); };
      socket.onmessage = ({ data }) => {
        seen.push(typeof data === "string" ? data : new Uint8Array(data).every((byte) => byte === 7) && data.byteLength);
        if (seen.length === 2) socket.close(3001);
      };
      socket.onclose = ({ code, wasClean }) => done([...seen, code, wasClean, socket.extensions]);
    })`)) as readonly unknown[];
    expect(seen.slice(0, 4)).toEqual(["grüße", 100_000, 3001, true]);
    expect(seen[4]).toMatch(/^permessage-deflate/);
  },
  60_000,
);

const PYTHON = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1]) as client:
        for message in ["gr\\u00fc\\u00dfe", b"\\x00" * 100000, ""]:
            await client.send(message)
            assert await client.recv() == message
        await client.send(["frag", "ments"])
        assert await client.recv() == "fragments"
        await (await client.ping())
    print("clean")
asyncio.run(main())
`;

/** Debian's package is a module without a program, so its presence is asked for. */
const hasWebsockets =
  (await runProgram("/usr/bin/python3", ["-c", "import websockets"]).catch(() => ({ code: 1 }))).code === 0;

test.skipIf(!hasWebsockets && process.env.NETKIT_REQUIRE_PEERS !== "1")(
  "python3-websockets gets text, bytes and fragments back, compressed or not",
  async () => {
    for (const how of [[], ["--ws-deflate"]]) {
      await using server = await serve("ws://127.0.0.1:0", "--no-admin", ...how);
      const { url } = server.ready.listeners[0]!;
      const { code, output } = await runProgram("/usr/bin/python3", ["-c", PYTHON, url]);
      expect([code, output.trim()]).toEqual([0, "clean"]);
    }
  },
);

describe("serve --threads 2 with udp:", () => {
  it("echoes on one port, and the figures of all processes are one sum", async () => {
    await using server = await serve("udp://127.0.0.1:0", "--threads", "2", ...ADMIN);
    const { port, url } = server.ready.listeners[0]!;
    expect(url).toBe(`udp://127.0.0.1:${port}`);
    const client = createSocket("udp4");
    for (let at = 0; at < 100; at++) {
      client.send(`datagram ${at}`, port, "127.0.0.1");
      expect(String((await once(client, "message"))[0])).toBe(`datagram ${at}`);
    }
    client.close();
    expect((await stats(server)).datagrams).toEqual({ received: 100, echoed: 100, dropped: 0 });
    server.process.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  });
});

it("refuses a path that a raw listener does not know, with exit code 2", async () => {
  const { code, stderr } = await netkit("serve", "tcp://127.0.0.1:0/drain", "--no-admin");
  expect(code).toBe(2);
  expect(stderr).toContain("/sink");
});
