// The cursor: views where a run lies in one chunk, one counted copy where it does not.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cursor } from "../../../src/core/framing/cursor.ts";
import { Straddle } from "../../../src/core/framing/straddle.ts";

const ALPHABET = Buffer.from("abcdefghijklmnopqrstuvwxyz", "latin1");

function taken(cursor: Cursor): string {
  return cursor.bytes.toString("latin1", cursor.start, cursor.end);
}

test("takes runs that lie in the chunk as views of it", () => {
  const cursor = new Cursor(100);
  cursor.feed(ALPHABET, 2, 12);
  expect(cursor.take(4)).toBe(true);
  expect(cursor.bytes).toBe(ALPHABET);
  expect(taken(cursor)).toBe("cdef");
  expect(cursor.take(6)).toBe(true);
  expect(taken(cursor)).toBe("ghijkl");
  expect(cursor.available).toBe(0);
  expect(cursor.bytesCopied).toBe(0);
});

test("a run of no bytes is always there", () => {
  const cursor = new Cursor(0);
  expect(cursor.take(0)).toBe(true);
  expect(taken(cursor)).toBe("");
});

test("copies a run that straddles chunks, once, and counts it", () => {
  const cursor = new Cursor(100);
  cursor.feed(ALPHABET, 0, 6);
  expect(cursor.take(4)).toBe(true);
  expect(cursor.take(5)).toBe(false);
  expect(cursor.kept).toBe(2);
  cursor.feed(ALPHABET, 6, 12);
  expect(cursor.take(5)).toBe(true);
  expect(taken(cursor)).toBe("efghi");
  expect(cursor.kept).toBe(0);
  expect(cursor.take(3)).toBe(true);
  expect(taken(cursor)).toBe("jkl");
  expect(cursor.bytesCopied).toBe(5);
});

test("an empty chunk changes nothing", () => {
  const cursor = new Cursor(100);
  cursor.feed(ALPHABET, 0, 2);
  expect(cursor.take(4)).toBe(false);
  cursor.feed(ALPHABET, 2, 2);
  expect(cursor.take(4)).toBe(false);
  cursor.feed(ALPHABET, 2, 4);
  expect(cursor.take(4)).toBe(true);
  expect(taken(cursor)).toBe("abcd");
});

test("takes some bytes, and single bytes, without a copy", () => {
  const cursor = new Cursor(100);
  cursor.feed(ALPHABET, 0, 5);
  expect(cursor.takeByte()).toBe(0x61);
  expect(cursor.takeSome(2)).toBe(true);
  expect(taken(cursor)).toBe("bc");
  expect(cursor.takeSome(100)).toBe(true);
  expect(taken(cursor)).toBe("de");
  expect(cursor.takeSome(1)).toBe(false);
  expect(cursor.takeByte()).toBe(-1);
  expect(cursor.bytesCopied).toBe(0);
});

test("holds no chunk once it has asked for more", () => {
  const cursor = new Cursor(100);
  cursor.feed(ALPHABET, 0, 2);
  expect(cursor.take(4)).toBe(false);
  expect(cursor.bytes).toHaveLength(0);
});

test("refuses a run beyond its bound before it keeps a byte", () => {
  const cursor = new Cursor(4);
  cursor.feed(ALPHABET, 0, 2);
  expect(() => cursor.take(5)).toThrow(RangeError);
  expect(cursor.kept).toBe(0);
});

test("refuses a shorter run while a longer one is kept, until that is dropped", () => {
  const cursor = new Cursor(10);
  cursor.feed(ALPHABET, 0, 4);
  expect(cursor.take(6)).toBe(false);
  expect(() => cursor.take(3)).toThrow(RangeError);
  cursor.drop();
  cursor.feed(ALPHABET, 4, 8);
  expect(cursor.take(3)).toBe(true);
  expect(taken(cursor)).toBe("efg");
});

test("gives the same runs however the bytes are cut", () => {
  const bytes = Buffer.concat([ALPHABET, ALPHABET, ALPHABET]);
  fc.assert(
    fc.property(
      fc.array(fc.nat(9), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lengths, pieces) => {
        const cursor = new Cursor(9);
        let fed = 0;
        let piece = 0;
        let at = 0;
        for (const length of lengths) {
          if (at + length > bytes.length) break;
          while (!cursor.take(length)) {
            const end = Math.min(bytes.length, fed + pieces[piece++ % pieces.length]!);
            cursor.feed(Buffer.from(bytes.subarray(fed, end)), 0, end - fed);
            fed = end;
          }
          expect(taken(cursor)).toBe(bytes.toString("latin1", at, at + length));
          at += length;
        }
      },
    ),
  );
});

test("a straddling run grows with what came, in doublings, and never beyond its bound", () => {
  const straddle = new Straddle(10_000);
  let moved = 0;
  for (let i = 0; i < 10_000; i++) moved += straddle.append(ALPHABET, i % 26, (i % 26) + 1);
  expect(straddle.length).toBe(10_000);
  expect(straddle.bytes).toHaveLength(10_000);
  expect(straddle.bytes.toString("latin1", 0, 30)).toBe("abcdefghijklmnopqrstuvwxyzabcd");
  expect(moved).toBeLessThan(30_000);
});
