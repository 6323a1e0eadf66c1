// Connections that end in every way there is, and a census of what the process holds. Shared by the quick
// ownership test here and the long one under test/long.
import { getEventListeners, setMaxListeners } from "node:events";
import { readdirSync } from "node:fs";
import type { Socket } from "node:net";
import { Semaphore } from "../../../src/core/backpressure/semaphore.ts";
import { Connection } from "../../../src/core/lifecycle/connection.ts";
import type { CloseReason } from "../../../src/core/lifecycle/connection-state.ts";
import type { DialOptions } from "../../../src/core/lifecycle/dial-types.ts";
import { type AcceptedSocket, Listener } from "../../../src/core/lifecycle/listener.ts";

/** What the server does is chosen by the first byte a client sends. */
const WISHES = { echo: "e", reset: "r", silence: "s", close: "c", halfClose: "h" } as const;

export const ENDINGS = [
  "clean",
  "peer closes first",
  "owner leaves early",
  "reset",
  "timeout",
  "throw",
  "abort",
  "abort while connecting",
  "leave while connecting",
  "never served",
] as const;
export type Ending = (typeof ENDINGS)[number];

export interface EndingServer extends AsyncDisposable {
  readonly listener: Listener;
  readonly permits: Semaphore;
  readonly target: DialOptions;
}

function serve(socket: AcceptedSocket, permit: Disposable): void {
  socket.on("error", () => undefined);
  socket.on("close", () => permit[Symbol.dispose]());
  socket.once("data", (bytes) => {
    switch (String.fromCharCode(bytes[0]!)) {
      case WISHES.echo:
        socket.write(bytes);
        socket.pipe(socket);
        break;
      case WISHES.reset:
        (socket as Socket).resetAndDestroy();
        break;
      case WISHES.close:
        socket.end(bytes);
        socket.resume();
        break;
      case WISHES.halfClose:
        socket.end();
        socket.resume();
        break;
      default:
        socket.resume();
        socket.on("end", () => socket.end());
    }
  });
  // Also for clients that go without a wish.
  socket.on("end", () => socket.end());
  socket.resume();
}

export async function endingServer(): Promise<EndingServer> {
  const permits = new Semaphore(10_000);
  const address = { host: "127.0.0.1", port: 0 };
  const listener = await Listener.listen({ address, permits, handler: serve });
  if ("path" in listener.address) throw new Error("not TCP");
  const target = listener.address;
  return { listener, permits, target, [Symbol.asyncDispose]: async () => listener.close() };
}

/** One connection from begin to end. @returns how it ended */
export async function runEnding(
  ending: Ending,
  target: DialOptions,
  shared: AbortSignal,
): Promise<CloseReason> {
  let connection: Connection | undefined;
  try {
    switch (ending) {
      case "clean": {
        await using owned = await Connection.open(target, { signal: shared });
        connection = owned;
        await owned.write(WISHES.echo);
        await owned.end(shared);
        for await (const _ of owned);
        break;
      }
      case "peer closes first": {
        await using owned = await Connection.open(target, { signal: shared });
        connection = owned;
        await owned.write(WISHES.close);
        for await (const _ of owned);
        break;
      }
      case "owner leaves early": {
        await using owned = await Connection.open(target, { signal: shared });
        connection = owned;
        await owned.write(WISHES.halfClose);
        break;
      }
      case "reset": {
        await using owned = await Connection.open(target, { signal: shared });
        connection = owned;
        await owned.write(WISHES.reset);
        await owned.read(shared);
        break;
      }
      case "timeout": {
        await using owned = await Connection.open(target, { signal: shared, idleTimeoutMs: 20 });
        connection = owned;
        await owned.write(WISHES.silence);
        await owned.read(shared);
        break;
      }
      case "throw": {
        await using owned = await Connection.open(target, { signal: shared });
        connection = owned;
        await owned.write(WISHES.echo);
        throw new Error("the owner's bug");
      }
      case "abort": {
        const controller = new AbortController();
        await using owned = await Connection.open(target, { signal: controller.signal });
        connection = owned;
        await owned.write(WISHES.silence);
        setImmediate(() => controller.abort());
        await owned.read();
        break;
      }
      case "abort while connecting": {
        const controller = new AbortController();
        await using owned = Connection.to(target, { signal: controller.signal });
        connection = owned;
        queueMicrotask(() => controller.abort());
        await owned.ready();
        break;
      }
      case "leave while connecting": {
        await using owned = Connection.to(target, { signal: shared });
        connection = owned;
        break;
      }
      case "never served": {
        connection = Connection.to({ ...target, port: 1 }, { signal: shared });
        await connection.ready();
        break;
      }
    }
  } catch {
    // How it ended is in its state.
  }
  return (await connection!.closed).reason;
}

export const EXPECTED_REASON: Readonly<Record<Ending, CloseReason>> = {
  clean: "clean",
  "peer closes first": "clean",
  "owner leaves early": "clean",
  reset: "reset",
  timeout: "timeout",
  throw: "clean",
  abort: "aborted",
  "abort while connecting": "aborted",
  "leave while connecting": "clean",
  "never served": "error",
};

/** Runs `total` connections, `width` at a time, every ending in turn. @returns count by ending and reason */
export async function runEndings(total: number, width: number, target: DialOptions, shared: AbortSignal) {
  const counts = new Map<string, number>();
  let started = 0;
  const runner = async (): Promise<void> => {
    while (started < total) {
      const ending = ENDINGS[started++ % ENDINGS.length]!;
      const reason = await runEnding(ending, target, shared);
      const name = `${ending}: ${reason}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: width }, runner));
  return counts;
}

/** What the process and the signal hold. */
export interface Census {
  readonly descriptors: number;
  readonly timers: number;
  readonly sockets: number;
  readonly abortListeners: number;
}

export function census(shared: AbortSignal): Census {
  const resources = process.getActiveResourcesInfo();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    timers: resources.filter((name) => name === "Timeout" || name === "Immediate").length,
    sockets: resources.filter((name) => name.startsWith("TCP") || name.startsWith("Pipe")).length,
    abortListeners: getEventListeners(shared, "abort").length,
  };
}

/** The census once it has stood still for 100 ms, so that what is on its way out has gone. */
export async function quietCensus(shared: AbortSignal): Promise<Census> {
  let last = census(shared);
  for (let same = 0; same < 10; ) {
    // Taken right after a timer has fired, when none of ours is running.
    await new Promise((resolve) => setTimeout(resolve, 10));
    const now = census(shared);
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** A signal that many connections listen to, without node's warning about it. */
export function sharedSignal(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}
