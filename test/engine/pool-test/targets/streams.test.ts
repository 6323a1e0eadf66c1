// Targets whose bytes are ours, against netkit's own server, a WebSocket echo on the codec, and node's HTTP/2.
import { once } from "node:events";
import { createServer as createHttp2 } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { parseEndpoint } from "../../../../src/core/endpoint.ts";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { upgradeResponse } from "../../../../src/core/framing/websocket/handshake.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";
import type { TargetPlan } from "../../../../src/engine/pool-test/plan.ts";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { Relay } from "../../../../src/engine/pool-test/targets/relay.ts";
import type { TargetConnection } from "../../../../src/engine/pool-test/targets/target.ts";
import { serve } from "../../serve/local-server.ts";
import { checkKilled, checkStuck, checkTarget, everyWord, rejection, targetPlan } from "./target-plan.ts";

interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers every chunk by a script. */
function scripted(
  answer: (chunk: Buffer, socket: Socket) => string | Buffer | undefined,
): Promise<Listening> {
  return listening(
    createServer((socket) => {
      socket.on("data", (chunk) => {
        const bytes = answer(chunk, socket);
        if (bytes !== undefined) socket.write(bytes);
      });
    }),
  );
}

async function withConnection(
  plan: TargetPlan,
  use: (connection: TargetConnection) => Promise<void>,
): Promise<void> {
  await using target = await openTarget(plan);
  const connection = await target.connect();
  try {
    await use(connection);
  } finally {
    await connection.close();
  }
}

function request(method: string, body?: string): Partial<TargetPlan> {
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return { work: { kind: "request", method, headers: [["X-Test", "1"]], body: bytes } };
}

function echo(text: string): Partial<TargetPlan> {
  return { work: { kind: "echo", payload: Buffer.from(text) } };
}

describe("against netkit serve,", () => {
  test.each(["http", "https", "tcp", "tls", "framed", "framed+tls"])(
    "%s: works, is valid, closes and leaves nothing behind",
    async (scheme) => {
      const server = await serve(scheme as "http");
      try {
        const { port } = server.listeners[0]!;
        const plan = targetPlan(`${scheme}://127.0.0.1:${port}/`, { tls: { insecure: true } });
        await using silent = await scripted(() => undefined);
        const endpoint = { ...plan.endpoint, port: silent.port };
        // One that never answers speaks no TLS either.
        await checkTarget(plan, plan.endpoint.tls ? {} : { slow: { ...plan, endpoint } });
      } finally {
        await server.close();
      }
    },
  );

  test.each(["http", "framed"])("%s: reset connections say so, and do no more work", async (scheme) => {
    const server = await serve(scheme as "http");
    try {
      const plan = targetPlan(`${scheme}://127.0.0.1:${server.listeners[0]!.port}/`);
      await using relay = await Relay.start(plan);
      await using target = await openTarget(relay.plan);
      await checkKilled(await target.connect(), () => relay.reset());
    } finally {
      await server.close();
    }
  });

  test("a body goes out, and an error of the server fails the work but not the one after it", async () => {
    const server = await serve("http");
    try {
      const url = `http://127.0.0.1:${server.listeners[0]!.port}`;
      await withConnection(targetPlan(`${url}/echo`, request("POST", "x".repeat(5000))), async (one) => {
        expect((await one.work()).bytesReceived).toBeGreaterThan(5000);
        // Asked by HEAD.
        expect(await one.validate()).toBe(true);
      });
      await withConnection(targetPlan(`${url}/status/503`), async (one) => {
        expect(await rejection(one.work())).toMatchObject({ stage: "request", code: "NK_STATUS_503" });
      });
    } finally {
      await server.close();
    }
  });

  test("its /stats are the server's view, less what others had open before", async () => {
    const server = await serve("http", {}, true);
    try {
      const url = `http://127.0.0.1:${server.listeners[0]!.port}/`;
      await using other = await openTarget(targetPlan(url));
      const others = await other.connect();
      await others.work();
      const admin = parseEndpoint(`${server.admin!.url}/`, "pool-test");
      await using target = await openTarget(targetPlan(url, { admin }));
      await using desk = await target.desk!();
      expect(await desk.view()).toMatchObject({ source: "/stats", scope: "ours", connections: 0 });
      expect(desk.kill).toBeUndefined();
      const connections = await Promise.all([target.connect(), target.connect()]);
      await Promise.all(connections.map((one) => one.work()));
      const view = await desk.view();
      expect(view).toMatchObject({ connections: 2, limit: undefined });
      expect(view.version).toMatch(/^netkit \d/);
      await Promise.all([...connections, others].map((one) => one.close()));
      await expect.poll(async () => (await desk.view()).connections).toBe(0);
      const reason = new Error("enough");
      await expect(desk.view(AbortSignal.abort(reason))).rejects.toBe(reason);
    } finally {
      await server.close();
    }
  });

  test.each([
    ["is no admin listener", (port: number) => `http://127.0.0.1:${port}`, "NK_PROTOCOL_VIOLATION"],
    ["is not there", () => "http://user:secret@127.0.0.1:1", "NK_CONNECT_REFUSED"],
  ])("an admin listener that %s is told before anything is measured", async (_, urlOf, code) => {
    const server = await serve("http");
    try {
      const { port } = server.listeners[0]!;
      const admin = parseEndpoint(urlOf(port), "pool-test");
      const error = await rejection(openTarget(targetPlan(`http://127.0.0.1:${port}/`, { admin })));
      expect(error.code).toBe(code);
      expect(everyWord(error)).not.toContain("secret");
    } finally {
      await server.close();
    }
  });
});

describe("HTTP/1.1,", () => {
  test("an answer that says close is work done, and the last of its connection", async () => {
    await using server = await scripted(
      () => "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    );
    await using target = await openTarget(targetPlan(`http://127.0.0.1:${server.port}/`));
    const connection = await target.connect();
    expect((await connection.work()).bytesReceived).toBeGreaterThan(20);
    await connection.gone;
    await rejection(connection.work());
  });

  test("an answer that ends with the connection is work done too", async () => {
    await using server = await scripted((_chunk, socket) => {
      socket.end("HTTP/1.1 200 OK\r\n\r\nall of it");
      return undefined;
    });
    await using target = await openTarget(targetPlan(`http://127.0.0.1:${server.port}/`));
    const connection = await target.connect();
    expect((await connection.work()).bytesReceived).toBeGreaterThan(20);
    await connection.gone;
  });

  test.each([
    ["cut short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "NK_CONNECTION_ENDED"],
    ["no HTTP", "220 mail.example ESMTP\r\n", "NK_PROTOCOL_VIOLATION"],
  ])("an answer that is %s fails the work", async (_name, bytes, code) => {
    await using server = await scripted((_chunk, socket) => {
      socket.end(bytes);
      return undefined;
    });
    await using target = await openTarget(targetPlan(`http://127.0.0.1:${server.port}/`));
    const connection = await target.connect();
    expect(await rejection(connection.work())).toMatchObject({ code });
    await connection.gone;
  });

  test("an answer that does not come ends the connection after the time-out", async () => {
    await using server = await scripted(() => undefined);
    const plan = targetPlan(`http://127.0.0.1:${server.port}/`, { workTimeoutMs: 50 });
    await using target = await openTarget(plan);
    const connection = await target.connect();
    expect(await rejection(connection.work())).toMatchObject({ code: "NK_ANSWER_TIMEOUT" });
    await connection.gone;
    await expect.poll(() => server.sockets.size).toBe(0);
  });

  test("what nobody asked for ends the connection", async () => {
    await using server = await scripted(() => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    await using target = await openTarget(targetPlan(`http://127.0.0.1:${server.port}/`));
    const connection = await target.connect();
    await connection.work();
    for (const socket of server.sockets) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    expect(await connection.gone).toMatchObject({ code: "NK_PROTOCOL_VIOLATION" });
  });
});

test("h2c: works, is valid, closes and leaves nothing behind", async () => {
  const h2 = createHttp2((_request, response) => void response.end("hello over two"));
  await using server = await listening(h2 as unknown as Server);
  const plan = targetPlan(`h2c://127.0.0.1:${server.port}/`, { http: "2" });
  await checkTarget(plan, { minBytes: 14 });
  await using relay = await Relay.start(plan);
  await using target = await openTarget(relay.plan);
  await checkKilled(await target.connect(), () => relay.reset());
  await checkStuck(plan);
});

describe("tcp:", () => {
  test("an echo is awaited whole, whatever pieces it comes in", async () => {
    await using server = await scripted((chunk, socket) => {
      for (const byte of chunk) socket.write(Buffer.of(byte));
      return undefined;
    });
    await withConnection(targetPlan(`tcp://127.0.0.1:${server.port}`, echo("abcdef\n")), async (one) => {
      for (let turn = 0; turn < 3; turn++) expect((await one.work()).bytesReceived).toBe(7);
    });
  });

  test("an answer that is no echo is one when it begins", async () => {
    await using server = await scripted(() => "VERSION 1.6\r\n");
    await withConnection(
      targetPlan(`tcp://127.0.0.1:${server.port}`, echo("version please\r\n")),
      async (one) => {
        for (let turn = 0; turn < 3; turn++) expect((await one.work()).bytesReceived).toBeGreaterThan(0);
      },
    );
  });
});

describe("ws:", () => {
  /** Pings before each echo, so that a client which does not answer is found out. */
  function webSocketEcho(pongs: string[]): Promise<Listening> {
    return listening(
      createServer((socket) => {
        const parser = new RequestParser();
        const decoder = new MessageDecoder("server");
        let isOpen = false;
        socket.on("data", (chunk) => {
          if (!isOpen) {
            parser.feed(chunk, 0, chunk.length);
            const event = parser.next();
            if (event.kind !== "head") return;
            isOpen = true;
            // With the first frame in the same segment.
            const hello = encodeFrame(OPCODE.ping, Buffer.from("hello"));
            const upgrade = upgradeResponse(event.head.headers.get("sec-websocket-key")!);
            socket.write(Buffer.concat([Buffer.from(upgrade, "latin1"), hello]));
            return;
          }
          decoder.feed(chunk, 0, chunk.length);
          for (let event = decoder.next(); event.kind !== "need-more"; event = decoder.next()) {
            if (event.kind === "violation") return void socket.destroy();
            if (event.kind === "close") return void socket.end(encodeFrame(OPCODE.close, Buffer.alloc(0)));
            const bytes = Buffer.from(event.chunk.subarray(event.start, event.end));
            if (event.kind === "pong") pongs.push(bytes.toString());
            if (event.kind === "message") {
              socket.write(encodeFrame(OPCODE.ping, Buffer.from("still there?")));
              socket.write(encodeFrame(OPCODE.binary, bytes));
            }
          }
        });
      }),
    );
  }

  test("upgrades, echoes, answers pings, closes in order and leaves nothing behind", async () => {
    const pongs: string[] = [];
    await using server = await webSocketEcho(pongs);
    await checkTarget(targetPlan(`ws://127.0.0.1:${server.port}/chat`), { minBytes: 7 });
    await checkStuck(targetPlan(`ws://127.0.0.1:${server.port}/chat`));
    expect(pongs).toContain("hello");
    expect(pongs).toContain("still there?");
  });

  test("a server that pings while nothing is asked keeps its connection", async () => {
    const pongs: string[] = [];
    await using server = await webSocketEcho(pongs);
    await withConnection(targetPlan(`ws://127.0.0.1:${server.port}/`), async (one) => {
      for (const socket of server.sockets) socket.write(encodeFrame(OPCODE.ping, Buffer.from("idle?")));
      await expect.poll(() => pongs).toContain("idle?");
      await one.work();
    });
  });

  test("a refused upgrade is told with its status", async () => {
    await using server = await scripted(() => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    await using target = await openTarget(targetPlan(`ws://127.0.0.1:${server.port}/`));
    expect((await rejection(target.connect())).why).toMatch(/404/);
    await expect.poll(() => server.sockets.size).toBe(0);
  });
});
