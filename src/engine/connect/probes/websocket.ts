/**
 * WebSocket (RFC 6455): the upgrade, a ping whose pong is timed, and an orderly close. Messages that the server
 * sends meanwhile are passed over.
 */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import type { ResponseHead } from "../../../core/framing/http1/types.ts";
import { closeBody, closeCodeText } from "../../../core/framing/websocket/close.ts";
import { encodeFrame } from "../../../core/framing/websocket/frame-encoder.ts";
import { keyOf, readUpgradeAnswer, upgradeFields } from "../../../core/framing/websocket/handshake.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE, type Opcode } from "../../../core/framing/websocket/types.ts";
import { requestFields, requestHead } from "./http-fields.ts";
import type { Probe, ProbePlan, ProbeWire } from "./probe.ts";
import {
  broken,
  cutShort,
  notTheProtocol,
  type Peer,
  peerOf,
  refused,
  silent,
  tlsExpected,
  wordsOfTls,
} from "./unexpected.ts";

/** A server may greet with messages; one that never stops is not waited out. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_INTERIM = 16;
const PING = Buffer.from("netkit");
/** Those of the handshake are ours to set (section 4.1). */
const OF_THE_HANDSHAKE = /^(connection|upgrade|content-length|sec-websocket-(?!protocol).*)$/i;

export const websocket: Probe = {
  id: "websocket",
  protocol: "ws",
  greets: false,
  // It ends with the close.
  reusable: false,
  async run(wire, plan) {
    const peer = peerOf(wire, plan, "WebSocket");
    const key = keyOf(randomBytes(16));
    const fields = requestFields(plan).filter(([name]) => !OF_THE_HANDSHAKE.test(name));
    await wire.write(requestHead(plan, "GET", [...fields, ...upgradeFields(key)]), "upgrade request");
    wire.sent();
    const head = await readHead(wire, peer);
    const answer = readUpgradeAnswer(head, { key, subprotocols: asked(plan) });
    switch (answer.kind) {
      case "violation":
        throw broken(peer, answer.detail, answer.rfc);
      case "refused":
        await checkForTls(wire, peer, head);
        throw refused(
          peer,
          "UPGRADE_",
          `refused the upgrade to WebSocket with ${answer.status} ${answer.reason}`.trimEnd(),
          undefined,
          nextAfter(answer.status),
        );
      case "agreed": {
        const pingUs = await new Dialogue(wire, peer).pingAndClose();
        const { subprotocol = null, extensions = null } = answer;
        return { kind: "websocket", subprotocol, extensions, pingUs };
      }
    }
  },
};

function asked({ request }: ProbePlan): readonly string[] {
  return request.headers
    .filter(([name]) => name.toLowerCase() === "sec-websocket-protocol")
    .flatMap(([, value]) => value.split(",").map((name) => name.trim()));
}

/** @throws NetkitError when a 400 says that the request should have been in TLS: its body tells */
async function checkForTls(wire: ProbeWire, peer: Peer, { status, body }: ResponseHead): Promise<void> {
  const isEmpty = body.kind === "length" && body.length === 0;
  if (wire.secured || status !== 400 || isEmpty) return;
  const text = Buffer.from((await wire.read("body")) ?? []).toString("latin1");
  const words = wordsOfTls(text);
  if (words !== undefined) throw tlsExpected(peer, words);
}

function nextAfter(status: number): string {
  if (status === 401 || status === 403) {
    return "give what the server asks for: -H 'Authorization: …', -H 'Origin: …', or a cookie";
  }
  if (status >= 300 && status < 400) return "use the URL of its Location header";
  return "check the path: WebSockets are often at a path of their own, such as /ws";
}

async function readHead(wire: ProbeWire, peer: Peer): Promise<ResponseHead> {
  const parser = new ResponseParser();
  let first = Buffer.alloc(0);
  for (let interim = 0; ; ) {
    const bytes = await wire.read("upgrade answer");
    if (bytes === undefined) {
      throw first.length === 0 ? silent(peer) : cutShort(peer, `it had sent ${first.length} bytes of a head`);
    }
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (first.length < 256) first = Buffer.concat([first, chunk.subarray(0, 256)]);
    parser.feed(chunk, 0, chunk.length);
    for (let event = parser.next(); event.kind !== "need-more"; event = parser.next()) {
      if (event.kind === "violation") {
        const foreign = event.reason === "tls" || event.reason === "bad-status-line";
        throw foreign ? notTheProtocol(peer, first) : broken(peer, event.detail, event.rfc);
      }
      if (event.kind !== "head") continue;
      if (event.head.status >= 200 || event.head.status === 101) {
        if (parser.restStart < parser.restEnd) wire.unread(chunk.subarray(parser.restStart, parser.restEnd));
        return event.head;
      }
      if (++interim > MAX_INTERIM) throw broken(peer, "more than 16 interim answers");
    }
  }
}

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
