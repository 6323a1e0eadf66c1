/**
 * The pipe of a connect: standard input to the peer and back, as netcat does it, over whatever the URL says.
 *
 * What a person sees besides the bytes goes to stderr, so that stdout is the peer's words alone.
 */
import { createReadStream, fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { nowUs } from "../../core/clock.ts";
import { EXIT, type ExitCode, NetkitError, usageError, wrapSystemError } from "../../core/errors.ts";
import { formatBytes } from "../../core/units.ts";
import { PathRun } from "../../engine/connect/path.ts";
import { hexInput, lineInput, rawInput } from "../../engine/connect/pipe/input.ts";
import {
  dumpOutput,
  hexLineOutput,
  lineOutput,
  rawOutput,
  terminalOutput,
} from "../../engine/connect/pipe/output.ts";
import { type ExitPolicy, type PipeOptions, pipe } from "../../engine/connect/pipe/pipe.ts";
import {
  type Direction,
  readRecording,
  recordingHead,
  recordingLine,
  replayed,
} from "../../engine/connect/pipe/recording.ts";
import { websocketWire } from "../../engine/connect/pipe/websocket-wire.ts";
import { framedWire, rawWire, type WireCodec } from "../../engine/connect/pipe/wire-codec.ts";
import type { ConnectPlan } from "../../engine/connect/plan.ts";
import { alpnFor } from "../../engine/connect/probes/catalog.ts";
import { listenForSignals } from "./signals.ts";

export interface PipeSettings {
  /** Undefined: the remote's end, where there is one; a datagram has none. */
  readonly exitOn: ExitPolicy | undefined;
  readonly hex: boolean;
  /** Files, as named. */
  readonly record: string | undefined;
  readonly replay: string | undefined;
  /** A remark for people. */
  readonly note: (text: string) => void;
}

/** One line is one message. */
const BY_MESSAGE: readonly string[] = ["framed", "udp", "ws"];

/** @throws NetkitError of the way that failed, of a file, or of the dialogue */
export async function runPipe(asked: ConnectPlan, settings: PipeSettings): Promise<ExitCode> {
  const plan = pipedPlan(asked);
  const { endpoint } = plan;
  if (plan.http === "2") {
    throw usageError(
      "a pipe does not carry HTTP/2: its bytes are frames, and nobody types those",
      "leave --interactive away to diagnose it, or pipe HTTP/1.1 with http: or https:",
    );
  }
  using stages = listenForSignals();
  const signal = AbortSignal.any([stages.drain, stages.abort]);
  await using run = await PathRun.run(plan, { openOnly: true }, signal);
  const { opened, result } = run;
  if (opened === undefined) {
    if (signal.aborted) return EXIT.interrupted;
    throw failureOf(result);
  }
  // Only now: a server that is down must not cost an earlier recording.
  await using recording = await startRecording(settings.record, endpoint.display);
  const { remote } = result;
  settings.note(
    `connected to ${remote === null ? endpoint.display : `${remote.address} port ${remote.port}`}` +
      (result.tls === null ? "" : ` (${result.tls.version}, ${result.tls.cipher})`),
  );
  if (process.stdin.isTTY && settings.replay === undefined) {
    const unit = BY_MESSAGE.includes(endpoint.protocol) ? "each line is a message; " : "";
    settings.note(`${unit}Ctrl-D ends your side, Ctrl-C leaves`);
  }
  using input = settings.replay === undefined ? openInput() : undefined;
  const outcome = await pipe(
    { input: input?.stream, output: process.stdout, remote: opened.stream, early: opened.early },
    {
      ...shapeOf(endpoint.protocol, settings.hex, endpoint.display),
      exitOn: settings.exitOn ?? (endpoint.protocol === "udp" ? "stdin" : "remote"),
      replay: settings.replay === undefined ? undefined : replayOf(settings.replay, signal),
      record: recording?.note,
      farewellMs: plan.timeouts.answerMs,
      subject: endpoint.display,
    },
    signal,
  );
  settings.note(`${formatBytes(outcome.sentBytes)} sent, ${formatBytes(outcome.receivedBytes)} received`);
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.ended === "interrupted" ? EXIT.interrupted : EXIT.ok;
}

/** What is typed to an HTTP server is HTTP/1.1, so that is what TLS offers. */
function pipedPlan(plan: ConnectPlan): ConnectPlan {
  const { endpoint, tls, http = endpoint.protocol === "http" ? "1.1" : undefined } = plan;
  return { ...plan, http, tls: { ...tls, alpn: alpnFor(endpoint, { http }) } };
}

/** A file is read in pieces of this many bytes: each costs a visit to another thread. */
const FILE_CHUNK = 1024 * 1024;

interface Input extends Disposable {
  readonly stream: Readable;
}

/** Standard input, closed when it is disposed: a terminal that somebody may still type at keeps the process alive. */
function openInput(): Input {
  const stream = fstatSync(0).isFile()
    ? createReadStream("", { fd: 0, autoClose: false, highWaterMark: FILE_CHUNK })
    : process.stdin;
  return { stream, [Symbol.dispose]: () => void stream.destroy() };
}

function shapeOf(
  protocol: string,
  hex: boolean,
  subject: string,
): Pick<PipeOptions, "splitter" | "formatter" | "wire"> {
  const plain = process.stdout.isTTY ? terminalOutput() : rawOutput();
  if (BY_MESSAGE.includes(protocol)) {
    return {
      wire: wireOf(protocol, hex, subject),
      splitter: hex ? hexInput() : lineInput(),
      formatter: hex ? hexLineOutput() : lineOutput(plain),
    };
  }
  // What is typed is text even where what comes is shown as digits; digits are read where they are piped in.
  const splitter = hex && process.stdin.isTTY !== true ? hexInput() : rawInput();
  return { wire: rawWire(), splitter, formatter: hex ? dumpOutput() : plain };
}

function wireOf(protocol: string, hex: boolean, subject: string): WireCodec {
  if (protocol === "framed") return framedWire(subject);
  if (protocol === "ws") return websocketWire({ subject, binary: hex });
  return rawWire();
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
