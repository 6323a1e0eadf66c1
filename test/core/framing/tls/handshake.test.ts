// Handshake messages: one over many records, many in one record, any cut; the limit at the header.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DEFAULT_MAX_MESSAGE_BYTES,
  encodeHandshake,
  type HandshakeMessage,
  HandshakeReader,
} from "../../../../src/core/framing/tls/handshake.ts";
import {
  encodeRecord,
  RECORD,
  type RecordMessage,
  RecordReader,
} from "../../../../src/core/framing/tls/record.ts";
import { bytesOf, cutAt, cuts, eventsOf, waysToCut } from "./pieces.ts";

const message = fc.record({ type: fc.integer({ min: 0, max: 255 }), body: bytesOf(120) });
type Message = { readonly type: number; readonly body: Buffer };

const wire = (messages: readonly Message[]) =>
  Buffer.concat(messages.map(({ type, body }) => encodeHandshake(type, body)));
const told = (events: readonly { kind: string }[]) =>
  (events as HandshakeMessage[]).map(({ type, body, raw }) => {
    expect(raw.equals(encodeHandshake(type, body))).toBe(true);
    return { type, body: body.toString("hex") };
  });
const plain = (messages: readonly Message[]) =>
  messages.map(({ type, body }) => ({ type, body: body.toString("hex") }));

test("gives the same messages however they are cut", () => {
  const messages = [
    { type: 2, body: Buffer.from("server hello") },
    { type: 14, body: Buffer.alloc(0) },
    { type: 11, body: Buffer.alloc(40, 1) },
  ];
  for (const pieces of waysToCut(wire(messages))) {
    expect(told(eventsOf(new HandshakeReader(), pieces))).toEqual(plain(messages));
  }
});

test("gives the same messages whatever records carry them, and however the stream is cut", () => {
  const flight = fc.array(message, { minLength: 1, maxLength: 6 }).chain((messages) => {
    const bytes = wire(messages);
    return fc.tuple(fc.constant(messages), fc.constant(bytes), cuts(bytes.length), cuts(bytes.length + 40));
  });
  fc.assert(
    fc.property(flight, ([messages, bytes, recordCuts, streamCuts]) => {
      const records = cutAt(bytes, recordCuts).filter((payload) => payload.length > 0);
      const stream = Buffer.concat(records.map((payload) => encodeRecord(RECORD.handshake, 0x0303, payload)));
      const inside = streamCuts.map((offset) => Math.min(offset, stream.length));
      const read = eventsOf<RecordMessage>(new RecordReader(), cutAt(stream, inside)) as RecordMessage[];
      const payloads = read.map(({ payload }) => payload);
      expect(told(eventsOf(new HandshakeReader(), payloads))).toEqual(plain(messages));
    }),
  );
});

test("copies nothing when messages arrive whole", () => {
  const reader = new HandshakeReader();
  eventsOf(reader, [
    wire([{ type: 2, body: Buffer.alloc(50) }]),
    wire([{ type: 14, body: Buffer.alloc(0) }]),
  ]);
  expect(reader.bytesCopied).toBe(0);
  expect(reader.idle).toBe(true);
});

test("takes a chain of 1 MiB and refuses one byte more at the header", () => {
  const longest = encodeHandshake(11, Buffer.alloc(DEFAULT_MAX_MESSAGE_BYTES));
  expect(eventsOf(new HandshakeReader(), [longest]).map(({ kind }) => kind)).toEqual(["message"]);
  expect(eventsOf(new HandshakeReader(), [Buffer.from("0b100001", "hex")])).toEqual([
    {
      kind: "violation",
      what: "a handshake message of type 11 with 1048577 bytes, at most 1048576 are read",
      section: "RFC 8446 §4",
    },
  ]);
});

test("takes as much as it is told to", () => {
  const large = encodeHandshake(11, Buffer.alloc(2 ** 24 - 1));
  expect(eventsOf(new HandshakeReader(2 ** 24), [large]).map(({ kind }) => kind)).toEqual(["message"]);
  expect(eventsOf(new HandshakeReader(10), [Buffer.from("0200000b", "hex")])[0]?.kind).toBe("violation");
});

test("stays dead after a violation", () => {
  const reader = new HandshakeReader(10);
  const [event] = eventsOf(reader, [Buffer.from("02ffffff", "hex")]);
  reader.feed(encodeHandshake(14, Buffer.alloc(0)));
  expect(reader.next()).toBe(event);
});

test("stays linear when a message comes byte by byte", () => {
  const bytes = encodeHandshake(11, Buffer.alloc(100_000, 3));
  const reader = new HandshakeReader();
  const single = cutAt(
    bytes,
    Array.from(bytes.keys()).filter((offset) => offset > 0),
  );
  expect(eventsOf(reader, single)).toHaveLength(1);
  expect(reader.bytesCopied).toBeLessThan(4 * bytes.length);
});

test("refuses to encode a body that its length cannot tell", () => {
  expect(() => encodeHandshake(11, Buffer.alloc(2 ** 24))).toThrow(RangeError);
});
