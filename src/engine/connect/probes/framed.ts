/**
 * Length-prefixed frames: one goes out, one is to come back, the same by an echo server. The first four bytes of
 * another protocol are a length that nobody would send, and are told as what they are.
 */
import { Buffer } from "node:buffer";
import { encodeFrame, LengthPrefixedDecoder } from "../../../core/framing/length-prefixed.ts";
import type { Probe } from "./probe.ts";
import { broken, cutShort, notTheProtocol, peerOf, silent } from "./unexpected.ts";

/** Of an echo: as much as went out, and no less than this, for servers that answer something else. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const HELLO = Buffer.from("netkit connect");

export const framed: Probe = {
  id: "framed",
  protocol: "framed",
  greets: false,
  reusable: true,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "length-prefixed frames");
    const payload = plan.request.body ?? HELLO;
    await wire.write(encodeFrame(payload), `frame of ${payload.length} bytes`);
    wire.sent();
    const maxFrameBytes = Math.max(payload.length, MAX_ANSWER_BYTES);
    const decoder = new LengthPrefixedDecoder({ maxFrameBytes });
    let first = Buffer.alloc(0);
    for (;;) {
      const bytes = await wire.read("frame");
      if (bytes === undefined) {
        throw first.length === 0 ? silent(peer) : cutShort(peer, "its frame was not complete");
      }
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      if (first.length < 80) first = Buffer.concat([first, chunk.subarray(0, 80)]);
      decoder.feed(chunk, 0, chunk.length);
      const event = decoder.next();
      if (event.kind === "need-more") continue;
      if (event.kind === "violation") {
        const error = notTheProtocol(peer, first);
        throw error.code === "NK_PROTOCOL_GARBAGE" ? broken(peer, event.detail) : error;
      }
      const answer = event.chunk.subarray(event.start, event.end);
      return {
        kind: "echo",
        sentBytes: payload.length,
        receivedBytes: answer.length,
        equal: answer.equals(payload),
      };
    }
  },
};
