/**
 * Bytes in, bytes out: what netcat is for, with both ends owned and both directions bounded.
 *
 *     input ──► splitter ──► payload ──► wire.encode ──► stream        a full stream pauses the input,
 *     output ◄── formatter ◄── payload ◄── wire.decode ◄── stream      a full output pauses the stream
 *
 * Guarantees: half-closes pass both ways (the end of the input ends our side, the peer may go on); nothing that
 * was given is lost before the end that the policy names; a megabyte a direction is buffered at most; when it
 * returns, no timer and no listener of its own is left.
 */
import type { Buffer } from "node:buffer";
import type { Duplex, Readable, Writable } from "node:stream";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { formatMillis } from "../../../core/units.ts";
import type { InputSplitter } from "./input.ts";
import type { OutputFormatter } from "./output.ts";
import type { Direction } from "./recording.ts";
import { Silence } from "./silence.ts";
import { BUFFERED_BYTES, chunksOf, drained, endOf, goneError, write } from "./streams.ts";
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
  /** Milliseconds that a peer may be silent before it answers the farewell of a protocol that has one. */
  readonly farewellMs: number;
  /** Of the peer, for messages. */
  readonly subject: string;
}

/**
 * With the policy `stdin`, the peer may go on until it is silent for so long: a socket that is closed while bytes
 * are coming is reset, and a reset takes with it what was sent and has not arrived.
 */
const LINGER_MS = 500;

export interface PipeStreams {
  /** Undefined: only what is replayed is sent. */
  readonly input: Readable | undefined;
  readonly output: Writable;
  /** Connected; half-open allowed. */
  readonly remote: Duplex;
  /** What the peer sent already. */
  readonly early?: Buffer | undefined;
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
  const silence = new Silence(anySignal);
  const incoming = async (): Promise<void> => {
    await receiveAll(streams, options, counts, silence, anySignal);
    ended.remote = true;
  };
  const back = incoming();
  const outgoing = async (): Promise<void> => {
    const farewell = await sendAll(streams, options, counts, anySignal);
    ended.input = true;
    if (farewell === "awaits-answer") await Promise.race([back, unanswered(silence, options)]);
  };
  const out = outgoing();
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
        await Promise.race([back, silence.lasts(LINGER_MS)]);
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
): Promise<"ended" | "awaits-answer"> {
  const send = async (payload: Uint8Array): Promise<void> => {
    if (wire.over) throw goneError(remote, subject);
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
  if (wire.over) return "ended";
  const farewell = wire.farewell();
  if (farewell === undefined) {
    await endOf(remote, signal);
    return "ended";
  }
  await write(remote, farewell, signal, subject);
  return "awaits-answer";
}

async function receiveAll(
  { output, remote, early }: PipeStreams,
  { formatter, wire, record, subject }: PipeOptions,
  counts: { received: number },
  silence: Silence,
  signal: AbortSignal,
): Promise<void> {
  // Bytes of the protocol's own answers that wait. What the user gave is not among them: an echo that is not read
  // because of it would not read it either.
  let unsent = 0;
  const reply = (bytes: Uint8Array): void => {
    if (!remote.writable) return;
    unsent += bytes.length;
    remote.write(bytes, () => {
      unsent -= bytes.length;
    });
  };
  for await (const bytes of chunksOf(remote, signal, early)) {
    silence.broken();
    for (const payload of wire.decode(bytes, reply)) {
      counts.received += payload.length;
      const recorded = record?.("us", payload);
      if (recorded !== undefined) await recorded;
      await write(output, formatter.show(payload), signal, "the output");
    }
    // A peer that pings and never reads is read no further.
    if (unsent > BUFFERED_BYTES) await drained(remote, signal);
    if (!wire.over) continue;
    await endOf(remote, signal);
    break;
  }
  wire.finish();
  if (remote.errored !== null) {
    throw wrapSystemError(remote.errored, "go on with", subject);
  }
}

/** Rejects when the peer leaves our farewell without an answer. */
async function unanswered(silence: Silence, { farewellMs, subject }: PipeOptions): Promise<never> {
  await silence.lasts(farewellMs);
  throw new NetkitError("protocol", "NK_PROTOCOL_SILENT", `${subject} did not answer our close`, {
    subject,
    why: `nothing came for ${formatMillis(farewellMs)} after it`,
    next: "look at the server's log; everything given was sent",
  });
}
