import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Channel } from "../../../src/core/backpressure/channel.ts";
import { Ring } from "../../../src/core/backpressure/ring.ts";
import { settle } from "./fake-time.ts";

async function received(channel: Channel<number>): Promise<number | "end"> {
  const next = await channel.receive();
  return next.kind === "end" ? "end" : next.value;
}

test("holds values up to its capacity and says when it is full", () => {
  const channel = new Channel<number>(2);
  expect([1, 2, 3].map((value) => channel.trySend(value))).toEqual(["sent", "sent", "full"]);
  expect(channel.tryReceive()).toEqual({ kind: "value", value: 1 });
  expect(channel.trySend(3)).toBe("sent");
  expect(channel.length).toBe(2);
});

test("a sender waits for room, and its value keeps its place", async () => {
  const channel = new Channel<number>(1);
  await channel.send(1);
  const second = channel.send(2);
  const third = channel.send(3);
  expect(channel.waitingSenders).toBe(2);
  expect(await received(channel)).toBe(1);
  expect(await second).toBe("sent");
  expect(await received(channel)).toBe(2);
  expect(await third).toBe("sent");
  expect(await received(channel)).toBe(3);
});

test("waiting receivers are served in the order in which they came", async () => {
  const channel = new Channel<number>(4);
  const both = Promise.all([received(channel), received(channel)]);
  channel.trySend(1);
  channel.trySend(2);
  expect(await both).toEqual([1, 2]);
  expect(channel.length).toBe(0);
});

test("with capacity 0 values pass from hand to hand", async () => {
  const channel = new Channel<number>(0);
  expect(channel.trySend(1)).toBe("full");
  const sent = channel.send(1);
  expect(await received(channel)).toBe(1);
  expect(await sent).toBe("sent");
  const waiting = received(channel);
  expect(channel.trySend(2)).toBe("sent");
  expect(await waiting).toBe(2);
});

test("after close, receivers drain what is left and then see the end, every time", async () => {
  const channel = new Channel<number>(2);
  channel.trySend(1);
  channel.trySend(2);
  const blocked = channel.send(3);
  channel.close();
  channel.close();
  expect(await blocked).toBe("closed");
  expect(await channel.send(4)).toBe("closed");
  expect(channel.trySend(5)).toBe("closed");
  expect([await received(channel), await received(channel), await received(channel)]).toEqual([1, 2, "end"]);
  expect(await received(channel)).toBe("end");
});

test("close ends receivers that wait", async () => {
  const channel = new Channel<number>(2);
  const waiting = [received(channel), received(channel)];
  channel.close();
  expect(await Promise.all(waiting)).toEqual(["end", "end"]);
});

test("discard throws away what is held and says how much", async () => {
  const channel = new Channel<number>(3);
  channel.trySend(1);
  channel.trySend(2);
  expect(channel.discard()).toBe(2);
  expect(await received(channel)).toBe("end");
});

test("a cancelled sender has sent nothing, a cancelled receiver has taken nothing", async () => {
  const channel = new Channel<number>(1);
  const controller = new AbortController();
  channel.trySend(1);
  const sending = channel.send(2, controller.signal);
  controller.abort("left");
  await expect(sending).rejects.toBe("left");
  expect(await received(channel)).toBe(1);
  const receiver = new AbortController();
  const receiving = channel.receive(receiver.signal);
  receiver.abort("gone");
  await expect(receiving).rejects.toBe("gone");
  expect(channel.waitingReceivers + channel.waitingSenders).toBe(0);
  channel.trySend(3);
  expect(await received(channel)).toBe(3);
});

test("iterates until the end, at the pace of the reader", async () => {
  const channel = new Channel<number>(4);
  const producer = (async () => {
    for (let value = 0; value < 1000; value++) await channel.send(value);
    channel.close();
  })();
  const seen: number[] = [];
  for await (const value of channel) {
    seen.push(value);
    expect(channel.length).toBeLessThanOrEqual(4);
    if (value % 100 === 0) await settle();
  }
  await producer;
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => index));
});

test("ten thousand senders at once are answered in order", async () => {
  const channel = new Channel<number>(1);
  const answers = Array.from({ length: 10_000 }, (_, value) => channel.send(value));
  for (let value = 0; value < 10_000; value++) expect(await received(channel)).toBe(value);
  expect((await Promise.all(answers)).every((answer) => answer === "sent")).toBe(true);
});

describe("the ring", () => {
  test("behaves like a bounded array", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 70 }),
        fc.array(fc.boolean(), { maxLength: 400 }),
        (capacity, moves) => {
          const ring = new Ring<number>(capacity);
          const model: number[] = [];
          for (const [value, pushes] of moves.entries()) {
            expect(ring.full).toBe(model.length >= capacity);
            if (pushes && !ring.full) {
              ring.push(value);
              model.push(value);
            } else if (!pushes && model.length > 0) {
              expect(ring.shift()).toBe(model.shift());
            }
            expect(ring.length).toBe(model.length);
          }
          expect(ring.clear()).toBe(model.length);
        },
      ),
    );
  });

  test("refuses a capacity that is none", () => {
    for (const capacity of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new Ring(capacity)).toThrow(RangeError);
    }
  });
});
