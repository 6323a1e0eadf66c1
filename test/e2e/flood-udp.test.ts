// `netkit flood` over UDP against netkit's own echo: the whole way from flags to the document.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runSchema } from "../../src/report/schemas/run.ts";
import { flood, netkit, serve } from "../support/netkit.ts";

let server: Awaited<ReturnType<typeof serve>>;
let url: string;

beforeAll(async () => {
  server = await serve("udp://127.0.0.1:0", "--no-admin");
  url = server.ready.listeners[0]!.url;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("datagrams to serve's echo", () => {
  test("come back whole, in order and once", async () => {
    const { result } = await flood(url, "-n", "4000", "-c", "2", "--depth", "8", "--size", "200", "--echo");
    expect(runSchema.parse(result)).toEqual(result);
    expect(result.errors).toEqual([]);
    expect(result.plan).toMatchObject({ protocol: "datagrams, echo", bodyBytes: 200 });
    expect(result.totals).toMatchObject({ requests: 4000, succeeded: 4000, bytesSent: 800_000 });
    expect(result.datagrams).toMatchObject({
      ...{ sent: 4000, arrived: 4000, lost: 0, late: 0, reordered: 0, duplicates: 0, stray: 0 },
    });
    expect(result.datagrams!.jitterUs).toBeGreaterThan(0);
  });

  test("at a rate, from several addresses, and the page tells of them", async () => {
    const from = ["--local-address", "127.0.0.2", "--local-address", "127.0.0.3"];
    const { code, stdout } = await netkit("flood", url, "--rate", "500/s", "-d", "1s", "-c", "2", ...from);
    expect([0, 4]).toContain(code);
    expect(stdout).toMatch(/Datagrams {2}500 sent {3}500 back {3}0 lost {3}0 twice/);
    expect(stdout).toContain("jitter");
  });
});

test("nobody there is exit 3, with the reason; sizes that no datagram has are refused", async () => {
  const taken = createSocket("udp4").bind(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address();
  taken.close();
  await once(taken, "close");
  const gone = await netkit("flood", `udp://127.0.0.1:${port}`, "-n", "2", "-c", "1", "--timeout", "300ms");
  expect(gone.code).toBe(3);
  expect(`${gone.stdout}${gone.stderr}`).toMatch(/refused/);
  for (const size of ["4", "70000"]) {
    const wrong = await netkit("flood", url, "--size", size);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("8 to 65,507 bytes");
  }
});
