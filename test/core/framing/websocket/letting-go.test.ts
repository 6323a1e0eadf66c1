// Lent chunks are given back: a decoder that waits keeps none of the last ones alive.
import { Buffer } from "node:buffer";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { FrameDecoder } from "../../../../src/core/framing/websocket/frame-decoder.ts";
import { encodeFrame } from "../../../../src/core/framing/websocket/frame-encoder.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../../src/core/framing/websocket/types.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

type Decoder = FrameDecoder | MessageDecoder;

function readOnce(decoder: Decoder, bytes: Buffer): WeakRef<Buffer> {
  const chunk = Buffer.from(bytes);
  decoder.feed(chunk, 0, chunk.length);
  while (decoder.next().kind !== "need-more");
  return new WeakRef(chunk);
}

const TEXT = encodeFrame(OPCODE.text, Buffer.from("hello"));

test.each([
  ["after a message", TEXT],
  ["in a head", TEXT.subarray(0, 1)],
  ["in a message", TEXT.subarray(0, 4)],
  ["between fragments", encodeFrame(OPCODE.text, Buffer.from("hel"), { final: false })],
  ["after a ping", encodeFrame(OPCODE.ping, Buffer.from("p"))],
  ["in a ping", encodeFrame(OPCODE.ping, Buffer.from("ping")).subarray(0, 4)],
  ["after a close", Buffer.concat([Buffer.from("8800", "hex"), Buffer.alloc(50)])],
])("a decoder that waits %s keeps no chunk", async (_where, bytes) => {
  for (const decoder of [new FrameDecoder("client"), new MessageDecoder("client")]) {
    const chunk = readOnce(decoder, bytes);
    // A WeakRef holds its target until the current job has ended.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(chunk.deref()).toBeUndefined();
    expect(decoder.next().kind).toBe("need-more");
  }
});
