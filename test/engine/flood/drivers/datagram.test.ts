// UDP in a flood: what a relay does to datagrams at known rates is what the run says, and every request ends once.
import { Buffer } from "node:buffer";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { datagramResult } from "../../../../src/engine/flood/datagram-result.ts";
import { DatagramNumbers } from "../../../../src/engine/flood/drivers/datagram-numbers.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { createRandom } from "../../../../src/engine/stats/inference/random.ts";
import { type Flooded, flooded } from "./conformance.ts";

const PAYLOAD = Buffer.from("........0123456789abcdef");
const UDP: Partial<FloodPlan> = {
  protocol: { kind: "datagram", echo: true },
  request: { method: "GET", headers: [], body: PAYLOAD },
};

/** Answers each datagram as `answer` says. */
async function against(
  answer: (bytes: Buffer, send: (bytes: Buffer) => void) => void,
  over: Partial<FloodPlan> = {},
): Promise<Flooded> {
  const server: Socket = createSocket("udp4");
  let open = true;
  server.on("message", (bytes, { port, address }: RemoteInfo) =>
    answer(bytes, (back) => void (open && server.send(back, port, address))),
  );
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await flooded({ ...UDP, ...over }, server.address().port);
  } finally {
    open = false;
    server.close();
  }
}

const count = (requests: number): Partial<FloodPlan> => ({ stop: { kind: "requests", count: requests } });

describe("datagrams", () => {
  test("are answered, each once, at any depth and from a socket each", async () => {
    for (const over of [{ depth: 1 }, { depth: 16 }, { depth: 1, newConnection: true }]) {
      const found = await against((bytes, send) => send(bytes), { ...over, ...count(400) });
      expect(found).toMatchObject({ requests: 400, succeeded: 400, errors: {} });
      expect(datagramResult(found.counters, 1)).toMatchObject({
        ...{ sent: 400, arrived: 400, lost: 0, late: 0, duplicates: 0, stray: 0 },
      });
    }
  });

  test("that are lost, come twice or in another order are told within one percentage point of the truth", async () => {
    const random = createRandom(7);
    const truth = { sent: 0, lost: 0, duplicates: 0 };
    let held: (() => void) | undefined;
    let swapped = 0;
    const found = await against(
      (bytes, send) => {
        truth.sent++;
        const luck = random.next();
        if (luck < 0.05) {
          truth.lost++;
          return;
        }
        // Behind the one that comes next.
        if (luck < 0.09 && held === undefined) {
          held = () => send(Buffer.from(bytes));
          return;
        }
        send(bytes);
        if (luck > 0.97) {
          truth.duplicates++;
          send(bytes);
        }
        if (held !== undefined) {
          swapped++;
          held();
          held = undefined;
        }
      },
      { connections: 1, depth: 16, timeoutMs: 60, ...count(6_000) },
    );
    const { sent, lost, duplicates, reordered, arrived, late } = datagramResult(found.counters, 1);
    expect(found.requests).toBe(6_000);
    expect(sent).toBe(truth.sent);
    const points = (share: number, of: number): number => (100 * share) / of;
    expect(Math.abs(points(lost, sent) - points(truth.lost, truth.sent))).toBeLessThan(1);
    expect(
      Math.abs(points(duplicates, arrived) - points(truth.duplicates, truth.sent - truth.lost)),
    ).toBeLessThan(1);
    expect(Math.abs(points(reordered, arrived) - points(swapped, truth.sent - truth.lost))).toBeLessThan(1);
    expect(lost + arrived).toBe(sent);
    expect(found.timedOut).toBe(lost + late);
  }, 60_000);

  test("that come after their time-out are late, and no answers", async () => {
    const found = await against((bytes, send) => void setTimeout(() => send(bytes), 80), {
      ...{ connections: 1, depth: 4, timeoutMs: 40 },
      ...count(40),
    });
    expect(found).toMatchObject({ requests: 40, succeeded: 0, timedOut: 40 });
    const { late, arrived } = datagramResult(found.counters, 1);
    // The last ones come when nobody listens any more.
    expect(late).toBeGreaterThan(20);
    expect(arrived).toBe(late);
  });

  test("that are altered fail their request; what nobody asked for is stray", async () => {
    let nth = 0;
    const found = await against(
      (bytes, send) => {
        if (nth++ % 4 === 3) bytes.fill(0x2a, 8);
        send(Buffer.from("hello"));
        send(bytes);
      },
      { connections: 1, ...count(40) },
    );
    expect(found).toMatchObject({ requests: 40, failed: 10, errors: { "wrong-answer": 10 } });
    expect(found.counters.datagramsStray).toBe(40);
  });

  test("to a port at which nobody listens fail as refused", async () => {
    const taken = createSocket("udp4").bind(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address();
    taken.close();
    await once(taken, "close");
    const found = await flooded({ ...UDP, connections: 1, depth: 1, timeoutMs: 500, ...count(3) }, port);
    expect(found).toMatchObject({ requests: 3, succeeded: 0 });
    expect(Object.keys(found.errors)).toContain("connect-refused");
  });
});

describe("the numbers of datagrams", () => {
  test("tell answers, second ones, late ones and strangers apart", () => {
    const numbers = new DatagramNumbers(2);
    expect([numbers.give(0, 0), numbers.give(1, 0)]).toEqual([0, 1]);
    expect(numbers.arrive(1, 10)).toBe("answer");
    expect(numbers.seat).toBe(1);
    expect(numbers.arrive(1, 11)).toBe("duplicate");
    numbers.abandon(0);
    expect(numbers.give(0, 20)).toBe(2);
    expect(numbers.arrive(0, 30)).toBe("late");
    expect(numbers.isReordered).toBe(true);
    expect(numbers.arrive(2, 40)).toBe("answer");
    expect([numbers.seat, numbers.isReordered]).toEqual([0, false]);
    expect(numbers.arrive(3, 50)).toBe("stray");
  });

  test("forget after 65,536 more, and take nobody for another", () => {
    const numbers = new DatagramNumbers(1);
    numbers.give(0, 0);
    for (let i = 0; i < 65_536; i++) {
      numbers.abandon(0);
      numbers.give(0, 0);
    }
    expect(numbers.arrive(0, 1)).toBe("stray");
    expect(numbers.arrive(1, 1)).toBe("late");
  });

  test("jitter is that of RFC 3550: a sixteenth of each change of the way's time", () => {
    const numbers = new DatagramNumbers(1);
    const way = [100, 260, 100, 100];
    const seen: number[] = [];
    for (const us of way) {
      const number = numbers.give(0, 0);
      numbers.arrive(number, us);
      seen.push(numbers.jitterUs);
    }
    expect(seen).toEqual([0, 10, 10 + (160 - 10) / 16, 19.375 + (0 - 19.375) / 16]);
  });
});
