/**
 * A stream of bytes without requests, as iperf has it: sends as fast as the peer takes, reads as fast as it comes, or
 * both. Blocks are one buffer for all connections; a few are under way at once, so that the socket never waits for us.
 */
import type { Buffer } from "node:buffer";
import { nowUs } from "../../../core/clock.ts";
import { type Conversation, failed, type Line, type Telling } from "./conversation.ts";
import type { Loss } from "./driver.ts";

/** One in the kernel's hands, one behind it. */
const BLOCKS_UNDER_WAY = 2;
/** Blocks that the system may take at once, one after the other, before others on the loop have their turn. */
const MOST_A_TURN = 16;

const ENDED: Loss = failed("closed", "the peer closed the connection in the middle of the stream");

export class Stream implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  readonly #block: Buffer | undefined;
  /** Blocks taken in this turn of the event loop. */
  #burst = 0;

  /** @param block what is sent over and over; undefined: only what comes is read */
  constructor(line: Line, tell: Telling, block: Buffer | undefined) {
    this.#line = line;
    this.#tell = tell;
    this.#block = block;
  }

  begin(): boolean {
    if (this.#block !== undefined) for (let at = 0; at < BLOCKS_UNDER_WAY; at++) this.#more();
    return true;
  }

  send(): number {
    throw new TypeError("a stream has no requests");
  }

  flush(): void {}

  read(): Loss | undefined {
    return undefined;
  }

  ended(): Loss {
    return ENDED;
  }

  abandon(): boolean {
    return false;
  }

  #more(): void {
    this.#line.write(this.#block!, this.#taken);
  }

  /** The system has a block. */
  readonly #taken = (error?: Error | null): void => {
    if (error != null || this.#line.closed) return;
    this.#tell.sent(this.#block!.length, nowUs());
    if (++this.#burst <= MOST_A_TURN) this.#more();
    else setImmediate(this.#nextTurn);
  };

  readonly #nextTurn = (): void => {
    this.#burst = 0;
    if (!this.#line.closed) this.#more();
  };
}
