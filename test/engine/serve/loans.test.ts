// Buffers that echoes borrow: they are used again, and what is under way in them is never overwritten.
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { Stage } from "../../../src/engine/serve/socket/stage.ts";
import { serve } from "./local-server.ts";

test("what is given back is lent again, and only what is worth it is lent", () => {
  const stage = new Stage();
  expect([stage.borrow(100), stage.borrow(1024 * 1024)]).toEqual([undefined, undefined]);
  const first = stage.borrow(64 * 1024)!;
  const second = stage.borrow(20 * 1024)!;
  expect(first).not.toBe(second);
  stage.giveBack(first);
  expect(stage.borrow(30 * 1024)).toBe(first);
});

const BYTES = 6_000_000;

/** Byte k of connection c. */
const byteAt = (c: number, k: number): number => (k * 7 + c * 31 + (k >> 16)) & 0xff;

/** Sends in pieces of odd sizes, reads now and then with a pause, and tells the first byte that is wrong; -1 for none. */
async function echoed(port: number, secure: boolean, c: number): Promise<number> {
  const socket = secure
    ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false })
    : connect({ port, host: "127.0.0.1" });
  await once(socket, secure ? "secureConnect" : "connect");
  const content = Buffer.allocUnsafe(BYTES);
  for (let k = 0; k < BYTES; k++) content[k] = byteAt(c, k);
  let at = 0;
  let wrong = -1;
  let reads = 0;
  socket.on("data", (chunk: Buffer) => {
    if (wrong < 0 && !chunk.equals(content.subarray(at, at + chunk.length))) {
      wrong = at + chunk.findIndex((byte, i) => byte !== content[at + i]);
    }
    at += chunk.length;
    // A reader that stops leaves the server's writes half done.
    if (++reads % 13 === c % 13) {
      socket.pause();
      setTimeout(() => socket.resume(), 3);
    }
    if (at === BYTES) socket.end();
  });
  for (let from = 0, size = 1000 + c; from < BYTES; from += size, size = (size * 3) % 90_000 || 1) {
    if (!socket.write(content.subarray(from, from + size))) await once(socket, "drain");
  }
  await once(socket, "close");
  return at === BYTES ? wrong : at;
}

test.each([
  ["tcp", false],
  ["tls", true],
])("%s: ten connections at once get their own bytes back", async (scheme, secure) => {
  await using server = await serve(scheme);
  const { port } = server.listeners[0]!;
  const found = await Promise.all(Array.from({ length: 10 }, (_, c) => echoed(port, secure, c)));
  expect(found).toEqual(new Array(10).fill(-1));
});
