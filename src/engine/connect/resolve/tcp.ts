/**
 * DNS over TCP (RFC 1035 section 4.2.2, RFC 7766), for answers that do not fit a datagram: a connection, a
 * question and its answer behind a length of two bytes each, and it is closed.
 */
import { randomInt } from "node:crypto";
import { connect, type Socket } from "node:net";
import { systemCodeOf } from "../../../core/errors.ts";
import { encodeQuery } from "../../../core/framing/dns/query.ts";
import { encodeFrame, LengthPrefixedDecoder } from "../../../core/framing/length-prefixed.ts";
import type { Failure } from "./asker.ts";
import { type Asked, type Exchanged, isMessage, readOnly, typeNumber } from "./exchange.ts";
import { malformed, timedOut, unreachable, unreachableBySocket } from "./failures.ts";
import type { UdpOptions } from "./udp.ts";

const FRAME = { width: 2, maxFrameBytes: 0xffff } as const;

export function exchangeByTcp(options: UdpOptions, asked: Asked, signal: AbortSignal): Promise<Exchanged> {
  const { address, port, label, timeoutMs } = options;
  const id = randomInt(0x10000);
  const query = encodeQuery({ ...asked, id, type: typeNumber(asked.type) });
  return new Promise((resolve) => {
    let socket: Socket | undefined;
    const fail = (failure: Failure): void => finish({ kind: "failed", failure, transport: "tcp" });
    const onAbort = (): void => fail(timedOut(`${label} over TCP`, timeoutMs));
    const finish = (result: Exchanged): void => {
      signal.removeEventListener("abort", onAbort);
      socket?.destroy();
      resolve(result);
    };
    if (!Buffer.isBuffer(query)) {
      fail(malformed(label, `nothing: ${query.what}`));
      return;
    }
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    const decoder = new LengthPrefixedDecoder(FRAME);
    socket = connect({ host: address, port, noDelay: true, autoSelectFamily: false });
    socket.on("error", (error) => fail(unreachableBySocket(label, systemCodeOf(error), "tcp")));
    socket.on("connect", () => socket?.write(encodeFrame(query, FRAME)));
    socket.on("end", () =>
      fail(unreachable(label, null, "over TCP it closes the connection without an answer")),
    );
    socket.on("data", (chunk) => {
      decoder.feed(chunk, 0, chunk.length);
      const event = decoder.next();
      if (event.kind !== "frame") return;
      const read = readOnly(event.chunk.subarray(event.start, event.end), id, asked, label);
      if (isMessage(read)) finish({ kind: "message", message: read, transport: "tcp" });
      else fail(read);
    });
  });
}
