/**
 * Bytes in, bytes out: what netcat is for, with both ends owned and both directions bounded.
 *
 *     input ──► splitter ──► payload ──► wire.encode ──► stream        a full stream pauses the input,
 *     output ◄── formatter ◄── payload ◄── wire.decode ◄── stream      a full output pauses the stream
 *
 * Guarantees: half-closes pass both ways (the end of the input ends our side, the peer may go on); nothing that
 * was given is lost before the end that the policy names; nothing is buffered beyond one chunk and the streams'
 * own marks; when it returns, no listener of its own is left on any of the three streams.
 */
import { Buffer } from "node:buffer";
import type { Duplex, Readable, Writable } from "node:stream";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import type { InputSplitter } from "./input.ts";
import type { OutputFormatter } from "./output.ts";
import type { Direction } from "./recording.ts";
import type { WireCodec } from "./wire-codec.ts";

/** Which end ends the pipe: the input's, the peer's, or both. */
export type ExitPolicy = "stdin" | "remote" | "both";

export interface PipeOptions {
  readonly exitOn: ExitPolicy;
  readonly splitter: InputSplitter;
  readonly formatter: OutputFormatter;
  readonly wire: WireCodec;
  /** Payloads to be sent before the input is read: a replay. */
  readonly replay?: AsyncIterable<Uint8Array> | undefined;
  /** Told of every payload; a promise holds the direction up. */
  readonly record?: ((to: Direction, payload: Uint8Array) => Promise<void> | undefined) | undefined;
  /** Of the peer, for messages. */
  readonly subject: string;
}

export interface PipeStreams {
  /** Undefined: only what is replayed is sent. */
  readonly input: Readable | undefined;
  readonly output: Writable;
  /** Connected; half-open allowed. */
  readonly remote: Duplex;
}

export interface PipeResult {
  readonly ended: "input" | "remote" | "both" | "interrupted" | "failed";
  /** Payload bytes. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly error: NetkitError | undefined;
}

export async function pipe(
  streams: PipeStreams,
  options: PipeOptions,
  signal: AbortSignal,
): Promise<PipeResult> {
  const { remote, input, output } = streams;
  // An error between two waits has no other listener; the next wait finds it in `errored`.
  const ignore = (): void => undefined;
  for (const stream of [remote, input, output]) stream?.on("error", ignore);
  const counts = { sent: 0, received: 0 };
  const ended = { input: false, remote: false };
  const stop = new AbortController();
  const anySignal = AbortSignal.any([signal, stop.signal]);
  const outgoing = async (): Promise<"input"> => {
    await sendAll(streams, options, counts, anySignal);
    ended.input = true;
    return "input";
  };
  const incoming = async (): Promise<"remote"> => {
    await receiveAll(streams, options, counts, anySignal);
    ended.remote = true;
    return "remote";
  };
  const [out, back] = [outgoing(), incoming()];
  // Whichever ends the pipe, the other's rejection has been told by then, or does not matter any more.
  out.catch(() => undefined);
  back.catch(() => undefined);
  const result = (kind: PipeResult["ended"], error?: NetkitError): PipeResult => ({
    ended: kind,
    sentBytes: counts.sent,
    receivedBytes: counts.received,
    error,
  });
  try {
    switch (options.exitOn) {
      case "stdin":
        await untilEnd(out, back);
        return result(ended.remote ? "both" : "input");
      case "remote":
        await untilEnd(back, out);
        return result(ended.input ? "both" : "remote");
      default:
        await Promise.all([out, back]);
        return result("both");
    }
  } catch (error) {
    if (signal.aborted) return result("interrupted");
    return result("failed", wrapSystemError(error, "go on with", options.subject));
  } finally {
    stop.abort();
    await Promise.allSettled([out, back]);
    for (const stream of [input, output]) stream?.off("error", ignore);
    // The remote keeps it: a reset may still be on its way.
    remote.destroy();
  }
}

/** The one that counts; a failure of the other ends it too, its orderly end does not. */
async function untilEnd(decisive: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  await Promise.race([decisive, other.then(() => decisive)]);
}

async function sendAll(
  { input, remote }: PipeStreams,
  { splitter, wire, replay, record, subject }: PipeOptions,
  counts: { sent: number },
  signal: AbortSignal,
): Promise<void> {
  const send = async (payload: Uint8Array): Promise<void> => {
    const recorded = record?.("remote", payload);
    if (recorded !== undefined) await recorded;
    await write(remote, wire.encode(payload), signal, subject);
    counts.sent += payload.length;
  };
  if (replay !== undefined) {
    for await (const payload of replay) {
      signal.throwIfAborted();
      await send(payload);
    }
  }
  if (input !== undefined) {
    for await (const bytes of chunksOf(input, signal)) {
      for (const payload of splitter.push(bytes)) await send(payload);
    }
    for (const payload of splitter.end()) await send(payload);
  }
  const farewell = wire.farewell();
  if (farewell !== undefined) await write(remote, farewell, signal, subject);
  await endOf(remote, signal);
}

async function receiveAll(
  { output, remote }: PipeStreams,
  { formatter, wire, record, subject }: PipeOptions,
  counts: { received: number },
  signal: AbortSignal,
): Promise<void> {
  const reply = (bytes: Uint8Array): void => void (remote.writable && remote.write(bytes));
  for await (const bytes of chunksOf(remote, signal)) {
    for (const payload of wire.decode(bytes, reply)) {
      counts.received += payload.length;
      const recorded = record?.("us", payload);
      if (recorded !== undefined) await recorded;
      await write(output, formatter.show(payload), signal, "the output");
    }
  }
  wire.finish();
  if (remote.errored !== null) {
    throw wrapSystemError(remote.errored, "go on with", subject);
  }
}

/** Resolves when there is room for more. */
async function write(sink: Writable, bytes: Uint8Array, signal: AbortSignal, subject: string): Promise<void> {
  if (sink.destroyed || sink.writableEnded) throw goneError(sink, subject);
  if (sink.write(bytes)) return;
  await eventOf(sink, ["drain"], signal);
}

async function endOf(sink: Writable, signal: AbortSignal): Promise<void> {
  if (sink.destroyed || sink.writableFinished) return;
  sink.end();
  if (!sink.writableFinished) await eventOf(sink, ["finish"], signal);
}

/**
 * The chunks of a stream until its end, at the reader's pace; the stream is left open. One listener each for the
 * whole way, since a promise a chunk through the stream's own iterator costs more than the bytes do.
 */
async function* chunksOf(source: Readable, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
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

function goneError(stream: Readable | Writable, subject: string): Error {
  return (
    stream.errored ??
    new NetkitError("connect", "NK_CONNECTION_ENDED", `${subject} is closed`, {
      subject,
      why: "the other side closed it while there was more to send",
      next: "look at the other side's log",
    })
  );
}
