/**
 * A stream in front of another that keeps the first bytes which came through it: a library that refuses them does
 * not tell what they were.
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

const KEPT_BYTES = 1024;

export class ObservedStream extends Duplex {
  readonly #inner: Duplex;
  #first = Buffer.alloc(0);

  constructor(inner: Duplex) {
    super({ allowHalfOpen: true });
    this.#inner = inner;
    inner.on("data", (chunk: Buffer) => {
      if (this.#first.length < KEPT_BYTES) {
        this.#first = Buffer.concat([this.#first, chunk.subarray(0, KEPT_BYTES)]);
      }
      if (!this.push(chunk)) inner.pause();
    });
    inner.once("end", () => this.push(null));
    inner.once("error", (error) => this.destroy(error));
    inner.once("close", () => this.destroy());
  }

  /** What came first, up to 1 KiB. */
  get first(): Buffer {
    return this.#first;
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }
}
