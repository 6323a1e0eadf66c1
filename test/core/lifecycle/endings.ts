// Connections that end in every way there is. Shared by the quick ownership test here and the long one under
// test/long.
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
