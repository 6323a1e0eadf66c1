// Every message of the catalogues, cut in every way: the events are the expected ones, and always the same.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { HeadMemo } from "../../../../src/core/framing/http1/head-memo.ts";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import type { RequestHead, ResponseHead } from "../../../../src/core/framing/http1/types.ts";
import { BAD_REQUESTS, GOOD_REQUESTS } from "./request-cases.ts";
import { RESPONSES } from "./response-cases.ts";
import { SMUGGLING } from "./smuggling-cases.ts";
import { type Parser, transcribe, waysToCut } from "./transcript.ts";

/** `make` gives a new parser; those of one `memo` share it. */
function expectAlways(
  text: string,
  expected: readonly string[],
  make: (memo: boolean) => Parser,
  closed = false,
): void {
  const bytes = Buffer.from(text, "latin1");
  const whole = transcribe(make(false), bytes, [], closed);
  expect(whole.lines).toEqual(expected);
  for (const cuts of waysToCut(bytes.length)) {
    for (const memo of [false, true]) {
      const parser = make(memo);
      const cut = transcribe(parser, bytes, cuts, closed);
      if (cut.full.join() === whole.full.join()) continue;
      expect(cut.full, `cut at ${cuts.join()}${memo ? ", with a memo" : ""}`).toEqual(whole.full);
    }
  }
}

const requestMemo = new HeadMemo<RequestHead>();
const responseMemo = new HeadMemo<ResponseHead>();
const requests = (memo: boolean) => new RequestParser(memo ? { memo: requestMemo } : {});

describe("a request is read the same way however it is cut", () => {
  test.each(GOOD_REQUESTS)("%s", (_name, text, expected) => expectAlways(text, expected, requests));
});

describe("a malformed request is refused at the same byte however it is cut", () => {
  test.each(BAD_REQUESTS)("%s", (_name, text, expected) => expectAlways(text, expected, requests));
});

describe("a request-smuggling shape is refused however it is cut", () => {
  test.each(SMUGGLING)("%s", (_name, text, expected) => {
    expectAlways(text, expected, requests);
    expect(expected.join()).not.toContain("/smuggled");
  });
});

describe("a response is read the same way however it is cut", () => {
  test.each(RESPONSES)("$name", ({ bytes, expected, method = "GET", closed = false }) => {
    const make = (memo: boolean) => new ResponseParser(memo ? { method, memo: responseMemo } : { method });
    expectAlways(bytes, expected, make, closed);
  });
});

test("the catalogues hold no name twice and at least 150 messages", () => {
  for (const names of [
    [...GOOD_REQUESTS, ...BAD_REQUESTS].map(([name]) => name),
    SMUGGLING.map(([name]) => name),
    RESPONSES.map(({ name }) => name),
  ]) {
    expect(new Set(names).size).toBe(names.length);
  }
  const all = GOOD_REQUESTS.length + BAD_REQUESTS.length + SMUGGLING.length + RESPONSES.length;
  expect(all).toBeGreaterThanOrEqual(150);
});
