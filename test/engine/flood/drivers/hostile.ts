// What a server that means harm needs: bytes without end that do not fill its own memory, and a look at the client's.
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** A run takes as long as its requests may; the rest is for machines that are slow. */
export const WITHIN_MS = 18_000;
/** Far above what two connections may hold, far below what the peers here send. */
export const MOST_HELD_BYTES = 64 * 1024 * 1024;

const SAMPLE_MS = 50;

/** Writes until the connection is over, as fast as it is read. */
export function endless(socket: Socket, make: () => Buffer): void {
  const more = (): void => {
    if (socket.destroyed || !socket.writable) return;
    if (socket.write(make())) setImmediate(more);
    else socket.once("drain", more);
  };
  more();
}

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What came of it, how long it took, and the most that was held on top of what was there before. */
export async function watched<T>(
  run: () => Promise<T>,
): Promise<{ readonly found: T; readonly tookMs: number; readonly heldBytes: number }> {
  const before = heldBytes();
  let most = before;
  const sampling = setInterval(() => {
    most = Math.max(most, heldBytes());
  }, SAMPLE_MS);
  const beganMs = performance.now();
  try {
    const found = await run();
    const tookMs = performance.now() - beganMs;
    return { found, tookMs, heldBytes: Math.max(most, heldBytes()) - before };
  } finally {
    clearInterval(sampling);
  }
}
