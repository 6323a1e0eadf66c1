// Records over a plain socket, for the server halves of these tests.
import type { Socket } from "node:net";
import { type RecordEvent, RecordReader } from "../../../../../src/core/framing/tls/record.ts";
import type { RecordTransport } from "../../../../../src/engine/tls-check/probe/handshake/record-layer.ts";
import {
  LinkLost,
  type LinkRecord,
  type LinkViolation,
} from "../../../../../src/engine/tls-check/probe/link.ts";

export class SocketTransport implements RecordTransport {
  readonly #socket: Socket;
  readonly #reader = new RecordReader();
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.#reader.feed(Buffer.from(bytes));
      this.#wake?.();
    });
    socket.on("close", () => this.#end()).on("end", () => this.#end());
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  async nextRecord(): Promise<LinkRecord | LinkViolation> {
    for (;;) {
      const event: RecordEvent = this.#reader.next();
      if (event.kind !== "need-more") return event;
      if (this.#ended) throw new LinkLost("eof", "the client closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
