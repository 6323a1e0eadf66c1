// What every protocol of a flood promises, asked of a real generator over real sockets with a peer that follows a script:
// `testDriver` holds one to it. A new protocol is tested by one call with a peer that speaks it.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { monotonicClock, nowUs } from "../../../../src/core/clock.ts";
import { driverFactory } from "../../../../src/engine/flood/driver-factory.ts";
import { createProtocol } from "../../../../src/engine/flood/drivers/catalog.ts";
import type { Telling } from "../../../../src/engine/flood/drivers/conversation.ts";
import type { Loss } from "../../../../src/engine/flood/drivers/driver.ts";
import { Generator } from "../../../../src/engine/flood/generator.ts";
import type { FloodPlan } from "../../../../src/engine/flood/plan.ts";
import { addCounters, type Counters, Recorder, zeroCounters } from "../../../../src/engine/flood/recorder.ts";
import { createSchedule } from "../../../../src/engine/flood/schedule.ts";
import { createSource } from "../../../../src/engine/flood/source.ts";
import { makePlan } from "../plan.ts";

/** The peer's side of a protocol, on one connection. */
export interface PeerCodec {
  /** New bytes: what is to be written at once (a greeting), and the requests that are complete now. */
  take(chunk: Buffer): { readonly greeting: Buffer; readonly requests: readonly Buffer[] };
  /** The answer to a request. */
  answer(request: Buffer): Buffer;
}

export interface DriverCase {
  readonly plan: Partial<FloodPlan>;
  readonly codec: () => PeerCodec;
  /** A sound answer that is not what was asked for; undefined where the protocol does not look. */
  readonly wrong?: (request: Buffer) => Buffer;
  /** Bytes that no answer begins with; undefined where every byte is one. */
  readonly garbage?: Buffer;
  /** The bytes of an answer before the first request are noticed as such. */
  readonly refusesUnsolicited: boolean;
  /** Answers name their requests. */
  readonly anyOrder?: boolean;
  /** How it ends when the peer closes in order while a request waits. */
  readonly closed: string;
}

const REQUESTS = 40;

/** What a peer does with its connections. `n`: number of the request on it, from 0. */
export interface Script {
  accepted?(socket: Socket): void;
  answers(n: number, answer: () => Buffer, socket: Socket, request: Buffer): void;
}

export async function listenFor(
  { codec }: DriverCase,
  script: Script,
): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("end", () => socket.end());
    if (script.accepted !== undefined) return void script.accepted(socket);
    const peer = codec();
    let n = 0;
    socket.on("data", (chunk) => {
      const { greeting, requests } = peer.take(chunk);
      if (greeting.length > 0) socket.write(greeting);
      for (const request of requests) script.answers(n++, () => peer.answer(request), socket, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export interface Flooded {
  readonly requests: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly censored: number;
  readonly timedOut: number;
  readonly opened: number;
  readonly firstByteMaxUs: number;
  readonly errors: Readonly<Record<string, number>>;
  /** What was said of each kind of error, first. */
  readonly examples: Readonly<Record<string, string>>;
  readonly counters: Readonly<Counters>;
}

/** A generator in this thread against a port, until it is done, or cut off after a while. */
export async function flooded(
  over: Partial<FloodPlan>,
  port: number,
  tls = false,
  abortAfterMs?: number,
): Promise<Flooded> {
  const stop = { kind: "requests", count: REQUESTS } as const;
  const base = makePlan({ connections: 2, depth: 3, timeoutMs: 400, stop, ...over });
  const target = { ...base.targets[0], port, tls, authority: `127.0.0.1:${port}` };
  const plan: FloodPlan = { ...base, targets: [target], way: { ...base.way, port } };
  const recorder = new Recorder(1, plan.load.kind === "hold");
  const total = zeroCounters();
  const errors: Record<string, number> = {};
  const examples: Record<string, string> = {};
  let firstByteMaxUs = 0;
  const gather = (): void => {
    const { counters, errors: found, histograms } = recorder.snapshot();
    addCounters(total, counters);
    for (const [kind, { count, example }] of found) {
      errors[kind] = (errors[kind] ?? 0) + count;
      examples[kind] ??= example;
    }
    firstByteMaxUs = Math.max(firstByteMaxUs, histograms.firstByte?.max ?? 0);
  };
  const generator: Generator = new Generator({
    plan,
    connections: plan.connections,
    schedule: createSchedule(plan, { index: 0, threads: 1 }),
    source: createSource(1, 0),
    recorder,
    connect: driverFactory(plan, ["127.0.0.1"], recorder, () => generator.ledger.measureFromUs),
    clock: monotonicClock,
    arm: (dueUs) => {
      if (dueUs !== Number.POSITIVE_INFINITY)
        setTimeout(() => generator.pump(), Math.max(0, (dueUs - nowUs()) / 1000));
    },
    endOfTurn: setImmediate,
    onSecond: gather,
  });
  generator.prepare();
  const scan = setInterval(() => generator.scan(), 5);
  try {
    await expect.poll(() => generator.prepared, { interval: 2, timeout: 5_000 }).toBe(true);
    generator.start(Math.ceil(nowUs()));
    if (abortAfterMs !== undefined) setTimeout(() => generator.abort(), abortAfterMs);
    await expect.poll(() => generator.done, { interval: 5, timeout: 15_000 }).toBe(true);
  } finally {
    clearInterval(scan);
    generator.abort();
  }
  gather();
  const { succeeded, failed, censored, timedOut, connectionsOpened: opened } = total;
  expect(generator.ledger.inFlight).toBe(0);
  expect(succeeded + failed + censored).toBe(generator.ledger.taken);
  const requests = succeeded + failed + censored;
  const ended = { requests, succeeded, failed, censored, timedOut, opened };
  return { ...ended, firstByteMaxUs, errors, examples, counters: total };
}

export function testDriver(name: string, tested: DriverCase): void {
  const against = async (script: Script, over: Partial<FloodPlan> = {}): Promise<Flooded> => {
    await using peer = await listenFor(tested, script);
    return await flooded({ ...tested.plan, ...over }, peer.port);
  };
  const prompt = (_n: number, answer: () => Buffer, socket: Socket): void => void socket.write(answer());

  describe(name, () => {
    test("every request is answered, at any depth and on a connection each", async () => {
      for (const over of [{ depth: 1 }, { depth: 7 }, { depth: 1, newConnection: true }]) {
        const found = await against({ answers: prompt }, over);
        expect(found).toMatchObject({ requests: REQUESTS, succeeded: REQUESTS, errors: {} });
        if ("newConnection" in over) expect(found.opened).toBeGreaterThanOrEqual(REQUESTS);
      }
    });

    test("a connection is closed after as many requests as it may carry, and nothing is lost", async () => {
      const found = await against({ answers: prompt }, { depth: 3, requestsPerConnection: 4 });
      expect(found).toMatchObject({ requests: REQUESTS, succeeded: REQUESTS, errors: {} });
      expect(found.opened).toBeGreaterThanOrEqual(REQUESTS / 4);
      expect(found.opened).toBeLessThanOrEqual(REQUESTS / 4 + 4);
    });

    test("answers that come byte by byte, and all in one, are the same answers", async () => {
      const dripped = await against(
        {
          answers: (_n, answer, socket) => {
            for (const byte of answer()) socket.write(Buffer.of(byte));
          },
        },
        { stop: { kind: "requests", count: 8 } },
      );
      expect(dripped).toMatchObject({ requests: 8, succeeded: 8, errors: {} });
      let held: Buffer[] = [];
      const gathered = await against(
        {
          answers: (_n, answer, socket) => {
            held.push(answer());
            if (held.length < 3) return;
            socket.write(Buffer.concat(held));
            held = [];
          },
        },
        { connections: 1, depth: 3, stop: { kind: "requests", count: 9 } },
      );
      expect(gathered).toMatchObject({ requests: 9, succeeded: 9, errors: {} });
    });

    test("a server that resets each connection answers nothing, and every request is told", async () => {
      const found = await against({ answers: (_n, _answer, socket) => socket.resetAndDestroy() });
      expect(found).toMatchObject({ requests: REQUESTS, succeeded: 0, failed: REQUESTS });
      expect(Object.keys(found.errors)).toEqual(["connect-reset"]);
    });

    test("a reset after a while fails what was in flight, and the rest goes on elsewhere", async () => {
      const found = await against({
        answers: (n, answer, socket) => (n === 5 ? socket.resetAndDestroy() : socket.write(answer())),
      });
      expect(found.requests).toBe(REQUESTS);
      expect(found.succeeded).toBeGreaterThan(REQUESTS / 2);
      expect(found.failed).toBeGreaterThan(0);
      expect(found.failed).toBe(REQUESTS - found.succeeded);
      expect(found.opened).toBeGreaterThan(2);
    });

    test("an end in the middle of an answer is told as such", async () => {
      const found = await against({
        answers: (n, answer, socket) => {
          if (n === 0) socket.write(answer());
          else if (n === 1) socket.end(answer().subarray(0, -1));
        },
      });
      expect(found.requests).toBe(REQUESTS);
      expect(Object.keys(found.errors)).toContain("closed-mid-answer");
      expect(found.failed).toBeGreaterThan(0);
    });

    test("an end in order while requests wait fails them", async () => {
      const found = await against({
        answers: (n, answer, socket) => {
          if (n < 2) socket.write(answer());
          else if (n === 2) socket.end();
        },
      });
      expect(found.requests).toBe(REQUESTS);
      expect(Object.keys(found.errors)).toEqual([tested.closed]);
    });

    test("silence ends by the time-out, counted at its age", async () => {
      const found = await against(
        { answers: (n, answer, socket) => void (n === 1 || socket.write(answer())) },
        { stop: { kind: "requests", count: 12 }, depth: 1, connections: 1, timeoutMs: 60 },
      );
      expect(found.requests).toBe(12);
      expect(found.timedOut).toBeGreaterThan(0);
      expect(found.censored).toBe(found.timedOut);
      expect(found.succeeded).toBe(12 - found.censored);
      expect(found.errors.timeout).toBe(found.timedOut);
    });

    test("the first byte is stamped when it comes, not when the answer is complete", async () => {
      const found = await against(
        {
          answers: (_n, answer, socket) => {
            const bytes = answer();
            socket.write(bytes.subarray(0, 1));
            setTimeout(() => socket.write(bytes.subarray(1)), 60);
          },
        },
        { stop: { kind: "requests", count: 3 }, depth: 1, connections: 1 },
      );
      expect(found).toMatchObject({ succeeded: 3 });
      expect(found.firstByteMaxUs).toBeLessThan(50_000);
    });

    const { garbage, wrong } = tested;
    if (garbage !== undefined)
      test("what is no answer at all ends the connection", async () => {
        const found = await against({ answers: (_n, _answer, socket) => void socket.write(garbage!) });
        expect(found).toMatchObject({ requests: REQUESTS, succeeded: 0, failed: REQUESTS });
        expect(Object.keys(found.errors)).toEqual(["protocol"]);
      });

    if (wrong !== undefined)
      test("a wrong answer fails its request and no other", async () => {
        let nth = 0;
        const found = await against({
          answers: (_n, answer, socket, request) =>
            void socket.write(nth++ % 4 === 3 ? wrong!(request) : answer()),
        });
        expect(found).toMatchObject({
          requests: REQUESTS,
          failed: 10,
          errors: { "wrong-answer": 10 },
          opened: 2,
        });
      });

    if (tested.refusesUnsolicited)
      test("an answer that nobody asked for is none", async () => {
        const found = await against(
          { answers: (_n, answer, socket) => void socket.write(Buffer.concat([answer(), answer()])) },
          { depth: 1, stop: { kind: "requests", count: 10 } },
        );
        expect(found.requests).toBe(10);
        expect(found.errors.unsolicited).toBeGreaterThan(0);
        expect(found.succeeded).toBe(10);
      });

    if (tested.anyOrder === true)
      test("answers may come in any order", async () => {
        let held: Buffer[] = [];
        const found = await against(
          {
            answers: (_n, answer, socket) => {
              held.unshift(answer());
              if (held.length < 3) return;
              socket.write(Buffer.concat(held));
              held = [];
            },
          },
          { connections: 1, depth: 3, stop: { kind: "requests", count: 30 } },
        );
        expect(found).toMatchObject({ requests: 30, succeeded: 30, errors: {}, opened: 1 });
      });
  });
}

/** A conversation without a socket: what it told of the bytes it was fed, cut at the given offsets. */
export function told(plan: FloodPlan, sends: number, bytes: Buffer, cuts: readonly number[]): string[] {
  const log: string[] = [];
  const tell: Telling = {
    answered: (_slot, seat, status) => void log.push(`answered ${seat} ${status}`),
    failed: (_slot, seat, _now, failure) => void log.push(`failed ${seat} ${failure.kind}`),
    settled: () => {},
    sent: () => {},
    room: () => {},
  };
  const line = {
    slot: 0,
    closed: false,
    queued: 0,
    write: () => {},
    ready: () => void log.push("ready"),
    over: () => void log.push("over"),
  };
  const conversation = createProtocol(plan)(line, tell, undefined);
  if ("kind" in conversation) throw new Error("no conversation");
  conversation.begin();
  for (let seat = 0; seat < sends; seat++) conversation.send(0, seat);
  conversation.flush();
  const offsets = [0, ...cuts, bytes.length];
  let loss: Loss | undefined;
  for (let i = 1; i < offsets.length && loss === undefined; i++) {
    const piece = Buffer.from(bytes.subarray(offsets[i - 1], offsets[i]));
    if (piece.length > 0) loss = conversation.read(piece, piece.length, 1 + i);
  }
  if (loss !== undefined) log.push(loss.kind === "finished" ? "finished" : loss.failure.kind);
  return log;
}
