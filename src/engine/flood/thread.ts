/**
 * Entry of a generator thread: wires schedule, source, driver and recorder into a Generator, keeps its
 * timers, and reports to the run.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Ticker } from "../../core/backpressure/ticker.ts";
import { monotonicClock, nowUs } from "../../core/clock.ts";
import { type ErrorRecord, errorRecord, NetkitError, wrapSystemError } from "../../core/errors.ts";
import { driverFactory } from "./driver-factory.ts";
import type { Failure } from "./drivers/driver.ts";
import { Generator } from "./generator.ts";
import type { FromThread, ThreadInput, ToThread } from "./messages.ts";
import { isFanOut } from "./plan.ts";
import { Recorder } from "./recorder.ts";
import { rehearse } from "./rehearsal.ts";
import { connectionsOf, createSchedule } from "./schedule.ts";
import { createSource } from "./source.ts";
import { HealthMonitor } from "./thread-health.ts";

/** Deadlines are looked at this often, and the event loop's own lag is measured by it. */
const SCAN_MS = 20;

function recordOf(cause: unknown): ErrorRecord {
  return errorRecord(cause instanceof NetkitError ? cause : wrapSystemError(cause, "run the generator"));
}

/** What the peer said, or did, instead of opening the protocol. */
function notOpened({ example }: Failure): NetkitError {
  return new NetkitError(
    "protocol",
    "NK_PROTOCOL_NOT_OPENED",
    "no connection came to the point of requests",
    {
      why: example,
      next: "check scheme, path and flags of the protocol against what the server speaks",
    },
  );
}

function run(input: ThreadInput, tell: (message: FromThread) => void): void {
  const { plan, index } = input;
  const share = { index, threads: plan.threads };
  const openLoop = plan.load.kind === "open";
  const recorder = new Recorder(plan.targets.length, plan.load.kind === "hold" || isFanOut(plan));
  const connect = driverFactory(plan, input.addresses, recorder, () => generator.ledger.measureFromUs);
  const health = new HealthMonitor();
  const ticker = openLoop ? new Ticker(() => generator.pump()) : undefined;
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
    source: createSource(plan.targets.length, index),
    recorder,
    connect,
    clock: monotonicClock,
    arm: ticker === undefined ? wakeOnce : (dueUs) => ticker.arm(dueUs),
    endOfTurn: setImmediate,
    onSecond: (index) => {
      tell({
        kind: "second",
        snapshot: recorder.snapshot(),
        inFlight: generator.ledger.inFlight,
        open: generator.open,
        index,
      });
    },
  });

  let ready = false;
  let ended = false;
  let residentBytes = 0;
  /** When the end came the connections were closed. */
  let open = 0;
  let measureFromUs = Number.POSITIVE_INFINITY;
  let healthFrom = Number.POSITIVE_INFINITY;
  let expectedMs = performance.now() + SCAN_MS;
  const look = (): void => {
    if (ended) return;
    open = generator.open;
    generator.scan();
    if (!ready && generator.prepared) {
      ready = true;
      const failure = generator.opening.unreachable;
      tell({
        kind: "ready",
        unreachable: failure === undefined ? undefined : recordOf(failure.error ?? notOpened(failure)),
        openingUs: generator.opening.us,
        residentBytes,
      });
    }
    if (generator.done) finish();
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (nowUs() >= healthFrom) {
      healthFrom = Number.POSITIVE_INFINITY;
      health.reset();
    } else if (measureFromUs !== Number.POSITIVE_INFINITY) {
      health.lag(Math.max(0, (now - expectedMs) * 1000));
    }
    expectedMs = now + SCAN_MS;
    // After what the kernel has for us is read: an answer that lies there is no silence of the server's, even when
    // this thread was kept from its processor for longer than the time-out.
    setImmediate(look);
  }, SCAN_MS);

  function finish(): void {
    ended = true;
    clearInterval(timer);
    ticker?.[Symbol.dispose]();
    tell({
      kind: "done",
      snapshot: recorder.snapshot(),
      index: generator.seconds.current,
      open,
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
  residentBytes = process.memoryUsage.rss();
  generator.prepare();
}

const port = parentPort!;
try {
  run(workerData as ThreadInput, (message) => port.postMessage(message));
} catch (error) {
  port.postMessage({ kind: "failed", error: recordOf(error) } satisfies FromThread);
  port.close();
}
