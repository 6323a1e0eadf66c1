/**
 * The live line on stderr: a spinner and one line of figures while a run goes on.
 *
 * It exists for people only: no terminal, a CI log or --quiet get nothing, and a run that ends within a second
 * never shows it. The spinner library loads with the first line that is shown.
 */
import type { Ora } from "ora";

/** Nothing that ends sooner needs a spinner. */
const SHOW_AFTER_MS = 1000;

export interface LiveLine extends AsyncDisposable {
  /** The latest text wins. */
  update(text: string): void;
  /** Takes the line away; nothing is shown afterwards. */
  clear(): Promise<void>;
}

const SILENT: LiveLine = {
  update() {},
  async clear() {},
  async [Symbol.asyncDispose]() {},
};

export interface LiveLineOptions {
  readonly isShown: boolean;
  readonly isColored: boolean;
  readonly showAfterMs?: number;
}

export function startLiveLine(options: LiveLineOptions): LiveLine {
  if (!options.isShown) return SILENT;
  let text = "";
  let spinner: Ora | undefined;
  let ended = false;
  let loading: Promise<void> | undefined;

  const open = async () => {
    const { default: ora } = await import("ora");
    // stdin stays untouched: Ctrl-C has to arrive as a signal, and a body may be piped in.
    const color = options.isColored ? "cyan" : false;
    if (!ended) spinner = ora({ text, color, stream: process.stderr, discardStdin: false }).start();
  };
  const timer = setTimeout(() => {
    loading = open();
  }, options.showAfterMs ?? SHOW_AFTER_MS);
  timer.unref();

  const clear = async () => {
    ended = true;
    clearTimeout(timer);
    await loading;
    spinner?.stop();
    spinner = undefined;
  };
  return {
    update(next) {
      text = next;
      if (spinner !== undefined) spinner.text = next;
    },
    clear,
    [Symbol.asyncDispose]: clear,
  };
}
