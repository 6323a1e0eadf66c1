import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { feltLatenessMs, LoopDelayMeter } from "../../../../src/engine/connect/way/loop-delay.ts";

function blockFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe("what of a timer's lateness counts", () => {
  test.each([
    ["an early timer", -0.3, 4, 0],
    ["the granularity of timers alone", 0.9, 0, 0],
    ["work", 0.9, 0.2, 0.2],
    ["work that made it late", 30, 30, 30],
    ["work that went on before the timer was due, too", 2, 6, 2],
    ["no processor for a while", 21, 0, 20],
    ["both", 31, 10, 30],
  ])("%s", (_name, lateness, worked, felt) => {
    expect(feltLatenessMs(lateness, worked)).toBeCloseTo(felt, 6);
  });
});

test("tells the longest stand-still, one that is still going on included", async () => {
  const meter = new LoopDelayMeter();
  await sleep(12);
  blockFor(40);
  await sleep(12);
  blockFor(20);
  await sleep(12);
  expect(meter.stop()).toBeGreaterThanOrEqual(33_000);
  const last = new LoopDelayMeter();
  await sleep(12);
  blockFor(40);
  expect(last.stop()).toBeGreaterThanOrEqual(33_000);
});

test("stops once", () => {
  const meter = new LoopDelayMeter();
  const first = meter.stop();
  blockFor(20);
  expect(meter.stop()).toBe(first);
});
