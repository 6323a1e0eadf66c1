/**
 * The pipe of a connect: standard input to the peer and back, as netcat does it, over whatever the URL says.
 *
 * What a person sees besides the bytes goes to stderr, so that stdout is the peer's words alone.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { nowUs } from "../../core/clock.ts";
import { EXIT, type ExitCode, NetkitError, usageError, wrapSystemError } from "../../core/errors.ts";
import { formatBytes } from "../../core/units.ts";
import { PathRun } from "../../engine/connect/path.ts";
import { hexInput, lineInput, rawInput } from "../../engine/connect/pipe/input.ts";
import { dumpOutput, hexLineOutput, lineOutput, rawOutput } from "../../engine/connect/pipe/output.ts";
import { type ExitPolicy, type PipeOptions, pipe } from "../../engine/connect/pipe/pipe.ts";
import {
  type Direction,
  readRecording,
  recordingHead,
  recordingLine,
  replayed,
} from "../../engine/connect/pipe/recording.ts";
import { framedWire, rawWire } from "../../engine/connect/pipe/wire-codec.ts";
import type { ConnectPlan } from "../../engine/connect/plan.ts";
import { listenForSignals } from "./signals.ts";

export interface PipeSettings {
  readonly exitOn: ExitPolicy;
  readonly hex: boolean;
  /** Files, as named. */
  readonly record: string | undefined;
  readonly replay: string | undefined;
  /** A remark for people. */
  readonly note: (text: string) => void;
}

/** One line is one message. */
const BY_MESSAGE: readonly string[] = ["framed", "udp"];

/** @throws NetkitError of the way that failed, of a file, or of the dialogue */
export async function runPipe(plan: ConnectPlan, settings: PipeSettings): Promise<ExitCode> {
  const { endpoint } = plan;
  if (endpoint.protocol === "ws" || plan.http === "2") {
    throw usageError(
      `${endpoint.scheme}: has messages that a pipe does not carry yet`,
      "leave --interactive away to diagnose it, or pipe to tcp: or tls:",
    );
  }
  using stages = listenForSignals();
  const signal = AbortSignal.any([stages.drain, stages.abort]);
  await using recording = await startRecording(settings.record, endpoint.display);
  await using run = await PathRun.run(plan, { wayOnly: true }, signal);
  const { stream, result } = run;
  if (stream === undefined) throw failureOf(result);
  const { remote } = result;
  settings.note(
    `connected to ${remote === null ? endpoint.display : `${remote.address} port ${remote.port}`}` +
      (result.tls === null ? "" : ` (${result.tls.version}, ${result.tls.cipher})`),
  );
  const input = settings.replay === undefined || !process.stdin.isTTY ? process.stdin : undefined;
  const outcome = await pipe(
    { input: settings.replay === undefined ? input : undefined, output: process.stdout, remote: stream },
    {
      ...shapeOf(endpoint.protocol, settings.hex, endpoint.display),
      exitOn: settings.exitOn,
      replay: settings.replay === undefined ? undefined : replayOf(settings.replay, signal),
      record: recording?.note,
      subject: endpoint.display,
    },
    signal,
  );
  process.stdin.pause();
  settings.note(`${formatBytes(outcome.sentBytes)} sent, ${formatBytes(outcome.receivedBytes)} received`);
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.ended === "interrupted" ? EXIT.interrupted : EXIT.ok;
}

function shapeOf(
  protocol: string,
  hex: boolean,
  subject: string,
): Pick<PipeOptions, "splitter" | "formatter" | "wire"> {
  const wire = protocol === "framed" ? framedWire(subject) : rawWire();
  if (BY_MESSAGE.includes(protocol)) {
    return {
      wire,
      splitter: hex ? hexInput() : lineInput(),
      formatter: hex ? hexLineOutput() : lineOutput(),
    };
  }
  // What is typed is text even where what comes is shown as digits; digits are read where they are piped in.
  const splitter = hex && process.stdin.isTTY !== true ? hexInput() : rawInput();
  return { wire, splitter, formatter: hex ? dumpOutput() : rawOutput() };
}

function failureOf(result: PathRun["result"]): NetkitError {
  const { error, verdict } = result;
  const code = (error?.code ?? "NK_CONNECT_FAILED") as `NK_${string}`;
  return new NetkitError(error?.stage ?? "connect", code, verdict.title, {
    why: error?.why ?? undefined,
    next: error?.next ?? undefined,
  });
}

class Recording implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #startUs = nowUs();
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Resolves when the line is written: a slow disk slows the pipe, and costs no memory. */
  readonly note = (to: Direction, data: Uint8Array): Promise<void> => {
    const line = recordingLine(nowUs() - this.#startUs, to, data);
    const written = this.#last.then(() => this.#file.appendFile(line));
    this.#last = written.catch(() => undefined);
    return written.catch((error: unknown) => {
      throw unwritable(this.#path, error);
    });
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

async function startRecording(path: string | undefined, url: string): Promise<Recording | undefined> {
  if (path === undefined) return undefined;
  try {
    const file = await open(path, "w", 0o600);
    await file.appendFile(recordingHead(url, new Date()));
    return new Recording(file, path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): NetkitError {
  const { why, next } = wrapSystemError(cause, "write", path);
  return new NetkitError("file", "NK_FILE_UNWRITABLE", `could not write ${path}`, {
    subject: path,
    why,
    next,
    cause,
  });
}

async function* replayOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path);
  // readline does not hand on the stream's error.
  let failure: Error | undefined;
  const lines = createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY });
  file.on("error", (error) => {
    failure = error;
    lines.close();
  });
  try {
    yield* replayed(
      readRecording(
        checked(lines, () => failure, path),
        path,
      ),
      (ms) => sleep(ms, undefined, { signal }),
    );
  } finally {
    lines.close();
    file.destroy();
  }
}

async function* checked(
  lines: AsyncIterable<string>,
  failure: () => Error | undefined,
  path: string,
): AsyncGenerator<string, void, undefined> {
  yield* lines;
  const error = failure();
  if (error !== undefined) {
    const { why, next } = wrapSystemError(error, "read", path);
    throw new NetkitError("file", "NK_FILE_UNREADABLE", `could not read ${path}`, {
      subject: path,
      why,
      next,
    });
  }
}
