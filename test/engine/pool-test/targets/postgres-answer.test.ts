// Answers of PostgreSQL as bytes: where they end and what failed, however they are cut.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerReader } from "../../../../src/engine/pool-test/targets/postgres-answer.ts";

// One row of one column "x", value 1; CommandComplete "SELECT 1"; ReadyForQuery, idle.
const ROW = "54 0000001a 0001 7800 00000000 0000 00000017 0004 ffffffff 0000 44 0000000b 0001 00000001 31";
const READY = "43 0000000d 53454c4543542031 00 5a 00000005 49";
// ErrorResponse: S ERROR, V ERROR, C 42601, M "no such thing".
const ERROR = "45 00000029 534552524f5200 564552524f5200 43343236303100 4d6e6f2073756368207468696e6700 00";
const IDLE = "5a 00000005 49";
const FATAL = "45 0000001f 56464154414c00 43353750303100 4d74686520656e6400 00 00000000";
const NOTICE_AND_PARAMETER = "4e 00000006 5300 53 00000008 61006200";
const EMPTY = "49 00000004 5a 00000005 49";
const COPY_IN = "47 00000009 00 0001 0000";

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

/** What each chunk said, and what is known at the end. The chunks' memory is overwritten, as a socket's may be. */
function read(reader: AnswerReader, answer: Buffer, cuts: readonly number[]) {
  let ready: boolean | undefined = false;
  for (const [index, from] of [0, ...cuts].entries()) {
    const chunk = Buffer.from(answer.subarray(from, cuts[index] ?? answer.length));
    ready = reader.take(chunk);
    chunk.fill(0xee);
  }
  const { failure, wantsRows, spoke } = reader;
  return {
    ready,
    code: failure?.code,
    message: failure?.message,
    isFatal: failure?.isFatal,
    wantsRows,
    spoke,
  };
}

const NOTHING = { code: undefined, message: undefined, isFatal: undefined, wantsRows: false, spoke: true };
const CASES = [
  ["rows", ROW + READY, { ...NOTHING, ready: true }],
  ["rows that are not all there", ROW, { ...NOTHING, ready: false }],
  ["nothing, to an empty query", EMPTY, { ...NOTHING, ready: true }],
  [
    "rows among what comes unasked",
    NOTICE_AND_PARAMETER + ROW + NOTICE_AND_PARAMETER + READY + NOTICE_AND_PARAMETER,
    { ...NOTHING, ready: true },
  ],
  ["what comes unasked alone", NOTICE_AND_PARAMETER, { ...NOTHING, ready: false, spoke: false }],
  [
    "an error",
    ERROR + IDLE,
    { ...NOTHING, ready: true, code: "42601", message: "no such thing", isFatal: false },
  ],
  ["the wish for rows", COPY_IN, { ...NOTHING, ready: false, wantsRows: true }],
] as const;

describe("an answer of PostgreSQL is read the same at every cut:", () => {
  test.each(CASES)("%s", (_, hex, expected) => {
    const answer = bytes(hex);
    expect(read(new AnswerReader(), answer, [])).toEqual(expected);
    for (let first = 1; first < answer.length; first++) {
      expect(read(new AnswerReader(), answer, [first]), `cut at ${first}`).toEqual(expected);
    }
    const every = Array.from({ length: answer.length - 1 }, (_, at) => at + 1);
    expect(read(new AnswerReader(), answer, every)).toEqual(expected);
  });
});

test("only the first error of an answer is kept, and the next answer begins without", () => {
  const reader = new AnswerReader();
  const second = ERROR.replace("3432363031", "3939393939");
  expect(read(reader, bytes(ERROR + second + IDLE), []).code).toBe("42601");
  reader.begin();
  expect(read(reader, bytes(ROW + READY), [])).toMatchObject({ ready: true, code: undefined });
});

test("an error that ends the connection is known as one", () => {
  const reader = new AnswerReader();
  const hex = bytes(FATAL);
  hex.writeUInt32BE(hex.length - 1, 1);
  expect(read(reader, hex, [])).toMatchObject({ ready: false, code: "57P01", isFatal: true, spoke: false });
});

test("a length below its own is no PostgreSQL", () => {
  expect(new AnswerReader().take(bytes("5a 00000003 49"))).toBeUndefined();
});

test("neither any bytes nor any length take it apart, or its memory", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 40 }), (chunks) => {
      const reader = new AnswerReader();
      for (const chunk of chunks) if (reader.take(Buffer.from(chunk)) === undefined) return;
    }),
  );
  // An error that claims 4 GB: only what is worth keeping of it is kept.
  const reader = new AnswerReader();
  reader.take(bytes("45 ffffffff"));
  const before = process.memoryUsage().arrayBuffers;
  // So much that what nobody keeps has been collected on the way, and with room for what has not yet.
  for (let chunk = 0; chunk < 512; chunk++) reader.take(Buffer.alloc(1024 * 1024));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024 * 1024);
});
