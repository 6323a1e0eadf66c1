// A fast client of an echo: pushes a pattern without end, reads as fast as it can or not at all, and checks that
// every byte that comes back is the one that was sent. Its own memory does not grow with the volume.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./raw-client.ts";

const READ_BYTES = 1024 * 1024;
/** How long nothing may move before the client counts as blocked. */
const BLOCKED_MS = 500;

export class FloodingEchoClient implements Disposable {
  pushed = 0;
  echoed = 0;
  /** Offset of the first byte that came back wrong. */
  wrongAt: number | undefined;
  readonly #socket: Socket;
  /** The block twice, so that every window of it is one slice. */
  readonly #pattern: Buffer;
  readonly #block: Buffer;
  readonly #total: number;
  /** Bytes before the echo, such as a response head. */
  #preamble: string | undefined;
  #writing = false;

  private constructor(socket: Socket, block: Buffer, total: number, preamble: boolean) {
    this.#socket = socket;
    this.#block = block;
    this.#pattern = Buffer.concat([block, block]);
    this.#total = total;
    this.#preamble = preamble ? "" : undefined;
  }

  /**
   * @param block what is sent again and again, at most 1 MiB
   * @param total bytes to push in all, a multiple of the block
   * @param request head that goes before it; its answer has a head, too
   */
  static async connect(
    port: number,
    block: Buffer,
    total: number,
    request?: string,
  ): Promise<FloodingEchoClient> {
    let client: FloodingEchoClient;
    const socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback: (length, buffer) => {
          client.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    client = new FloodingEchoClient(socket, block, total, request !== undefined);
    await once(socket, "connect");
    socket.on("error", () => {});
    if (request !== undefined) socket.write(request);
    return client;
  }

  /** Pushes and reads until so many bytes have come back. */
  async echo(bytes: number): Promise<void> {
    this.#push();
    this.#socket.resume();
    await eventually(
      () => this.echoed >= bytes || this.wrongAt !== undefined || this.#socket.destroyed,
      `${bytes} bytes come back`,
      180_000,
    );
    if (this.#socket.destroyed) throw new Error(`the connection broke after ${this.echoed} bytes`);
    if (this.wrongAt !== undefined) throw new Error(`byte ${this.wrongAt} came back as another`);
  }

  /** Pushes and does not read, until nothing moves any more. Tells how many bytes are on their way then. */
  async pushUntilBlocked(): Promise<number> {
    this.#socket.pause();
    this.#push();
    let moved = performance.now();
    let before = -1;
    while (performance.now() - moved < BLOCKED_MS) {
      const now = this.#socket.bytesWritten - this.#socket.writableLength;
      if (now !== before) moved = performance.now();
      before = now;
      await sleep(20);
    }
    return this.pushed - this.echoed;
  }

  /** Keeps the one write under way that the kernel takes when there is room. */
  #push(): void {
    if (this.#writing || this.pushed >= this.#total) return;
    this.#writing = true;
    this.#socket.write(this.#block, () => {
      this.#writing = false;
      this.pushed += this.#block.length;
      this.#push();
    });
  }

  #read(bytes: Buffer): void {
    let from = 0;
    if (this.#preamble !== undefined) {
      this.#preamble += bytes.toString("latin1");
      const end = this.#preamble.indexOf("\r\n\r\n");
      if (end < 0) return;
      from = bytes.length - (this.#preamble.length - end - 4);
      this.#preamble = undefined;
    }
    const at = this.echoed % this.#block.length;
    const length = bytes.length - from;
    if (this.#pattern.compare(bytes, from, bytes.length, at, at + length) !== 0) this.wrongAt ??= this.echoed;
    this.echoed += length;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
