/**
 * Ctrl-C in two stages: the first signal asks the engine to drain and report, the second to stop at once.
 * A third one, or an engine that does not return within a second of the second, ends the process.
 *
 *   running --SIGINT/SIGTERM--> draining --again--> stopping --again, or 1 s--> exit
 *
 * The handlers live as long as the `using` scope; after it the default behaviour of the signals is back.
 */
import { EXIT } from "../../core/errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** How long an engine may take to return once it was told to stop at once. */
const STOP_GRACE_MS = 1000;

/** The part of `process` that is used: tests pass an EventEmitter. */
export interface SignalSource {
  on(signal: string, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: string, listener: (signal: NodeJS.Signals) => void): unknown;
}

export interface Stages extends Disposable {
  /** Aborted by the first signal. */
  readonly drain: AbortSignal;
  /** Aborted by the second signal. */
  readonly abort: AbortSignal;
}

export interface StageOptions {
  readonly source?: SignalSource;
  readonly onDrain?: (signal: NodeJS.Signals) => void;
  readonly onAbort?: (signal: NodeJS.Signals) => void;
  /** Last resort; `process.exit` unless a test says otherwise. */
  readonly exit?: (code: number) => void;
  readonly exitCode?: number;
}

export function listenForSignals(options: StageOptions = {}): Stages {
  const source = options.source ?? process;
  const exit = options.exit ?? ((code: number) => process.exit(code));
  const exitCode = options.exitCode ?? EXIT.interrupted;
  const drain = new AbortController();
  const abort = new AbortController();
  let lastResort: NodeJS.Timeout | undefined;

  const onSignal = (signal: NodeJS.Signals) => {
    if (!drain.signal.aborted) {
      drain.abort();
      options.onDrain?.(signal);
    } else if (!abort.signal.aborted) {
      abort.abort();
      options.onAbort?.(signal);
      lastResort = setTimeout(() => exit(exitCode), STOP_GRACE_MS);
      lastResort.unref();
    } else {
      exit(exitCode);
    }
  };
  for (const signal of SIGNALS) source.on(signal, onSignal);
  return {
    drain: drain.signal,
    abort: abort.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) source.off(signal, onSignal);
      clearTimeout(lastResort);
    },
  };
}
