/**
 * Runs the generator once through a few thousand requests in memory, before anything is measured: code that
 * runs for the first time is compiled while it runs, and the first answers would be stamped milliseconds late
 * (measured: p50 of the first ten requests 3.7 ms cold, 1.1 ms rehearsed). No socket is opened.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { HeadMemo } from "../../core/framing/http1/head-memo.ts";
import type { ResponseHead } from "../../core/framing/http1/types.ts";
import type { SocketSource } from "./connector.ts";
import { Http1Driver } from "./drivers/http1.ts";
import { Generator } from "./generator.ts";
import type { FloodPlan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { createSchedule } from "./schedule.ts";
import { createSource } from "./source.ts";

// Enough for the optimising compiler to have seen the hot path; takes about 20 ms.
const REQUESTS = 4_000;
const ANSWER = Buffer.from(
  "HTTP/1.1 200 OK\r\nServer: rehearsal\r\nContent-Length: 13\r\n\r\nhello, world\n",
);

/** A peer in memory: takes every write, answers when told to. */
class Stage implements SocketSource {
  readonly secure = false;
  readonly addressCount = 1;
  onRead: (bytes: number, buffer: Buffer) => void = () => {};
  socket: Duplex | undefined;

  addressIndex(): number {
    return 0;
  }

  prefer(): void {}

  avoid(): void {}

  connect(_addressIndex: number, onRead: (bytes: number, buffer: Buffer) => void): Socket {
    this.onRead = onRead;
    this.socket = new Duplex({
      read: () => {},
      write: (_chunk, _encoding, done) => done(),
    });
    return this.socket as unknown as Socket;
  }
}

export function rehearse(plan: FloodPlan): void {
  const rehearsed: FloodPlan = {
    ...plan,
    load: { kind: "closed" },
    stop: { kind: "requests", count: REQUESTS },
    request: { ...plan.request, method: "GET" },
    connections: 1,
    depth: 1,
    threads: 1,
    warmupSeconds: 0,
    newConnection: false,
  };
  const stage = new Stage();
  const memo = new HeadMemo<ResponseHead>();
  const recorder = new Recorder(plan.targets.length);
  let turn = () => {};
  const generator = new Generator({
    plan: rehearsed,
    connections: 1,
    schedule: createSchedule(rehearsed, { index: 0, threads: 1 }),
    source: createSource(rehearsed, 0),
    recorder,
    clock: monotonicClock,
    connect: (slot, events) =>
      new Http1Driver(slot, events, stage, { host: "rehearsal", method: "GET", memo }),
    arm: () => {},
    endOfTurn: (callback) => {
      turn = callback;
    },
    onSecond: () => recorder.snapshot(),
  });
  generator.prepare();
  stage.socket!.emit("connect");
  generator.start(Math.floor(nowUs()));
  generator.pump();
  for (let i = 0; i < REQUESTS && !generator.done; i++) {
    generator.scan();
    stage.onRead(ANSWER.length, ANSWER);
    turn();
  }
  recorder.snapshot();
  generator.abort();
}
