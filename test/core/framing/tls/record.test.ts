// TLS records: the same ones under any cut; refusals at the header, before anything is kept.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodeRecord,
  MAX_FRAGMENT_BYTES,
  MAX_RECORD_BYTES,
  RECORD,
  type RecordMessage,
  RecordReader,
} from "../../../../src/core/framing/tls/record.ts";
import { bytesOf, cutAt, cuts, eventsOf, waysToCut } from "./pieces.ts";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const plain = (events: readonly { kind: string }[]) =>
  events.map((event) => {
    if (event.kind !== "record") return event;
    const { type, version, payload } = event as RecordMessage;
    return { type, version, payload: payload.toString("hex") };
  });

describe("RecordReader", () => {
  const flight = hex("16 0301 0003 aabbcc  14 0303 0001 01  17 0303 0000  15 0303 0002 0228");
  const records = [
    { type: 22, version: 0x0301, payload: "aabbcc" },
    { type: 20, version: 0x0303, payload: "01" },
    { type: 23, version: 0x0303, payload: "" },
    { type: 21, version: 0x0303, payload: "0228" },
  ];

  test("gives the same records however the bytes are cut", () => {
    for (const pieces of waysToCut(flight)) {
      expect(plain(eventsOf(new RecordReader(), pieces))).toEqual(records);
    }
  });

  test("gives what was encoded, however it is cut", () => {
    const record = fc.record({
      type: fc.integer({ min: 20, max: 24 }),
      version: fc.constantFrom(0x0300, 0x0301, 0x0303),
      payload: bytesOf(300, 1),
    });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 8 }).chain((list) => {
          const bytes = Buffer.concat(
            list.map(({ type, version, payload }) => encodeRecord(type, version, payload)),
          );
          return fc.tuple(fc.constant(list), fc.constant(bytes), cuts(bytes.length));
        }),
        ([list, bytes, offsets]) => {
          const read = plain(eventsOf(new RecordReader(), cutAt(bytes, offsets)));
          expect(read).toEqual(list.map((one) => ({ ...one, payload: one.payload.toString("hex") })));
        },
      ),
    );
  });

  test("copies nothing when records arrive whole", () => {
    const reader = new RecordReader();
    eventsOf(reader, [flight, flight]);
    expect(reader.bytesCopied).toBe(0);
    expect(reader.idle).toBe(true);
  });

  test("copies each byte a few times at most when they come one by one", () => {
    const bytes = encodeRecord(RECORD.handshake, 0x0303, Buffer.alloc(16_000, 7));
    const reader = new RecordReader();
    const single = cutAt(
      bytes,
      Array.from(bytes.keys()).filter((offset) => offset > 0),
    );
    expect(eventsOf(reader, single)).toHaveLength(1);
    expect(reader.bytesCopied).toBeLessThan(4 * bytes.length);
  });

  test("keeps the views it gave valid while more is fed", () => {
    const reader = new RecordReader();
    reader.feed(hex("16 0301 0002 0102  16 0301 0002 03"));
    const first = reader.next() as RecordMessage;
    expect(reader.next().kind).toBe("need-more");
    reader.feed(hex("04  16 0301 0001 05"));
    const second = reader.next() as RecordMessage;
    const third = reader.next() as RecordMessage;
    expect([first, second, third].map(({ payload }) => payload.toString("hex"))).toEqual([
      "0102",
      "0304",
      "05",
    ]);
  });

  test("takes a protected record of the longest kind and refuses one byte more at its header", () => {
    const longest = Buffer.concat([
      hex("17 0303"),
      Buffer.from([0x48, 0x00]),
      Buffer.alloc(MAX_RECORD_BYTES),
    ]);
    expect(eventsOf(new RecordReader(), [longest]).map(({ kind }) => kind)).toEqual(["record"]);
    expect(eventsOf(new RecordReader(), [hex("17 0303 4801")])).toEqual([
      {
        kind: "violation",
        what: "a record of 18433 bytes, at most 18432 are allowed",
        section: "RFC 8446 §5.2",
      },
    ]);
    expect(eventsOf(new RecordReader(100), [hex("16 0303 0065")])[0]?.kind).toBe("violation");
  });

  test("refuses an empty record of anything but application data", () => {
    for (const type of ["14", "15", "16", "18"]) {
      expect(eventsOf(new RecordReader(), [hex(`${type} 0303 0000`)])[0]?.kind).toBe("violation");
    }
  });

  test("says what it met instead of TLS, as soon as the first bytes are there, and stays dead", () => {
    const reader = new RecordReader();
    const [event] = eventsOf(reader, [Buffer.from("HTTP/1.1 400 Bad Request\r\n")]);
    expect(event).toEqual({
      kind: "violation",
      what: 'not a TLS record: it begins with "HTTP/1.1 400 Bad"',
      section: "RFC 8446 §5.1",
    });
    reader.feed(flight);
    expect(reader.next()).toBe(event);
    expect(eventsOf(new RecordReader(), [hex("80")])[0]).toMatchObject({
      what: "not a TLS record: it begins with 80",
    });
    expect(eventsOf(new RecordReader(), [hex("16"), hex("02")])[0]?.kind).toBe("violation");
  });

  test("never throws and never loops on any bytes", () => {
    fc.assert(
      fc.property(bytesOf(200), cuts(200), (bytes, offsets) => {
        const inside = offsets.map((offset) => Math.min(offset, bytes.length));
        const read = plain(eventsOf(new RecordReader(64), cutAt(bytes, inside)));
        expect(read).toHaveLength(plain(eventsOf(new RecordReader(64), [bytes])).length);
      }),
    );
  });
});

describe("encodeRecord", () => {
  test("splits what is longer than a record may be", () => {
    const payload = Buffer.alloc(2 * MAX_FRAGMENT_BYTES + 1, 9);
    const bytes = encodeRecord(RECORD.handshake, 0x0301, payload);
    const read = eventsOf<RecordMessage>(new RecordReader(), [bytes]) as RecordMessage[];
    expect(read.map((one) => one.payload.length)).toEqual([MAX_FRAGMENT_BYTES, MAX_FRAGMENT_BYTES, 1]);
    expect(Buffer.concat(read.map((one) => one.payload)).equals(payload)).toBe(true);
  });

  test("writes an empty record for an empty payload", () => {
    expect(encodeRecord(RECORD.applicationData, 0x0303, Buffer.alloc(0)).toString("hex")).toBe("1703030000");
  });
});
