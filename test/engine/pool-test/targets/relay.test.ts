// The relay between a pool and its server: what passes, what is delayed, refused and reset.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, test } from "vitest";
import { Relay } from "../../../../src/engine/pool-test/targets/relay.ts";
import { quietCensus, sharedSignal } from "../../../support/census.ts";
import { expectNothingLeft, targetPlan } from "./target-plan.ts";

class Echo implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket));
      socket.pipe(socket);
    });
  }

  async start(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

async function dial(relay: Relay): Promise<Socket> {
  const { host, port } = relay.plan.endpoint;
  const socket = connect({ host, port, noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function said(socket: Socket, text: string): Promise<string> {
  let got = "";
  const take = (bytes: Buffer): void => {
    got += bytes.toString();
  };
  socket.on("data", take);
  socket.write(text);
  while (got.length < text.length) await once(socket, "data");
  socket.off("data", take);
  return got;
}

async function ending(socket: Socket): Promise<string> {
  return await new Promise((resolve) => {
    let how = "closed";
    socket.on("error", (error) => {
      how = (error as NodeJS.ErrnoException).code ?? error.message;
    });
    socket.resume().on("close", () => resolve(how));
  });
}

async function refusal(relay: Relay): Promise<string> {
  const { host, port } = relay.plan.endpoint;
  return await ending(connect({ host, port }));
}

test("passes bytes and ends both ways, and keeps names as they were", async () => {
  await using echo = new Echo();
  const port = await echo.start();
  await using relay = await Relay.start(targetPlan(`tls://localhost:${port}`));
  expect(relay.plan.endpoint).toMatchObject({ host: "127.0.0.1", display: `tls://localhost:${port}` });
  expect(relay.plan.tls.servername).toBe("localhost");
  const socket = await dial(relay);
  expect(await said(socket, "hello")).toBe("hello");
  expect(relay.open).toBe(1);
  const ended = ending(socket);
  socket.end("bye");
  expect(await ended).toBe("closed");
  await expect.poll(() => relay.open).toBe(0);
});

test("delays what comes from the server, keeps its order, and stops delaying", async () => {
  await using echo = new Echo();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${await echo.start()}`));
  const socket = await dial(relay);
  relay.delayMs = 80;
  const beganMs = performance.now();
  const first = said(socket, "one");
  setTimeout(() => {
    relay.delayMs = 0;
    socket.write("two");
  }, 20);
  let all = "";
  socket.on("data", (bytes) => (all += bytes.toString()));
  await first;
  // A timer's grain.
  expect(performance.now() - beganMs).toBeGreaterThan(78);
  await expect.poll(() => all).toBe("onetwo");
  socket.destroy();
});

test("resets the oldest, or all, and the server sees it too", async () => {
  await using echo = new Echo();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${await echo.start()}`));
  const sockets = [];
  for (const name of ["a", "b", "c"]) {
    const socket = await dial(relay);
    await said(socket, name);
    sockets.push(socket);
  }
  const [first, second, third] = sockets.map(ending) as [Promise<string>, Promise<string>, Promise<string>];
  expect(relay.reset(1)).toBe(1);
  expect(await first).toBe("ECONNRESET");
  await expect.poll(() => echo.sockets.size).toBe(2);
  expect(relay.open).toBe(2);
  expect(relay.reset()).toBe(2);
  expect(await Promise.all([second, third])).toEqual(["ECONNRESET", "ECONNRESET"]);
  await expect.poll(() => echo.sockets.size).toBe(0);
});

test("refuses new connections, lets those that stand go on, and takes new ones on the same port again", async () => {
  await using echo = new Echo();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${await echo.start()}`));
  const standing = await dial(relay);
  await said(standing, "before");
  await relay.refuse();
  expect(await refusal(relay)).toBe("ECONNREFUSED");
  expect(await said(standing, "meanwhile")).toBe("meanwhile");
  await relay.accept();
  await relay.accept();
  const socket = await dial(relay);
  expect(await said(socket, "again")).toBe("again");
  standing.destroy();
  socket.destroy();
});

test("a server that is not there is told by a reset", async () => {
  const echo = new Echo();
  const port = await echo.start();
  await echo[Symbol.asyncDispose]();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${port}`));
  expect(await refusal(relay)).toBe("ECONNRESET");
});

test("a receiver that does not read stops the sender", async () => {
  await using echo = new Echo();
  await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${await echo.start()}`));
  const socket = await dial(relay);
  socket.pause();
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  // Kernel buffers on three legs take some megabytes; without a stop this would never end.
  while (written < 256 * 1024 * 1024 && socket.writableLength < 4 * 1024 * 1024) {
    socket.write(chunk);
    written += chunk.length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(written).toBeLessThan(128 * 1024 * 1024);
  socket.destroy();
});

test("leaves no socket and no timer, in the middle of everything", async () => {
  await using echo = new Echo();
  const port = await echo.start();
  const shared = sharedSignal();
  const before = await quietCensus(shared);
  {
    await using relay = await Relay.start(targetPlan(`tcp://127.0.0.1:${port}`));
    relay.delayMs = 60_000;
    const sockets = await Promise.all([dial(relay), dial(relay), dial(relay)]);
    for (const socket of sockets) socket.on("error", () => undefined).write("never answered");
    await expect.poll(() => echo.sockets.size).toBe(3);
    sockets[0]!.destroy();
    await relay.refuse();
  }
  await expectNothingLeft(before, shared);
});
