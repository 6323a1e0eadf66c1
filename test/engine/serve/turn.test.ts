import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "../../../src/core/metrics/histogram.ts";
import { Stage } from "../../../src/engine/serve/socket/stage.ts";
import { type Flushable, Tally, Turn } from "../../../src/engine/serve/socket/turn.ts";

const KIB = 1024;
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function recording(log: string[], name: string, queuedBytes: number, then?: () => void): Flushable {
  return {
    queuedBytes,
    flush() {
      log.push(name);
      then?.();
    },
  };
}

describe("a turn of the event loop", () => {
  it("flushes everything once, at its end, in order", async () => {
    const log: string[] = [];
    let ended = 0;
    const turn = new Turn(
      () => log.push("began"),
      () => ended++,
    );
    for (const name of ["a", "b", "c"]) turn.enqueue(recording(log, name, 100));
    expect(log).toEqual(["began"]);
    await nextTurn();
    expect(log).toEqual(["began", "a", "b", "c"]);
    await nextTurn();
    expect(log).toHaveLength(4);
    expect(ended).toBe(1);
  });

  it("leaves what is queued while flushing to the next turn, and is not over before that", async () => {
    const log: string[] = [];
    let ended = 0;
    const turn = new Turn(
      () => {},
      () => ended++,
    );
    const late = recording(log, "late", 1);
    turn.enqueue(recording(log, "early", 1, () => turn.enqueue(late)));
    await nextTurn();
    expect([log, ended]).toEqual([["early"], 0]);
    await nextTurn();
    expect([log, ended]).toEqual([["early", "late"], 1]);
  });

  it("writes small answers first and gives streams a budget, each in its order", async () => {
    const log: string[] = [];
    const turn = new Turn(
      () => {},
      () => {},
    );
    for (let at = 0; at < 40; at++) turn.enqueue(recording(log, `stream ${at}`, 64 * KIB));
    turn.enqueue(recording(log, "small", 200));
    await nextTurn();
    expect(log[0]).toBe("small");
    expect(log).toHaveLength(17);
    turn.enqueue(recording(log, "another", 200));
    await nextTurn();
    expect(log[17]).toBe("another");
    await nextTurn();
    await nextTurn();
    expect(log.filter((name) => name.startsWith("stream"))).toEqual(
      Array.from({ length: 40 }, (_, at) => `stream ${at}`),
    );
  });

  it("records the time from its first event to its end for each answer it tallied", async () => {
    const histogram = new LatencyHistogram();
    const tally = new Tally(histogram);
    const turn = new Turn(
      () => {},
      () => {},
    );
    turn.enter();
    for (let answer = 0; answer < 5; answer++) turn.tally(tally);
    expect(histogram.count).toBe(0);
    await nextTurn();
    expect(histogram.count).toBe(5);
    expect(histogram.max).toBeLessThan(1_000_000);
  });
});

describe("the stage", () => {
  it("keeps small pieces side by side and uses its slab again after the turn", () => {
    const stage = new Stage();
    const source = Buffer.from("abcdef");
    const first = stage.copy(source, 0, 3);
    const second = stage.copy(source, 3, 6);
    expect([first.toString(), second.toString()]).toEqual(["abc", "def"]);
    expect(second.buffer).toBe(first.buffer);
    stage.endTurn();
    expect(stage.take(3).byteOffset).toBe(first.byteOffset);
  });

  it("leaves a slab alone that a write still needs", () => {
    const stage = new Stage();
    const kept = stage.copy(Buffer.from("kept"), 0, 4);
    stage.pin();
    stage.endTurn();
    stage.copy(Buffer.from("over"), 0, 4);
    expect(kept.toString()).toBe("kept");
  });

  it("gives large pieces memory of their own, and a new slab when one is full", () => {
    const stage = new Stage();
    const small = stage.take(10);
    expect(stage.take(100 * KIB).buffer).not.toBe(small.buffer);
    const pieces = Array.from({ length: 10 }, () => stage.take(15 * KIB));
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(3);
  });
});
