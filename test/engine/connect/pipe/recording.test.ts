// A session as a file: written, read, and played again at its own pace.
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hexInput, lineInput } from "../../../../src/engine/connect/pipe/input.ts";
import { dumpOutput, hexDump, hexLineOutput } from "../../../../src/engine/connect/pipe/output.ts";
import {
  type Direction,
  readRecording,
  recordingHead,
  recordingLine,
  replayed,
} from "../../../../src/engine/connect/pipe/recording.ts";
import { refusal } from "../../../support/refusal.ts";

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split("\n");
}

const HEAD = recordingHead("tcp://127.0.0.1:7000", new Date(0));

test("what was written is read, byte for byte", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(), fc.constantFrom<Direction>("remote", "us"), fc.uint8Array())),
      async (entries) => {
        const text = HEAD + entries.map((entry) => recordingLine(...entry)).join("");
        const read = [];
        for await (const entry of readRecording(linesOf(text), "r")) read.push(entry);
        expect(read.map(({ atUs, to, data }) => [atUs, to, [...data]])).toEqual(
          entries.map(([at, to, data]) => [at, to, [...data]]),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test("what was sent is sent again, each payload at its instant", async () => {
  const text =
    HEAD +
    recordingLine(1000, "remote", Buffer.from("a")) +
    recordingLine(2000, "us", Buffer.from("answer")) +
    recordingLine(500_000, "remote", Buffer.from("b"));
  let nowUs = 7e9;
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => {
    waits.push(ms);
    nowUs += ms * 1000;
  };
  const sent: string[] = [];
  const source = replayed(readRecording(linesOf(text), "r"), wait, { nowUs: () => nowUs });
  for await (const data of source) sent.push(Buffer.from(data).toString());
  expect(sent).toEqual(["a", "b"]);
  expect(waits).toEqual([1, 499]);
});

test.each([
  ["", "line 1 of r cannot be played"],
  ["hello", "line 1 of r cannot be played"],
  [`${HEAD}{"at":-1,"to":"us","data":""}`, "line 2 of r cannot be played"],
  [`${HEAD}{"at":1,"to":"us","data":"*"}`, "line 2 of r cannot be played"],
])("%j is refused with its line", async (text, message) => {
  const reading = async () => {
    for await (const _ of readRecording(linesOf(text), "r"));
  };
  await expect(reading()).rejects.toMatchObject({ message, code: "NK_FILE_NOT_A_RECORDING" });
});

test("a line may come in any pieces", () => {
  const whole = Buffer.from("one\r\n\ntwo\nthree");
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), (cuts) => {
      const input = lineInput();
      const got: string[] = [];
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      for (let at = 1; at < places.length; at++) {
        for (const line of input.push(whole.subarray(places[at - 1], places[at])))
          got.push(Buffer.from(line).toString());
      }
      for (const line of input.end()) got.push(Buffer.from(line).toString());
      expect(got).toEqual(["one", "", "two", "three"]);
    }),
  );
});

test("hexadecimal out is hexadecimal in", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const text = Buffer.from(hexLineOutput().show(bytes));
      expect([...hexInput().push(text)].map((line) => [...line])).toEqual([[...bytes]]);
    }),
  );
  expect(refusal(() => [...hexInput().push(Buffer.from("0\n"))])).toMatchObject({ stage: "usage" });
});

test("a dump has sixteen bytes a line, their place, and what can be read", () => {
  expect(hexDump(Buffer.from("Hello, world.\n\xff0123", "latin1"))).toBe(
    "00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 2e 0a ff 30  |Hello, world...0|\n" +
      "00000010  31 32 33                                          |123|\n",
  );
  const output = dumpOutput();
  output.show(Buffer.alloc(16));
  expect(Buffer.from(output.show(Buffer.from("a"))).toString()).toContain("00000010  61");
});
