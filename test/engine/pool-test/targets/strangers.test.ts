// Servers that are not what the scheme says, through the real drivers: told as such, and not as a wrong password.
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { openTarget } from "../../../../src/engine/pool-test/targets/catalog.ts";
import { rejection, targetPlan } from "./target-plan.ts";

const LETTERS = "41".repeat(64);
/** A packet of MySQL in form, five bytes of it, and no handshake. */
const NO_HANDSHAKE = "050000004141414141";

test.each([
  ["redis", LETTERS, "NK_PROTOCOL_VIOLATION", "check the scheme"],
  ["mysql", NO_HANDSHAKE, "NK_PROTOCOL_VIOLATION", "check the scheme"],
  ["redis", undefined, "NK_ANSWER_TIMEOUT", "--timeout"],
  ["postgres", undefined, "NK_ANSWER_TIMEOUT", "--timeout"],
  ["mysql", undefined, "NK_CONNECT_TIMEOUT", "--timeout"],
])("%s: to a server that says %s", async (scheme, words, code, next) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    if (words !== undefined) socket.write(Buffer.from(words, "hex"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using target = await openTarget(targetPlan(url, { connectTimeoutMs: 400, workTimeoutMs: 400 }));
    const error = await rejection(target.connect());
    expect(error.code, error.why).toBe(code);
    expect(error.next).toContain(next);
  } finally {
    server.close();
  }
});
