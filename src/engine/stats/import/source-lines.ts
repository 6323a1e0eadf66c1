/**
 * Bytes of a source as lines of text: gzip is undone, CRLF and a byte-order mark are tolerated, a last line needs no end.
 * At most one line and one chunk are held. What is no text is refused by the line at which it stops being text.
 */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { NetkitError } from "../../../core/errors.ts";
import { notImportable } from "./importer.ts";

/** An hour of a second's histogram, or a page of JSON on one line, is far below. */
export const MAX_LINE_CHARS = 16 * 1024 * 1024;

export async function* sourceLines(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest: string[] = [];
  let restChars = 0;
  let number = 1;
  const refuse = (why: string, next: string) =>
    notImportable(name, "a result file", `line ${number}: ${why}`, next);
  try {
    for await (const chunk of unzipped(bytes)) {
      const pieces = decoder.decode(chunk, { stream: true }).split("\n");
      for (const piece of pieces.slice(0, -1)) {
        yield withoutReturn(rest.join("") + piece);
        rest = [];
        restChars = 0;
        number++;
      }
      const last = pieces.at(-1)!;
      rest.push(last);
      restChars += last.length;
      if (restChars > MAX_LINE_CHARS)
        throw refuse("it is longer than any result line", "check what the file is");
    }
    rest.push(decoder.decode());
  } catch (error) {
    if (error instanceof NetkitError) throw error;
    const code = (error as { code?: unknown }).code;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw refuse(
        "it is binary, not text",
        "for vegeta's own results: vegeta encode --to json results.bin > results.json",
      );
    }
    if (typeof code === "string" && code.startsWith("Z_")) {
      throw refuse("the gzip stream ends early or is damaged", "copy the file again, whole");
    }
    throw error;
  }
  const last = withoutReturn(rest.join(""));
  if (last !== "") yield last;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

async function* unzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
    if (head.length >= 2) break;
  }
  const whole = {
    async *[Symbol.asyncIterator]() {
      yield head;
      yield* { [Symbol.asyncIterator]: () => iterator };
    },
  };
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* whole;
  const gunzip = createGunzip();
  // The error reaches the reader of `gunzip`, which both destroy.
  pipeline(Readable.from(whole), gunzip, () => {});
  yield* gunzip as AsyncIterable<Buffer>;
}
