// A client of HTTP/2 that says exactly what it is given, frame by frame, and remembers the frames that came back.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { FRAME } from "../../src/core/framing/http2/codes.ts";
import { FRAME_READ, FrameDecoder } from "../../src/core/framing/http2/frame-decoder.ts";
import { HpackDecoder } from "../../src/core/framing/http2/hpack/decoder.ts";
import type { RunningServer } from "../../src/engine/serve/running.ts";

const TIMEOUT_MS = 10_000;

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** The preface and SETTINGS that change nothing. */
export const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  hex("000000040000000000"),
]);

export function frame(type: number, flags: number, id: number, payload: Buffer | string = ""): Buffer {
  const body = typeof payload === "string" ? hex(payload) : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, body]);
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
}

export class Http2Client implements Disposable {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  ended = false;
  readonly #decoder = new FrameDecoder(1 << 20);
  readonly #hpack = new HpackDecoder(4096, 1 << 20);
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#decoder.feed(chunk, 0, chunk.length);
      while (this.#decoder.next() === FRAME_READ) {
        const { type, flags, streamId, buffer, start, end } = this.#decoder;
        this.frames.push({ type, flags, id: streamId, payload: Buffer.from(buffer.subarray(start, end)) });
      }
      this.#wake();
    });
    socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  static async to({ listeners }: Pick<RunningServer, "listeners">): Promise<Http2Client> {
    const socket = connect({ port: listeners[0]!.port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Http2Client(socket);
  }

  send(...bytes: (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(bytes.map((each) => (typeof each === "string" ? hex(each) : each))));
  }

  of(type: number, id?: number): Frame[] {
    return this.frames.filter((each) => each.type === type && (id === undefined || each.id === id));
  }

  /** The first frame of this type, waited for. */
  async until(type: number, id?: number): Promise<Frame> {
    await this.#until(() => this.of(type, id).length > 0, `a frame of type ${type}`);
    return this.of(type, id)[0]!;
  }

  async untilEnd(): Promise<void> {
    await this.#until(() => this.ended, "the end");
  }

  async untilTrue(holds: () => boolean): Promise<void> {
    await this.#until(holds, String(holds));
  }

  /** The last GOAWAY's code; -1 without one. */
  get goawayCode(): number {
    return this.of(FRAME.goaway).at(-1)?.payload.readUInt32BE(4) ?? -1;
  }

  /** The first response's status on a stream. To be asked once a block, in the order they came. */
  statusOf(id: number): number {
    const block = this.of(FRAME.headers, id)[0]!.payload;
    const decoded = this.#hpack.decode(block, 0, block.length);
    return decoded.kind === "fields" ? Number(decoded.fields[1]) : -1;
  }

  /** Octets of content so far. */
  contentOf(id: number): Buffer {
    return Buffer.concat(this.of(FRAME.data, id).map(({ payload }) => payload));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (!holds()) {
      if (Date.now() > deadline) {
        const seen = this.frames.map(({ type, id }) => `${type}/${id}`).join(" ");
        throw new Error(`waited for ${what}; frames: ${seen}${this.ended ? ", ended" : ""}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}
