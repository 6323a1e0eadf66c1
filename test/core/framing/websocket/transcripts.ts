// What the WebSocket decoders say about bytes, however they are cut. Each piece comes in a buffer of its own, at an
// offset, that is overwritten as soon as the decoder asks for more: nothing can be kept by reference.
import { Buffer } from "node:buffer";
import { FrameDecoder } from "../../../../src/core/framing/websocket/frame-decoder.ts";
import { MessageDecoder } from "../../../../src/core/framing/websocket/message-decoder.ts";
import type { Role } from "../../../../src/core/framing/websocket/types.ts";

const POISON = 0xee;

/** One line a message or control frame; `! reason` for a violation. */
export function messages(
  bytes: Buffer,
  cuts: readonly number[] = [],
  role: Role = "client",
  decoder = new MessageDecoder(role),
): string[] {
  const lines: string[] = [];
  inPieces(bytes, cuts, (chunk, start, end) => {
    decoder.feed(chunk, start, end);
    for (;;) {
      const event = decoder.next();
      switch (event.kind) {
        case "message":
          lines.push(`${event.text ? "text" : "binary"} ${slice(event)}`);
          break;
        case "ping":
        case "pong":
          lines.push(`${event.kind} ${slice(event)}`);
          break;
        case "close":
          lines.push(`close ${event.code ?? "none"} ${event.reason}`.trimEnd());
          break;
        case "violation":
          lines.push(`! ${event.closeCode} ${event.reason}`);
          if (decoder.next() !== event || decoder.finish() !== event) throw new Error("forgotten");
          return false;
        case "need-more":
          return true;
      }
    }
  });
  return lines;
}

/** The same of the frame decoder: payloads put together again, `+` behind one that is not final. */
export function frames(bytes: Buffer, cuts: readonly number[] = [], role: Role = "client"): string[] {
  const lines: string[] = [];
  const decoder = new FrameDecoder(role);
  let begun = "";
  let payload = "";
  inPieces(bytes, cuts, (chunk, start, end) => {
    decoder.feed(chunk, start, end);
    for (;;) {
      const part = decoder.next();
      switch (part.kind) {
        case "header":
          begun = `${part.opcode}${part.final ? "" : "+"} ${part.length}`;
          payload = "";
          break;
        case "data":
          if (part.chunk !== chunk || part.end <= part.start) throw new Error("not a view of what was fed");
          payload += slice(part);
          break;
        case "end":
          lines.push(`${begun} ${payload}`.trimEnd());
          break;
        case "ping":
        case "pong":
          lines.push(`${part.kind} ${slice(part)}`);
          break;
        case "close":
          lines.push("close");
          break;
        case "violation":
          lines.push(`! ${part.reason}`);
          return false;
        case "need-more":
          return true;
      }
    }
  });
  return lines;
}

function slice(view: { chunk: Buffer; start: number; end: number }): string {
  return view.chunk.toString("latin1", view.start, view.end);
}

function inPieces(
  bytes: Buffer,
  cuts: readonly number[],
  take: (chunk: Buffer, start: number, end: number) => boolean,
): void {
  const edges = [0, ...cuts, bytes.length];
  for (let piece = 1; piece < edges.length; piece++) {
    const start = piece % 5;
    const end = start + edges[piece]! - edges[piece - 1]!;
    const chunk = Buffer.alloc(end + 1, POISON);
    bytes.copy(chunk, start, edges[piece - 1], edges[piece]);
    if (!take(chunk, start, end)) return;
    chunk.fill(POISON);
  }
}
