/**
 * Entry of a generator thread: wires schedule, source, driver and recorder into a Generator, keeps its
 * timers, and reports to the run.
 */
import { parentPort, workerData } from "node:worker_threads";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { type ErrorRecord, errorRecord, NetkitError, wrapSystemError } from "../../core/errors.ts";
import { HeadMemo } from "../../core/framing/http1/head-memo.ts";
import type { ResponseHead } from "../../core/framing/http1/types.ts";
import { Connector } from "./connector.ts";
import { Http1Driver } from "./drivers/http1.ts";
import { Generator } from "./generator.ts";
import type { FromThread, ThreadInput, ToThread } from "./messages.ts";
import { Recorder } from "./recorder.ts";
import { rehearse } from "./rehearsal.ts";
import { connectionsOf, createSchedule } from "./schedule.ts";
import { createSource } from "./source.ts";
import { HealthMonitor } from "./thread-health.ts";
import { Ticker } from "./ticker.ts";

/** Deadlines are looked at this often, and the event loop's own lag is measured by it. */
const SCAN_MS = 20;

function recordOf(cause: unknown): ErrorRecord {
  return errorRecord(cause instanceof NetkitError ? cause : wrapSystemError(cause, "run the generator"));
}

function run(input: ThreadInput, tell: (message: FromThread) => void): void {
  const { plan, index } = input;
  const share = { index, threads: plan.threads };
  const open = plan.load.kind === "open";
  const recorder = new Recorder(plan.targets.length);
  const connector = new Connector(plan, input.addresses);
  const options = {
    host: plan.targets[0].authority,
    method: plan.request.method,
    memo: new HeadMemo<ResponseHead>(),
  };
  const health = new HealthMonitor();
  const ticker = open ? new Ticker(() => generator.pump()) : undefined;
  const pump = () => generator.pump();
  /** The closed loop has one appointment only, its start. */
  const wakeOnce = (dueUs: number) => {
    if (dueUs === Number.POSITIVE_INFINITY) return;
    const gapMs = (dueUs - nowUs()) / 1000;
    if (gapMs >= 1) setTimeout(pump, gapMs);
    else setImmediate(pump);
  };
  const generator = new Generator({
    plan,
    connections: connectionsOf(plan, share),
    schedule: createSchedule(plan, share),
    source: createSource(plan, index),
    recorder,
    connect: (slot, events) => new Http1Driver(slot, events, connector, options),
    clock: monotonicClock,
    arm: ticker === undefined ? wakeOnce : (dueUs) => ticker.arm(dueUs),
    endOfTurn: setImmediate,
    onSecond: (index) => {
      tell({ kind: "second", snapshot: recorder.snapshot(), inFlight: generator.ledger.inFlight, index });
    },
  });

  let ready = false;
  let measureFromUs = Number.POSITIVE_INFINITY;
  let healthFrom = Number.POSITIVE_INFINITY;
  let expectedMs = performance.now() + SCAN_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    if (nowUs() >= healthFrom) {
      healthFrom = Number.POSITIVE_INFINITY;
      health.reset();
    } else if (measureFromUs !== Number.POSITIVE_INFINITY) {
      health.lag(Math.max(0, (now - expectedMs) * 1000));
    }
    expectedMs = now + SCAN_MS;
    generator.scan();
    if (!ready && generator.prepared) {
      ready = true;
      const failure = generator.unreachable;
      tell({
        kind: "ready",
        unreachable:
          failure === undefined ? undefined : recordOf(failure.error ?? new Error(failure.example)),
      });
    }
    if (generator.done) finish();
  }, SCAN_MS);

  function finish(): void {
    clearInterval(timer);
    ticker?.[Symbol.dispose]();
    tell({
      kind: "done",
      snapshot: recorder.snapshot(),
      index: generator.seconds.current,
      endUs: generator.ledger.lastEndUs,
      health: health.read(),
    });
    health[Symbol.dispose]();
    parentPort!.close();
  }

  parentPort!.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "start":
        measureFromUs = message.startUs + Math.round(plan.warmupSeconds * 1e6);
        healthFrom = measureFromUs;
        generator.start(message.startUs);
        break;
      case "drain":
        generator.drain();
        break;
      case "abort":
        generator.abort();
        break;
    }
  });
  rehearse(plan);
  generator.prepare();
}

const port = parentPort!;
try {
  run(workerData as ThreadInput, (message) => port.postMessage(message));
} catch (error) {
  port.postMessage({ kind: "failed", error: recordOf(error) } satisfies FromThread);
  port.close();
}
