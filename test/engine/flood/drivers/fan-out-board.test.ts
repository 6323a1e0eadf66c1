// Who has heard which message: held against a model that remembers everything.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FanOutBoard, type FanOutTally } from "../../../../src/engine/flood/drivers/fan-out-board.ts";

interface Counted extends FanOutTally {
  readonly found: {
    expected: number;
    heard: number;
    reordered: number;
    late: number;
    duplicates: number;
    stray: number;
    us: number[];
  };
}

function counting(): Counted {
  const found = { expected: 0, heard: 0, reordered: 0, late: 0, duplicates: 0, stray: 0, us: [] as number[] };
  return {
    found,
    sent: (_sentUs, listeners) => {
      found.expected += listeners;
    },
    heard: (_sentUs, us, isReordered, isLate) => {
      found.heard++;
      found.us.push(us);
      if (isReordered) found.reordered++;
      if (isLate) found.late++;
    },
    duplicate: () => found.duplicates++,
    stray: () => found.stray++,
  };
}

function board(listeners: number, depth = 4) {
  const tally = counting();
  const completed: [number, number, number][] = [];
  const made = new FanOutBoard(listeners + 1, depth, tally);
  made.completed = (...told) => void completed.push(told);
  for (let listener = 1; listener <= listeners; listener++) made.join(listener);
  return { board: made, completed, found: tally.found };
}

describe("a message", () => {
  test("is complete when the last has heard it, and its first receipt is remembered", () => {
    const { board: one, completed, found } = board(3);
    const number = one.send(2, 100);
    one.hear(3, number, 110);
    one.hear(1, number, 120);
    expect(completed).toEqual([]);
    one.hear(2, number, 150);
    expect(completed).toEqual([[2, 110, 150]]);
    expect(found).toMatchObject({ expected: 3, heard: 3, duplicates: 0, us: [10, 20, 50] });
  });

  test("that comes twice, or in another order, is told as such, to the listener it concerns", () => {
    const { board: one, found } = board(2);
    const [first, second] = [one.send(0, 0), one.send(1, 1)];
    one.hear(1, second, 5);
    one.hear(1, first, 6);
    one.hear(2, first, 7);
    one.hear(2, second, 8);
    one.hear(2, second, 9);
    one.hear(1, first, 10);
    expect(found).toMatchObject({ heard: 4, reordered: 1, duplicates: 2, late: 0, stray: 0 });
  });

  test("that was given up comes late, once", () => {
    const { board: one, completed, found } = board(2);
    const number = one.send(0, 0);
    one.hear(1, number, 5);
    one.giveUp(0);
    const next = one.send(0, 100);
    one.hear(2, number, 101);
    one.hear(2, number, 102);
    one.hear(1, number, 103);
    expect(completed).toEqual([]);
    expect(found).toMatchObject({ heard: 2, late: 1, duplicates: 2 });
    one.hear(1, next, 104);
    one.hear(2, next, 105);
    expect(completed).toEqual([[0, 104, 105]]);
  });

  test("does not wait for who has left, but for somebody who heard it", () => {
    const { board: one, completed, found } = board(2);
    one.hear(1, one.send(0, 0), 5);
    one.leave(2, 9);
    expect(completed).toEqual([[0, 5, 9]]);
    one.send(1, 10);
    one.leave(1, 11);
    one.send(2, 12);
    expect(completed).toHaveLength(1);
    expect(found.expected).toBe(2 + 1 + 0);
  });

  test("of before one came is nobody's receipt, and neither is a number that was never sent", () => {
    const { board: one, found } = board(1);
    const before = one.send(0, 0);
    one.leave(1, 1);
    one.join(1);
    one.hear(1, before, 2);
    one.hear(1, 77, 3);
    one.hear(1, Number.POSITIVE_INFINITY, 4);
    expect(found).toMatchObject({ heard: 0, stray: 3, duplicates: 0 });
  });
});

test("whatever comes in whatever order, it counts what a model that remembers everything counts", () => {
  const LISTENERS = 40;
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("send" as const), seat: fc.nat(3) }) },
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant("hear" as const),
        listener: fc.integer({ min: 1, max: LISTENERS }),
        back: fc.nat(5),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("giveUp" as const), seat: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("leave" as const),
        listener: fc.integer({ min: 1, max: LISTENERS }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("join" as const),
        listener: fc.integer({ min: 1, max: LISTENERS }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const { board: one, completed, found } = board(LISTENERS);
      const listening = new Set(Array.from({ length: LISTENERS }, (_, at) => at + 1));
      const since = new Map<number, number>();
      const awaited: Set<number>[] = [];
      const state: ("flying" | "complete" | "given up")[] = [];
      const at = new Map<number, number>();
      const heardOnce: boolean[] = [];
      const model = { expected: 0, heard: 0, late: 0, duplicates: 0, stray: 0, completed: 0 };
      const settle = (number: number) => {
        if (state[number] !== "flying" || awaited[number]!.size > 0 || !heardOnce[number]) return;
        state[number] = "complete";
        model.completed++;
      };
      let now = 0;
      for (const taken of steps) {
        now++;
        if (taken.kind === "send") {
          const held = at.get(taken.seat);
          if (held !== undefined && state[held] === "flying") continue;
          const number = one.send(taken.seat, now);
          expect(number).toBe(state.length);
          state.push("flying");
          awaited.push(new Set(listening));
          heardOnce.push(false);
          at.set(taken.seat, number);
          model.expected += listening.size;
        } else if (taken.kind === "giveUp") {
          const held = at.get(taken.seat);
          if (held !== undefined && state[held] === "flying") state[held] = "given up";
          one.giveUp(taken.seat);
        } else if (taken.kind === "join") {
          if (!listening.has(taken.listener)) since.set(taken.listener, state.length);
          listening.add(taken.listener);
          one.join(taken.listener);
        } else if (taken.kind === "leave") {
          if (listening.delete(taken.listener)) {
            for (const [number, set] of awaited.entries()) {
              if (state[number] === "flying" && set.delete(taken.listener)) settle(number);
            }
          }
          one.leave(taken.listener, now);
        } else if (taken.kind === "hear") {
          const number = state.length - 1 - taken.back;
          if (number < 0) continue;
          one.hear(taken.listener, number, now);
          if (number < (since.get(taken.listener) ?? 0)) model.stray++;
          else if (state[number] === "complete" || !awaited[number]!.delete(taken.listener))
            model.duplicates++;
          else {
            model.heard++;
            heardOnce[number] = true;
            if (state[number] === "given up") model.late++;
            settle(number);
          }
        }
      }
      const { expected, heard, late, duplicates, stray } = found;
      expect({ expected, heard, late, duplicates, stray, completed: completed.length }).toEqual(model);
    }),
    { numRuns: 300 },
  );
});
