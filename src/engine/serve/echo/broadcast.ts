/**
 * A room of WebSockets: what one says, all hear, whoever says it too. A message is framed once for all that speak alike;
 * a member that does not read as fast as the others speak misses messages, which are counted, and keeps its connection:
 * waiting for the slowest would make its trouble everybody's.
 */
import type { Buffer } from "node:buffer";
import { type Deflate, deflateMessage } from "../../../core/framing/websocket/deflate.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import type { Opcode } from "../../../core/framing/websocket/types.ts";
import type { Counter } from "../../../core/metrics/counter.ts";

export interface Member {
  readonly deflate: Deflate | undefined;
  /** False: it could not take this message, and misses it. */
  hear(frame: Buffer): boolean;
}

export class BroadcastGroup {
  readonly #members = new Set<Member>();
  readonly #delivered: Counter;
  readonly #dropped: Counter;

  constructor(delivered: Counter, dropped: Counter) {
    this.#delivered = delivered;
    this.#dropped = dropped;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    this.#members.delete(member);
  }

  say(opcode: Opcode, payload: Uint8Array): void {
    /** By window bits; 0 for those without compression. */
    const frames = new Map<number, Buffer>();
    for (const member of this.#members) {
      const bits = member.deflate?.windowBits ?? 0;
      let frame = frames.get(bits);
      if (frame === undefined) {
        frame =
          bits === 0
            ? encodeFrame(opcode, payload)
            : encodeFrame(opcode, deflateMessage(payload, bits), { compressed: true });
        frames.set(bits, frame);
      }
      if (member.hear(frame)) this.#delivered.value++;
      else this.#dropped.value++;
    }
  }
}
