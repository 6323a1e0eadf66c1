import { PassThrough, Readable, Writable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Flow,
  FlowCoupling,
  nextFlow,
  type Watermarks,
} from "../../../src/core/backpressure/watermark.ts";
import { settle } from "./fake-time.ts";

const MARKS: Watermarks = { highWaterBytes: 100, lowWaterBytes: 40 };

test.each<[Flow, number, Flow]>([
  ["flowing", 0, "flowing"],
  ["flowing", 99, "flowing"],
  ["flowing", 100, "paused"],
  ["paused", 99, "paused"],
  ["paused", 41, "paused"],
  ["paused", 40, "flowing"],
  ["paused", 0, "flowing"],
])("%s with a backlog of %d bytes is then %s", (flow, backlog, then) => {
  expect(nextFlow(flow, backlog, MARKS)).toBe(then);
});

test("between the marks nothing changes, whatever the backlog does", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<Flow>("flowing", "paused"),
      fc.array(fc.integer({ min: 41, max: 99 })),
      (flow, backlogs) => {
        expect(backlogs.reduce((now, backlog) => nextFlow(now, backlog, MARKS), flow)).toBe(flow);
      },
    ),
  );
});

/** Takes `chunk` at a time when told to. */
class SlowReader extends Writable {
  readonly #waiting: (() => void)[] = [];
  taken = 0;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#waiting.push(() => {
      this.taken += chunk.length;
      done();
    });
  }

  take(): boolean {
    const next = this.#waiting.shift();
    next?.();
    return next !== undefined;
  }
}

function fastWriter(chunkBytes: number, chunks: number): { source: Readable; made: () => number } {
  let made = 0;
  const source = new Readable({
    highWaterMark: chunkBytes,
    read() {
      this.push(made < chunks ? Buffer.alloc(chunkBytes, 1) : null);
      if (made < chunks) made++;
    },
  });
  return { source, made: () => made * chunkBytes };
}

test("a slow reader stops a fast writer: memory stays within the high mark and one read", async () => {
  const chunkBytes = 1024;
  const marks = { highWaterBytes: 16 * 1024, lowWaterBytes: 4 * 1024 };
  const { source, made } = fastWriter(chunkBytes, 5_000);
  const sink = new SlowReader({ highWaterMark: 1024 });
  const coupling = new FlowCoupling(source, sink, marks);
  let worst = 0;
  source.on("data", (chunk: Buffer) => {
    sink.write(chunk, coupling.flushed);
    coupling.written();
    worst = Math.max(worst, sink.writableLength);
  });
  for (let turn = 0; turn < 20; turn++) await settle();
  // The reader has stopped, so has the writer.
  expect(coupling.flow).toBe("paused");
  expect(sink.writableLength).toBe(marks.highWaterBytes);
  expect(made()).toBeLessThanOrEqual(marks.highWaterBytes + 4 * chunkBytes);
  const ended = new Promise((resolve) => source.on("end", resolve));
  let open = true;
  void ended.then(() => {
    open = false;
  });
  while (open || sink.writableLength > 0) {
    while (sink.take());
    await settle();
  }
  expect(sink.taken).toBe(5_000 * chunkBytes);
  expect(worst).toBeLessThanOrEqual(marks.highWaterBytes + chunkBytes);
  expect(coupling.pauses).toBeGreaterThan(10);
  coupling[Symbol.dispose]();
  expect(sink.listenerCount("drain")).toBe(0);
});

test("flushed resumes at the low mark, before the backlog is empty", async () => {
  const source = new PassThrough();
  const sink = new SlowReader({ highWaterMark: 10 });
  using coupling = new FlowCoupling(source, sink, { highWaterBytes: 50, lowWaterBytes: 20 });
  for (let count = 0; count < 5; count++) {
    sink.write(Buffer.alloc(10), coupling.flushed);
    coupling.written();
  }
  expect(coupling.flow).toBe("paused");
  expect(source.isPaused()).toBe(true);
  for (let count = 0; count < 3; count++) {
    expect(sink.writableLength).toBe(50 - count * 10);
    expect(coupling.flow).toBe("paused");
    sink.take();
    await settle();
  }
  expect(sink.writableLength).toBe(20);
  expect(coupling.flow).toBe("flowing");
  expect(source.isPaused()).toBe(false);
});

test("drain alone resumes when writes have no callback", async () => {
  const source = new PassThrough();
  const sink = new SlowReader({ highWaterMark: 1000 });
  // A high mark below the sink's own is raised to it: the sink would never say "drain".
  using coupling = new FlowCoupling(source, sink, { highWaterBytes: 50, lowWaterBytes: 20 });
  sink.write(Buffer.alloc(900));
  expect(coupling.written()).toBe("flowing");
  sink.write(Buffer.alloc(100));
  expect(coupling.written()).toBe("paused");
  sink.take();
  expect(sink.writableLength).toBe(100);
  expect(coupling.flow).toBe("paused");
  for (let turn = 0; turn < 3; turn++) {
    sink.take();
    await settle();
  }
  expect(sink.writableLength).toBe(0);
  expect(coupling.flow).toBe("flowing");
});

test("refuses marks that are the wrong way round", () => {
  const marks = { highWaterBytes: 10, lowWaterBytes: 10 };
  expect(() => new FlowCoupling(new PassThrough(), new PassThrough(), marks)).toThrow(RangeError);
});
