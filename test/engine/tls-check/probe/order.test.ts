// Whose order counts, and one order out of several lists.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  mergeByChoice,
  preferenceOf,
  reversedForOrder,
} from "../../../../src/engine/tls-check/probe/order.ts";

describe("preference", () => {
  test("is the server's when it picks the same from the reversed list", () => {
    expect(preferenceOf([1, 2, 3], [3, 2, 1], 1)).toBe("server");
  });

  test("is the client's when it picks what then comes first", () => {
    expect(preferenceOf([1, 2, 3], [3, 2, 1], 3)).toBe("client");
  });

  test("is unknown when it picks something in between, or gives no answer", () => {
    expect(preferenceOf([1, 2, 3], [3, 2, 1], 2)).toBe("unknown");
    expect(preferenceOf([1, 2, 3], [3, 2, 1], undefined)).toBe("unknown");
    expect(preferenceOf([], [], undefined)).toBe("unknown");
  });

  test("does not arise with one choice", () => {
    expect(preferenceOf([1], [1], undefined)).toBe("one-choice");
  });
});

describe("the reversed list", () => {
  const [AES_128, AES_256, CHACHA20] = [0x1301, 0x1302, 0x1303];

  test("does not lead with ChaCha20, which some servers take from those who do", () => {
    expect(reversedForOrder([AES_256, AES_128, CHACHA20])).toEqual([AES_128, AES_256, CHACHA20]);
    expect(reversedForOrder([CHACHA20, AES_256])).toEqual([AES_256, CHACHA20]);
  });

  test("leads with it where the list would lead with the same suite either way", () => {
    expect(reversedForOrder([AES_256, CHACHA20])).toEqual([CHACHA20, AES_256]);
  });
});

describe("merging", () => {
  /** A server with an order of its own, that counts what it is asked. */
  function chooser(order: readonly number[]) {
    const server = {
      asked: 0,
      choose: async (pair: readonly [number, number]) => {
        server.asked++;
        return order.find((code) => pair.includes(code));
      },
    };
    return server;
  }

  test("costs nothing for one list, and one connection where the second comes behind the first", async () => {
    const server = chooser([1, 2, 3, 4, 5]);
    expect(await mergeByChoice([[1, 2, 3]], server.choose)).toEqual([1, 2, 3]);
    expect(server.asked).toBe(0);
    expect(
      await mergeByChoice(
        [
          [1, 2, 3],
          [4, 5],
        ],
        server.choose,
      ),
    ).toEqual([1, 2, 3, 4, 5]);
    expect(server.asked).toBe(1);
  });

  test("finds the server's order whatever was in which list", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(1000), { maxLength: 40 }),
        fc.infiniteStream(fc.nat(2)),
        async (order, places) => {
          const lists: number[][] = [[], [], []];
          for (const code of order) lists[places.next().value]!.push(code);
          expect(await mergeByChoice(lists, chooser(order).choose)).toEqual(order);
        },
      ),
    );
  });

  test("keeps all suites when the server stops answering", async () => {
    let left = 2;
    const order = [1, 2, 3, 4, 5, 6];
    const merged = await mergeByChoice(
      [
        [1, 3, 5],
        [2, 4, 6],
      ],
      async (pair) => (left-- > 0 ? order.find((code) => pair.includes(code)) : undefined),
    );
    expect([...merged].sort()).toEqual(order);
  });
});
