/**
 * WebSocket (RFC 6455): the upgrade, a ping whose pong is timed, and an orderly close. Messages that the server
 * sends meanwhile are passed over.
 */
import { Buffer } from "node:buffer";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";
import { closeBody, closeCodeText } from "../../../core/framing/websocket/close.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import type { Probe, ProbeWire } from "./probe.ts";
import { broken, cutShort, type Peer, peerOf, refused } from "./unexpected.ts";
import { upgrade } from "./websocket-upgrade.ts";

/** A server may greet with messages; one that never stops is not waited out. */
const MAX_BYTES = 16 * 1024 * 1024;
const PING = Buffer.from("netkit");

export const websocket: Probe = {
  id: "websocket",
  protocol: "ws",
  greets: false,
  // It ends with the close.
  reusable: false,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "WebSocket");
    const { subprotocol, extensions } = await upgrade(wire, plan, peer);
    const pingUs = await new Dialogue(wire, peer).pingAndClose();
    return { kind: "websocket", subprotocol, extensions, pingUs };
  },
};

/** Frames after the upgrade. */
class Dialogue {
  readonly #wire: ProbeWire;
  readonly #peer: Peer;
  readonly #keys = new MaskKeys();
  readonly #decoder = new MessageDecoder("client", MAX_BYTES);
  #bytes = 0;

  constructor(wire: ProbeWire, peer: Peer) {
    this.#wire = wire;
    this.#peer = peer;
  }

  /** Microseconds from ping to pong. */
  async pingAndClose(): Promise<number> {
    const pingedUs = nowUs();
    await this.#send(OPCODE.ping, PING, "ping");
    const closed = await this.#until("pong");
    const pingUs = nowUs() - pingedUs;
    if (closed !== undefined) {
      const { code, reason } = closed;
      throw refused(
        this.#peer,
        "",
        `closed the WebSocket${code === undefined ? "" : ` with ${closeCodeText(code)}`}`,
        reason === "" ? undefined : reason,
        "look at the server's log: it took the upgrade and then closed",
      );
    }
    await this.#close();
    return pingUs;
  }

  /** Our close and the server's (section 7.1.2). What was learned stands, whether it answers or not. */
  async #close(): Promise<void> {
    try {
      await this.#send(OPCODE.close, closeBody(1000), "close 1000");
      await this.#until("close");
    } catch (error) {
      if (!(error instanceof NetkitError)) throw error;
      this.#wire.note(`the close was not answered: ${error.message}`);
    }
  }

  async #send(opcode: Opcode, payload: Uint8Array, what: string): Promise<void> {
    await this.#wire.write(encodeFrame(opcode, payload, { key: this.#keys.next() }), what);
  }

  /** Reads up to our pong or the peer's close, which is given back. */
  async #until(wanted: "pong" | "close"): Promise<{ code: number | undefined; reason: string } | undefined> {
    for (;;) {
      const event = this.#decoder.next();
      switch (event.kind) {
        case "pong":
          // An old pong, or one that nobody asked for, is allowed and means nothing (section 5.5.3).
          if (wanted === "pong" && PING.equals(event.chunk.subarray(event.start, event.end)))
            return undefined;
          break;
        case "close":
          return event;
        case "ping":
          if (wanted === "pong") {
            await this.#send(OPCODE.pong, event.chunk.subarray(event.start, event.end), "pong");
          }
          break;
        case "violation":
          throw broken(this.#peer, event.detail, event.rfc);
        case "need-more":
          await this.#more(wanted);
          break;
        default:
          break;
      }
    }
  }

  async #more(wanted: string): Promise<void> {
    const bytes = await this.#wire.read("frames");
    if (bytes === undefined) throw cutShort(this.#peer, `no ${wanted} had come`);
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES)
      throw broken(this.#peer, `${MAX_BYTES} bytes came and no ${wanted} among them`);
    // The decoder unmasks in place, so it gets bytes of its own.
    const chunk = Buffer.from(bytes);
    this.#decoder.feed(chunk, 0, chunk.length);
  }
}
