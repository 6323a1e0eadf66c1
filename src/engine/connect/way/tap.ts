/**
 * A socket whose bytes are looked at on their way: what TLS says in the clear, for `--trace`.
 *
 * Used only when somebody traces: TLS over a stream that is no socket costs a copy of every byte.
 */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { HANDSHAKE } from "../../../core/framing/tls/handshake.ts";
import { RECORD, RecordReader } from "../../../core/framing/tls/record.ts";
import type { TraceLine } from "./trace.ts";

type Note = (line: Omit<TraceLine, "atUs">) => void;

export function tapped(socket: Socket, note: Note): Duplex {
  const [out, back] = [recordTeller("out", note), recordTeller("in", note)];
  const tap = new Duplex({
    allowHalfOpen: true,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      out(chunk);
      socket.write(chunk, (error) => done(error));
    },
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Buffer) => {
    back(chunk);
    if (!tap.push(chunk)) socket.pause();
  });
  socket.on("end", () => tap.push(null));
  socket.on("error", (error) => tap.destroy(error));
  socket.on("close", () => tap.destroy());
  return tap;
}

const RECORD_NAMES: Readonly<Record<number, string>> = {
  [RECORD.changeCipherSpec]: "change cipher spec",
  [RECORD.alert]: "alert",
  [RECORD.handshake]: "handshake",
  [RECORD.applicationData]: "encrypted",
};

const MESSAGE_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(HANDSHAKE).map(([name, type]) => [
    type,
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  ]),
);

/** One line a record; bytes that are no TLS (a dialogue before it) are told as they are. */
function recordTeller(direction: "out" | "in", note: Note): (chunk: Buffer) => void {
  let records = new RecordReader();
  let encrypted = false;
  return (chunk) => {
    const copy = Buffer.from(chunk);
    if (looksPlain(copy) && !encrypted) {
      note({ layer: "tcp", direction, what: `${copy.length} bytes before TLS`, bytes: copy });
      return;
    }
    records.feed(copy);
    for (;;) {
      const event = records.next();
      if (event.kind === "need-more") return;
      if (event.kind === "violation") {
        note({ layer: "tls", direction, what: `no TLS record: ${event.what}`, bytes: copy });
        records = new RecordReader();
        return;
      }
      const { type, payload } = event;
      const name = RECORD_NAMES[type] ?? `record of type ${type}`;
      const clear = type === RECORD.handshake && !encrypted;
      const what = clear ? `handshake: ${MESSAGE_NAMES[payload[0] ?? -1] ?? "fragment"}` : name;
      const shown = type === RECORD.applicationData || (encrypted && !clear) ? undefined : payload;
      note({ layer: "tls", direction, what: `${what}, ${payload.length} bytes`, bytes: shown });
      if (type === RECORD.changeCipherSpec || type === RECORD.applicationData) encrypted = true;
    }
  };
}

function looksPlain(chunk: Buffer): boolean {
  const [type, major] = chunk;
  return type === undefined || type < RECORD.changeCipherSpec || type > 24 || major !== 3;
}
