/** What is sent comes back: bytes over tcp: and tls:, frames, WebSocket messages. */
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { ResponseParser } from "../../../core/framing/http1/response-parser.ts";
import { encodeFrame, LengthPrefixedDecoder } from "../../../core/framing/length-prefixed.ts";
import { closeBody } from "../../../core/framing/websocket/close.ts";
import { encodeFrame as encodeMessage } from "../../../core/framing/websocket/frame-encoder.ts";
import { keyOf, readUpgradeAnswer, upgradeFields } from "../../../core/framing/websocket/handshake.ts";
import { MaskKeys } from "../../../core/framing/websocket/mask.ts";
import { MessageDecoder } from "../../../core/framing/websocket/message-decoder.ts";
import { OPCODE } from "../../../core/framing/websocket/types.ts";
import type { TargetPlan } from "../plan.ts";
import { brokenError } from "./failures.ts";
import type { OpenTarget } from "./target.ts";
import { dialTarget, SMALL_ECHO, TurnConnection, type Turns } from "./turn-socket.ts";

type Side = (payload: Buffer, subject: string) => Turns;

export async function openEcho(plan: TargetPlan): Promise<OpenTarget> {
  const { endpoint, work } = plan;
  const payload = work.kind === "echo" ? Buffer.from(work.payload) : SMALL_ECHO;
  const side = SIDES[endpoint.protocol as keyof typeof SIDES];
  return {
    url: endpoint.display,
    protocol: PROTOCOLS[endpoint.protocol as keyof typeof SIDES],
    async connect(signal) {
      const socket = await dialTarget(plan, endpoint.protocol === "ws" ? ["http/1.1"] : undefined, signal);
      const turns = side(payload, endpoint.display);
      if (endpoint.protocol !== "ws") return new TurnConnection(socket, turns, plan);
      const upgrade = new Upgrade(plan);
      const opening = new TurnConnection(socket, switching(upgrade, turns), plan);
      await opening.work(signal);
      return opening;
    },
    desk: undefined,
    async [Symbol.asyncDispose]() {},
  };
}

const SIDES = {
  raw: (payload) => {
    let echoed = 0;
    return {
      keeps: true,
      // The rest of an answer that is no echo, whose end nobody knows.
      listens: true,
      ask() {
        echoed = 0;
        return payload;
      },
      take(chunk) {
        const isEcho = chunk.equals(payload.subarray(echoed, echoed + chunk.length));
        echoed += chunk.length;
        return !isEcho || echoed >= payload.length;
      },
    };
  },
  framed: (payload, subject) => {
    const decoder = new LengthPrefixedDecoder();
    const bytes = encodeFrame(payload);
    return {
      keeps: true,
      ask: () => bytes,
      take(chunk) {
        decoder.feed(chunk, 0, chunk.length);
        const event = decoder.next();
        if (event.kind === "violation") throw brokenError(subject, event.detail);
        // Takes the rest up, so that the decoder may be fed again.
        return event.kind === "frame" && decoder.next().kind === "need-more";
      },
    };
  },
  ws: (payload, subject) => {
    const decoder = new MessageDecoder("client");
    const keys = new MaskKeys();
    let pong: Buffer | undefined;
    return {
      keeps: true,
      listens: true,
      reply() {
        const due = pong;
        pong = undefined;
        return due;
      },
      ask: () => encodeMessage(OPCODE.binary, payload, { key: keys.next() }),
      take(chunk) {
        decoder.feed(chunk, 0, chunk.length);
        let answered = false;
        for (;;) {
          const event = decoder.next();
          switch (event.kind) {
            case "message":
              answered = true;
              break;
            case "ping": {
              const payload = event.chunk.subarray(event.start, event.end);
              // The last one stands for all (section 5.5.3).
              pong = encodeMessage(OPCODE.pong, payload, { key: keys.next() });
              break;
            }
            case "violation":
              throw brokenError(subject, event.detail);
            case "close":
              throw brokenError(subject, `it closed the WebSocket with ${event.code ?? "no code"}`);
            case "need-more":
              return answered;
            default:
              break;
          }
        }
      },
      farewell: () => encodeMessage(OPCODE.close, closeBody(1000), { key: keys.next() }),
    };
  },
} as const satisfies Record<string, Side>;

const PROTOCOLS: Record<keyof typeof SIDES, string> = {
  raw: "bytes",
  framed: "length-prefixed frames",
  ws: "WebSocket",
};

/** The opening handshake (RFC 6455 section 4) as a turn. */
class Upgrade implements Turns {
  readonly keeps = true;
  readonly #plan: TargetPlan;
  readonly #key = keyOf(randomBytes(16));
  readonly #parser = new ResponseParser();
  /** What came after the answer. */
  rest: Buffer | undefined;

  constructor(plan: TargetPlan) {
    this.#plan = plan;
  }

  ask(): Buffer {
    const { authority, path } = this.#plan.endpoint;
    const fields = [["Host", authority], ...upgradeFields(this.#key)];
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines}\r\n`, "latin1");
  }

  take(chunk: Buffer): boolean {
    const subject = this.#plan.endpoint.display;
    this.#parser.feed(chunk, 0, chunk.length);
    for (;;) {
      const event = this.#parser.next();
      if (event.kind === "need-more") return false;
      if (event.kind === "violation") throw brokenError(subject, event.detail);
      if (event.kind !== "head") continue;
      const answer = readUpgradeAnswer(event.head, { key: this.#key });
      if (answer.kind === "agreed") {
        const { restStart, restEnd } = this.#parser;
        if (restStart < restEnd) this.rest = chunk.subarray(restStart, restEnd);
        return true;
      }
      throw brokenError(
        subject,
        answer.kind === "refused"
          ? `it refuses the upgrade with ${answer.status} ${answer.reason}`
          : answer.detail,
      );
    }
  }
}

/** The first turn is the one's, all others the other's. */
function switching(first: Upgrade, then: Turns): Turns {
  let isOpen = false;
  return {
    keeps: true,
    get listens() {
      return isOpen && then.listens === true;
    },
    ask: () => (isOpen ? then : first).ask(),
    take(chunk) {
      if (isOpen) return then.take(chunk);
      isOpen = first.take(chunk);
      if (first.rest !== undefined) then.take(first.rest);
      return isOpen;
    },
    reply: () => then.reply?.(),
    farewell: () => then.farewell?.() ?? Buffer.alloc(0),
  };
}
