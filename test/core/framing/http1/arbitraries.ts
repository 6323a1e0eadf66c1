/**
 * Random messages with what is to be read from them, random damage, and random cuts.
 */
import { Buffer } from "node:buffer";
import fc from "fast-check";

export interface Message {
  readonly bytes: string;
  readonly body: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly trailers: readonly (readonly [string, string])[];
}

const characters = (allowed: string) => fc.constantFrom(...allowed);
const text = (allowed: string, minLength: number, maxLength: number) =>
  fc.string({ unit: characters(allowed), minLength, maxLength });

const VALUE_EDGE = "abcXYZ019!/;=\xe4\xff";
/** No white space at the ends: it would be trimmed. */
const value = fc.oneof(
  text(VALUE_EDGE, 0, 3),
  fc
    .tuple(text(VALUE_EDGE, 1, 3), text(`${VALUE_EDGE} \t,:`, 0, 40), text(VALUE_EDGE, 1, 3))
    .map((t) => t.join("")),
);
/** Names that frame nothing. */
const name = text("abcXYZ019-_.!~", 0, 20).map((rest) => `x-${rest}`);
const field = fc.tuple(name, value);
const blank = text(" \t", 0, 3);
const body = fc.string({ unit: "binary", maxLength: 60 }).map((any) => Buffer.from(any).toString("latin1"));

interface Line {
  readonly line: string;
  readonly read: readonly [string, string];
}
const line: fc.Arbitrary<Line> = fc.tuple(field, blank, blank).map(([[key, content], before, after]) => ({
  line: `${key}:${before}${content}${after}\r\n`,
  read: [key.toLowerCase(), content],
}));
const lines = fc.array(line, { maxLength: 6 });

/** A body in chunks of random sizes, with extensions and trailers. */
const chunked = fc
  .tuple(fc.array(fc.tuple(body, text('abc="; \t\\', 0, 8), fc.nat(3)), { maxLength: 4 }), lines)
  .map(([chunks, trailers]) => {
    const full = chunks.filter(([content]) => content !== "");
    const coded = full.map(([content, extension, zeros]) => {
      const size = `${"0".repeat(zeros)}${content.length.toString(16)}`;
      return `${size}${extension === "" ? "" : `;${extension}`}\r\n${content}\r\n`;
    });
    return {
      field: "Transfer-Encoding: chunked\r\n",
      read: ["transfer-encoding", "chunked"] as const,
      coded: `${coded.join("")}0\r\n${trailers.map(({ line }) => line).join("")}\r\n`,
      body: full.map(([content]) => content).join(""),
      trailers: trailers.map(({ read }) => read),
    };
  });
const counted = body.map((content) => ({
  field: `Content-Length: ${content.length}\r\n`,
  read: ["content-length", String(content.length)] as const,
  coded: content,
  body: content,
  trailers: [],
}));

function message(start: fc.Arbitrary<string>): fc.Arbitrary<Message> {
  return fc
    .tuple(start, lines, fc.oneof(counted, chunked), lines)
    .map(([startLine, before, framed, after]) => ({
      bytes: `${startLine}${before.map(({ line }) => line).join("")}${framed.field}${after
        .map(({ line }) => line)
        .join("")}\r\n${framed.coded}`,
      body: framed.body,
      fields: [...before.map(({ read }) => read), framed.read, ...after.map(({ read }) => read)],
      trailers: framed.trailers,
    }));
}

const request = fc
  .tuple(text("ABCget-", 1, 8), text("abc/?&=%._~", 0, 30))
  .filter(([method]) => method !== "CONNECT")
  .map(([method, target]) => `${method} /${target} HTTP/1.1\r\nHost: a\r\n`);
const status = fc
  .tuple(fc.integer({ min: 200, max: 599 }), text("abc OK", 0, 10))
  .filter(([code]) => code !== 204 && code !== 304)
  .map(([code, reason]) => `HTTP/1.1 ${code} ${reason}\r\n`);

export const requestMessages = fc.array(
  message(request).map((made) => ({ ...made, fields: [["host", "a"] as const, ...made.fields] })),
  { minLength: 1, maxLength: 4 },
);
export const responseMessages = fc.array(message(status), { minLength: 1, maxLength: 4 });

/** Offsets to cut at, each a share of the length. */
export const cutShares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 });

export function cutsAt(shares: readonly number[], length: number): readonly number[] {
  const offsets = new Set(shares.map((share) => Math.floor(share * length)));
  return [...offsets].filter((at) => at > 0 && at < length).sort((left, right) => left - right);
}

/** Bytes that matter to a parser, and a few that do not. */
const TELLING = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "\0",
  "0",
  "f",
  "\x7f",
  "\x80",
  "\xff",
  "a",
];

export interface Damage {
  readonly share: number;
  readonly kind: "insert" | "replace" | "remove" | "repeat";
  readonly text: string;
}
export const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    kind: fc.constantFrom("insert", "replace", "remove", "repeat"),
    text: fc.oneof(
      fc.constantFrom(...TELLING),
      fc.nat(255).map((byte) => String.fromCharCode(byte)),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);

export function damaged(bytes: string, all: readonly Damage[]): string {
  let result = bytes;
  for (const { share, kind, text } of all) {
    const at = Math.floor(share * result.length);
    const length = kind === "insert" ? 0 : text.length;
    const cut = result.slice(at, at + length);
    const put = kind === "remove" ? "" : kind === "repeat" ? cut + cut : text;
    result = result.slice(0, at) + put + result.slice(at + length);
  }
  return result;
}
