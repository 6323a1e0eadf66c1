/**
 * What holds for any message and any damage; short in the unit tests, at length in the long ones.
 */
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect } from "vitest";
import { HeadMemo } from "../../../../src/core/framing/http1/head-memo.ts";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import type { RequestHead, ResponseHead } from "../../../../src/core/framing/http1/types.ts";
import {
  cutShares,
  cutsAt,
  damaged,
  damages,
  type Message,
  requestMessages,
  responseMessages,
} from "./arbitraries.ts";
import { every, type Parser, transcribe } from "./transcript.ts";

const LIMITS = { maxHeadBytes: 700, maxHeaders: 12, maxBodyBytes: 200 };

interface Side {
  readonly messages: fc.Arbitrary<Message[]>;
  /** A parser with limits that damage can pass, with the memo of the side or without one. */
  strict(memo: boolean): Parser;
  lenient(): Parser;
}

const requestMemo = new HeadMemo<RequestHead>();
const responseMemo = new HeadMemo<ResponseHead>();

export const SIDES: readonly (Side & { readonly name: string })[] = [
  {
    name: "request",
    messages: requestMessages,
    strict: (memo) => new RequestParser({ limits: LIMITS, ...(memo ? { memo: requestMemo } : {}) }),
    lenient: () => new RequestParser(),
  },
  {
    name: "response",
    messages: responseMessages,
    strict: (memo) => new ResponseParser({ limits: LIMITS, ...(memo ? { memo: responseMemo } : {}) }),
    lenient: () => new ResponseParser(),
  },
];

/** Valid messages say what they were made of, under any cut. */
export function roundTrip(side: Side): fc.IProperty<[Message[], number[]]> {
  return fc.property(side.messages, cutShares, (messages, shares) => {
    const bytes = Buffer.from(messages.map((message) => message.bytes).join(""), "latin1");
    const { full, heads } = transcribe(side.lenient(), bytes, cutsAt(shares, bytes.length));
    expect(heads.map(({ headers }) => [...headers])).toEqual(messages.map(({ fields }) => fields));
    const rest = full.filter((line) => /^(data|end|idle|!)/.test(line));
    expect(rest).toEqual([
      ...messages.flatMap(({ body, trailers }) => [
        ...(body === "" ? [] : [`data ${JSON.stringify(body)} `]),
        trailers.length === 0 ? "end " : `end with trailers ${JSON.stringify(trailers)}`,
      ]),
      "idle ",
    ]);
  });
}

/** Damaged messages never throw or hang, and are read the same way under any cut, with and without a memo. */
export function sameUnderDamage(side: Side) {
  return fc.property(side.messages, damages, cutShares, fc.boolean(), (messages, harm, shares, closed) => {
    const bytes = Buffer.from(damaged(messages.map((message) => message.bytes).join(""), harm), "latin1");
    const whole = transcribe(side.strict(false), bytes, [], closed).full;
    for (const memo of [false, true]) {
      for (const cuts of [[], cutsAt(shares, bytes.length), every(1, bytes.length)]) {
        expect(transcribe(side.strict(memo), bytes, cuts, closed).full).toEqual(whole);
      }
    }
  });
}
