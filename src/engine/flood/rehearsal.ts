/**
 * Runs the generator once through a few thousand requests in memory, before anything is measured: code that
 * runs for the first time is compiled while it runs, and the first answers would be stamped milliseconds late
 * (measured: p50 of the first ten requests 3.7 ms cold, 1.1 ms rehearsed). No socket is opened.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { FLAG, FRAME } from "../../core/framing/http2/codes.ts";
import { FrameSink } from "../../core/framing/http2/frame-sink.ts";
import { encodeHeaderBlock } from "../../core/framing/http2/hpack/encoder.ts";
import type { SocketSource } from "./connector.ts";
import { createProtocol } from "./drivers/catalog.ts";
import { SocketDriver } from "./drivers/socket-driver.ts";
import { Generator } from "./generator.ts";
import type { FloodPlan } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { createSchedule } from "./schedule.ts";
import { createSource } from "./source.ts";

// Enough for the optimising compiler to have seen the hot path; takes about 20 ms.
const REQUESTS = 4_000;
const BODY = Buffer.from("hello, world\n");
const ANSWER = Buffer.from(`HTTP/1.1 200 OK\r\nServer: rehearsal\r\nContent-Length: 13\r\n\r\n${BODY}`);

/** What the peer says to request 0, 1, … of a connection. */
type Answers = (nth: number) => Buffer;

const http1Answers: Answers = () => ANSWER;

function http2Answers(): Answers {
  const block = encodeHeaderBlock([":status", "200", "server", "rehearsal", "content-length", "13"]);
  const sink = new FrameSink();
  sink.settings([]);
  return (nth) => {
    const id = 2 * nth + 1;
    sink.frame(FRAME.headers, FLAG.endHeaders, id, block, 0, block.length);
    sink.frame(FRAME.data, FLAG.endStream, id, BODY, 0, BODY.length);
    return sink.take();
  };
}

/** A peer in memory: takes every write, answers when told to. */
class Stage implements SocketSource {
  readonly secure = false;
  readonly addressCount = 1;
  readonly tunnel = undefined;
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

/** Every version of HTTP that may be spoken; what other protocols share with it is most of the way. */
export function rehearse(plan: FloodPlan): void {
  const version = plan.protocol.kind === "http" ? plan.protocol.version : "1.1";
  if (version !== "2") rehearseHttp(plan, "1.1", http1Answers);
  if (version !== "1.1") rehearseHttp(plan, "2", http2Answers());
}

function rehearseHttp(plan: FloodPlan, version: "1.1" | "2", answers: Answers): void {
  const rehearsed: FloodPlan = {
    ...plan,
    load: { kind: "closed" },
    stop: { kind: "requests", count: REQUESTS },
    protocol: { kind: "http", version },
    targets: [{ ...plan.targets[0], tls: false }],
    request: { ...plan.request, method: "GET" },
    connections: 1,
    depth: 1,
    threads: 1,
    warmupSeconds: 0,
    newConnection: false,
    requestsPerConnection: undefined,
    connectRate: undefined,
  };
  const stage = new Stage();
  const protocol = createProtocol(rehearsed);
  const recorder = new Recorder(1);
  let turn = () => {};
  const generator = new Generator({
    plan: rehearsed,
    connections: 1,
    schedule: createSchedule(rehearsed, { index: 0, threads: 1 }),
    source: createSource(1, 0),
    recorder,
    clock: monotonicClock,
    connect: (slot, events) => new SocketDriver(slot, events, stage, "rehearsal", protocol),
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
    const answer = answers(i);
    stage.onRead(answer.length, answer);
    turn();
  }
  recorder.snapshot();
  generator.abort();
}
