/**
 * What the peer makes a connection say beside its requests: pongs, acknowledgements, windows. All that one read asks for
 * leaves in one write. A peer that asks and does not read would have them pile up here, so their number is bounded: what
 * is owed counts from when it is said until the system has taken it.
 */
import { Buffer } from "node:buffer";
import { failed, type Line } from "./conversation.ts";
import type { Loss } from "./driver.ts";

/** Some thousands of pongs, and what one read asks for on top: more than a peer that reads ever has waiting here. */
const MOST_OWED_BYTES = 64 * 1024;

const NOT_READING: Loss = failed(
  "not-reading",
  "the server asked for answers (PING and the like) and did not read them",
);

export class Owed {
  readonly #line: Line;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  /** To be said with the next `flush`. */
  say(bytes: Buffer): void {
    this.#pieces.push(bytes);
  }

  /** Says it. A Loss: too much of what was said before has not left yet, so it is not said. */
  flush(): Loss | undefined {
    const pieces = this.#pieces;
    if (pieces.length === 0) return undefined;
    if (this.#bytes > MOST_OWED_BYTES) return NOT_READING;
    this.#pieces = [];
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    this.#bytes += bytes.length;
    this.#line.write(bytes, () => {
      this.#bytes -= bytes.length;
    });
    return undefined;
  }
}
