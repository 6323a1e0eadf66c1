// Lent chunks are given back: who waits for more bytes keeps none of the last ones alive, or 10,000 idle
// connections would hold 10,000 read buffers.
import { Buffer } from "node:buffer";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { RequestParser } from "../../../src/core/framing/http1/request-parser.ts";
import { encodeFrame, LengthPrefixedDecoder } from "../../../src/core/framing/length-prefixed.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

interface Reader {
  feed(chunk: Buffer, start: number, end: number): void;
  next(): { readonly kind: string };
}

/** Reads bytes out of a chunk that nobody else holds. */
function readOnce(reader: Reader, bytes: Buffer): WeakRef<Buffer> {
  const chunk = Buffer.from(bytes);
  reader.feed(chunk, 0, chunk.length);
  while (reader.next().kind !== "need-more");
  return new WeakRef(chunk);
}

async function expectLetGo(reader: Reader, bytes: Buffer): Promise<void> {
  const chunk = readOnce(reader, bytes);
  // A WeakRef holds its target until the current job has ended.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(chunk.deref()).toBeUndefined();
  // The reader lives on: it is used after the collection.
  expect(reader.next().kind).toBe("need-more");
}

const POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

test.each([
  ["after a request", `${POST}hello`],
  ["in a head", POST.slice(0, 30)],
  ["in a body", `${POST}he`],
  ["in a chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"],
  ["in a trailer section", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA"],
])("a request parser that waits %s keeps no chunk", async (_where, text) => {
  await expectLetGo(new RequestParser(), Buffer.from(text, "latin1"));
});

test.each([
  ["after a frame", encodeFrame(Buffer.from("hello"))],
  ["in a length", Buffer.alloc(2)],
  ["in a frame", encodeFrame(Buffer.from("hello")).subarray(0, 6)],
])("a frame decoder that waits %s keeps no chunk, whole or in parts", async (_where, bytes) => {
  await expectLetGo(new LengthPrefixedDecoder(), bytes);
  const decoder = new LengthPrefixedDecoder();
  await expectLetGo(
    { feed: (chunk, start, end) => decoder.feed(chunk, start, end), next: () => decoder.nextPart() },
    bytes,
  );
});
