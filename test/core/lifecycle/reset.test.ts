// A reset reaches the peer and ends in `close`, whatever the socket was about.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resetSocket } from "../../../src/core/lifecycle/reset.ts";
import { Folder } from "../../support/program.ts";

interface Ends {
  readonly mine: Socket;
  readonly peer: Socket;
}

let server: Server;

beforeEach(() => {
  server = createServer({ allowHalfOpen: true });
});
afterEach(() => {
  server.close();
});

async function pair(path?: string): Promise<Ends> {
  server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
  await once(server, "listening");
  const address = server.address();
  const accepted = once(server, "connection");
  const peer = connect(
    typeof address === "string" ? { path: address } : { port: (address as { port: number }).port },
  );
  const [[mine]] = (await Promise.all([accepted, once(peer, "connect")])) as [[Socket], unknown];
  for (const socket of [mine, peer]) socket.on("error", () => {});
  return { mine, peer };
}

async function seenBy(peer: Socket): Promise<string> {
  let seen = "end";
  peer.resume().on("error", (error: NodeJS.ErrnoException) => {
    seen = error.code ?? "error";
  });
  await new Promise((resolve) => peer.once("close", resolve));
  return seen;
}

describe("over TCP", () => {
  test.each<[string, (socket: Socket) => void, RegExp]>([
    ["idle", () => {}, /ECONNRESET/],
    // libuv tells a reset that comes right behind data as an end.
    ["with bytes unwritten", (socket) => void socket.write(Buffer.alloc(30_000_000)), /ECONNRESET|end/],
    // The FIN may have left before.
    ["in its FIN", (socket) => void socket.end("bye"), /ECONNRESET|end/],
    [
      "in its FIN, with bytes unwritten",
      (socket) => void socket.end(Buffer.alloc(30_000_000)),
      /ECONNRESET|end/,
    ],
  ])("%s", async (_name, before, expected) => {
    const { mine, peer } = await pair();
    const seen = seenBy(peer);
    const closed = once(mine, "close");
    before(mine);
    resetSocket(mine);
    // A second time is without effect.
    resetSocket(mine);
    await closed;
    expect(await seen).toMatch(expected);
  });

  test("after its FIN", async () => {
    const { mine, peer } = await pair();
    mine.end();
    await once(mine, "finish");
    const closed = once(mine, "close");
    peer.allowHalfOpen = true;
    resetSocket(mine);
    await closed;
    peer.destroy();
  });

  test("while it connects", async () => {
    const { mine, peer } = await pair();
    const third = connect((server.address() as { port: number }).port, "127.0.0.1");
    const closed = once(third, "close");
    resetSocket(third);
    await closed;
    for (const socket of [mine, peer]) socket.destroy();
  });
});

test("a unix socket, which knows no reset, is closed", async () => {
  await using folder = await Folder.create();
  const { mine, peer } = await pair(join(folder.path, "s"));
  const seen = seenBy(peer);
  resetSocket(mine);
  await once(mine, "close");
  peer.end();
  expect(await seen).toBe("end");
});
