/**
 * A socket that reads into one buffer that many share, instead of into new memory at every read, which a round trip of
 * some tens of microseconds would show. Until somebody takes what comes, it is the stream that drivers expect.
 */
import { Buffer } from "node:buffer";
import { Socket, type SocketConstructorOpts } from "node:net";

/** As Node reads: a longer answer comes in several parts. */
const BUFFER_BYTES = 64 * 1024;

export class QuickSocket extends Socket {
  /** Given a view that is valid until it returns. */
  taker: ((chunk: Buffer) => void) | undefined;

  constructor(buffer: Buffer) {
    const callback = (size: number): boolean => {
      const chunk = buffer.subarray(0, size);
      if (this.taker !== undefined) this.taker(chunk);
      else this.emit("data", Buffer.from(chunk));
      return true;
    };
    // The types know it of `connect` alone, which passes it on to here.
    super({ onread: { buffer, callback } } as SocketConstructorOpts);
  }
}

/** Sockets of one thread that share their buffer: nobody reads while another's bytes are in it. */
export function quickSockets(): () => QuickSocket {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  return () => new QuickSocket(buffer);
}
