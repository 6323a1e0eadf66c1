/**
 * Streams taken by hand: chunks at the reader's pace, writes that wait for room, ends that are seen through.
 *
 * Guarantees: no listener is left behind, every wait ends with its signal, a stream that goes away is an error.
 */
import { Buffer } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { NetkitError } from "../../../core/errors.ts";

/** So much may wait in a stream before the other direction's source is held up: a bulk transfer never runs dry. */
export const BUFFERED_BYTES = 1024 * 1024;

/** Resolves when there is room for more. */
export async function write(
  sink: Writable,
  bytes: Uint8Array,
  signal: AbortSignal,
  subject: string,
): Promise<void> {
  if (sink.destroyed || sink.writableEnded) throw goneError(sink, subject);
  if (sink.write(bytes) || sink.writableLength < BUFFERED_BYTES) return;
  await drained(sink, signal);
}

/** Resolves when nothing waits to be written any more. */
export async function drained(sink: Writable, signal: AbortSignal): Promise<void> {
  if (sink.writableNeedDrain) await eventOf(sink, ["drain"], signal);
}

/** Resolves when the last byte is the kernel's. */
export async function endOf(sink: Writable, signal: AbortSignal): Promise<void> {
  if (sink.destroyed || sink.writableFinished) return;
  sink.end();
  if (!sink.writableFinished) await eventOf(sink, ["finish"], signal);
}

/**
 * The chunks of a stream until its end, at the reader's pace; the stream is left open. One listener each for the
 * whole way, since a promise a chunk through the stream's own iterator costs more than the bytes do.
 * @param early comes first
 */
export async function* chunksOf(
  source: Readable,
  signal: AbortSignal,
  early?: Buffer,
): AsyncGenerator<Buffer, void, undefined> {
  if (early !== undefined && early.length > 0) yield early;
  for (;;) {
    signal.throwIfAborted();
    const chunk = source.read() as Buffer | string | null;
    if (chunk !== null) {
      yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      continue;
    }
    if (source.readableEnded) return;
    if (source.destroyed) throw goneError(source, "the stream");
    await eventOf(source, ["readable", "end"], signal);
  }
}

/** Resolves at the first of the events; rejects at `error`, at a close before them, and with the signal's reason. */
function eventOf(stream: Readable | Writable, events: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      for (const event of events) stream.off(event, onEvent);
      stream.off("error", onError);
      stream.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
    };
    const onEvent = (): void => {
      leave();
      resolve();
    };
    const onError = (error: Error): void => {
      leave();
      reject(error);
    };
    const onClose = (): void => onError(goneError(stream, "the stream"));
    const onAbort = (): void => onError(signal.reason);
    if (signal.aborted) return onAbort();
    for (const event of events) stream.on(event, onEvent);
    stream.on("error", onError);
    stream.on("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** What the stream failed with, or that it was closed. */
export function goneError(stream: Readable | Writable, subject: string): Error {
  return (
    stream.errored ??
    new NetkitError("connect", "NK_CONNECTION_ENDED", `${subject} is closed`, {
      subject,
      why: "the other side closed it while there was more to send",
      next: "look at the other side's log",
    })
  );
}
