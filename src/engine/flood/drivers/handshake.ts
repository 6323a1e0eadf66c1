/**
 * Connections alone: what is asked for is the connection itself, with its TLS, and nothing is sent on it. The request is answered
 * when the connection is open; what the peer says then is not looked at.
 */
import { nowUs } from "../../../core/clock.ts";
import { type Conversation, closedBy, type Line, type Telling } from "./conversation.ts";
import { type Loss, OLDEST } from "./driver.ts";

export class Handshake implements Conversation {
  readonly #line: Line;
  readonly #tell: Telling;
  /** Requests that are answered with the next flush: 0 or 1. */
  #asked = 0;

  constructor(line: Line, tell: Telling) {
    this.#line = line;
    this.#tell = tell;
  }

  begin(): boolean {
    return true;
  }

  send(): number {
    this.#asked++;
    return 0;
  }

  /** Told at the end of the turn, as of now: the generator is still at the opening. */
  flush(): void {
    if (this.#asked === 0) return;
    this.#asked = 0;
    const now = nowUs();
    setImmediate(() => {
      if (this.#line.closed) return;
      this.#tell.answered(this.#line.slot, OLDEST, 0, now, now);
      this.#tell.settled(this.#line.slot, now);
    });
  }

  abandon(): boolean {
    return false;
  }

  read(): Loss | undefined {
    return undefined;
  }

  ended(): Loss {
    return closedBy(false);
  }
}
