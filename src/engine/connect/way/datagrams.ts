/** A connected UDP socket as a stream of datagrams: a write is one, a chunk read is one. */
import { createSocket, type Socket } from "node:dgram";
import { Duplex } from "node:stream";
import type { Address } from "../../../core/lifecycle/happy-eyeballs.ts";

export interface Datagrams extends Duplex {
  readonly local: { readonly address: string; readonly port: number };
}

/** @throws system errors: an unusable local address, no route */
export async function openDatagrams(
  { address, family }: Address,
  port: number,
  localAddress: string | undefined,
): Promise<Datagrams> {
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      const connect = (): void => socket.connect(port, address, () => resolve());
      if (localAddress === undefined) connect();
      else socket.bind({ address: localAddress }, connect);
    });
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.removeAllListeners("error");
  return Object.assign(streamOf(socket), { local: socket.address() });
}

function streamOf(socket: Socket): Duplex {
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => undefined,
    write: (chunk: Uint8Array, _encoding, done) => socket.send(chunk, (error) => done(error)),
    destroy: (error, done) => socket.close(() => done(error)),
  });
  socket.on("message", (bytes) => stream.push(bytes));
  // An ICMP answer: nothing listens there.
  socket.on("error", (error) => stream.destroy(error));
  return stream;
}
