/**
 * For probes whose answer may be a closed connection. Once, that may be chance, and the prober tries again;
 * the second time it is what the server does.
 */
import { LinkLost, type LossKind } from "./link.ts";

export type Closing = Exclude<LossKind, "connect">;

export class Closings {
  #seen = 0;

  /** How the connection ended, when that is an answer by now. @throws the error itself when it is not */
  confirm(error: unknown): Closing {
    if (!(error instanceof LinkLost) || error.how === "connect") throw error;
    if (++this.#seen < 2) throw error;
    return error.how;
  }
}

/** In words, for facts. */
export function closingText(closing: Closing): string {
  return closing === "timeout" ? "does not answer" : "closes the connection";
}
