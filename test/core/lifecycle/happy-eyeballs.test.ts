import { getEventListeners } from "node:events";
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type Address,
  interleave,
  type RaceResult,
  raceToConnect,
} from "../../../src/core/lifecycle/happy-eyeballs.ts";

const V6 = (last: number): Address => ({ address: `2001:db8::${last}`, family: 6 });
const V4 = (last: number): Address => ({ address: `192.0.2.${last}`, family: 4 });

/** A race over sockets that do nothing by themselves, on a fake clock. */
function race(addresses: readonly Address[], signal = new AbortController().signal) {
  const sockets = new Map<string, Socket>();
  const startedAt: number[] = [];
  const result: Promise<RaceResult> = raceToConnect({
    addresses,
    connect: ({ address }) => {
      const socket = new Socket();
      sockets.set(address, socket);
      startedAt.push(Date.now());
      return socket;
    },
    attemptDelayMs: 250,
    clock: { nowUs: () => Date.now() * 1000 },
    signal,
  });
  return { result, sockets, startedAt, socket: (of: Address) => sockets.get(of.address)! };
}

function refused(): Error {
  return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => vi.useRealTimers());

describe("order of addresses", () => {
  test("families alternate, beginning with the resolver's first", () => {
    expect(interleave([V6(1), V6(2), V6(3), V4(1)])).toEqual([V6(1), V4(1), V6(2), V6(3)]);
    expect(interleave([V4(1), V4(2), V6(1), V6(2)])).toEqual([V4(1), V6(1), V4(2), V6(2)]);
    expect(interleave([])).toEqual([]);
  });
});

describe("happy eyeballs", () => {
  test("a silent first address costs the second a head start of 250 ms, then it wins and the first is closed", async () => {
    const { result, socket, startedAt } = race([V6(1), V4(1)]);
    vi.advanceTimersByTime(249);
    expect(startedAt).toEqual([0]);
    vi.advanceTimersByTime(1);
    expect(startedAt).toEqual([0, 250]);
    vi.advanceTimersByTime(10);
    socket(V4(1)).emit("connect");
    const outcome = await result;
    expect(outcome).toMatchObject({
      kind: "won",
      attempts: [
        { family: 6, startUs: 0, endUs: 260_000, outcome: { kind: "lost" } },
        { family: 4, startUs: 250_000, endUs: 260_000, outcome: { kind: "connected" } },
      ],
    });
    expect(socket(V6(1)).destroyed).toBe(true);
    expect(socket(V4(1)).destroyed).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a failure starts the next attempt at once, and gives that one its full head start", async () => {
    const { result, socket, startedAt } = race([V6(1), V4(1), V6(2)]);
    vi.advanceTimersByTime(100);
    socket(V6(1)).emit("error", refused());
    expect(startedAt).toEqual([0, 100]);
    vi.advanceTimersByTime(249);
    expect(startedAt).toEqual([0, 100]);
    vi.advanceTimersByTime(1);
    expect(startedAt).toEqual([0, 100, 350]);
    socket(V4(1)).emit("connect");
    expect((await result).attempts.map(({ outcome }) => outcome.kind)).toEqual([
      "failed",
      "connected",
      "lost",
    ]);
  });

  test("a late first address still wins while the second is on its way", async () => {
    const { result, socket } = race([V6(1), V4(1)]);
    vi.advanceTimersByTime(300);
    socket(V6(1)).emit("connect");
    expect(await result).toMatchObject({ kind: "won", attempts: [{ outcome: { kind: "connected" } }, {}] });
    expect(socket(V4(1)).destroyed).toBe(true);
  });

  test("when all fail, every error and attempt is told in order", async () => {
    const { result, socket } = race([V6(1), V4(1)]);
    socket(V6(1)).emit("error", refused());
    socket(V4(1)).emit("error", refused());
    const outcome = await result;
    expect(outcome.kind === "lost" && outcome.errors).toHaveLength(2);
    expect(outcome.attempts[1]?.outcome).toEqual({
      kind: "failed",
      code: "ECONNREFUSED",
      message: "connect ECONNREFUSED",
    });
  });

  test("abort closes every attempt and leaves no timer and no listener", async () => {
    const controller = new AbortController();
    const { result, sockets } = race([V6(1), V4(1), V6(2), V4(2)], controller.signal);
    vi.advanceTimersByTime(600);
    controller.abort();
    expect(await result).toMatchObject({ kind: "cut", attempts: [{ outcome: { kind: "cut" } }, {}, {}] });
    expect([...sockets.values()].map((socket) => socket.destroyed)).toEqual([true, true, true]);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    vi.advanceTimersByTime(1000);
    expect(sockets.size).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("what a loser reports afterwards has no effect", async () => {
    const { result, socket } = race([V6(1), V4(1)]);
    vi.advanceTimersByTime(250);
    socket(V4(1)).emit("connect");
    await result;
    expect(() => socket(V6(1)).emit("error", refused())).not.toThrow();
  });
});
