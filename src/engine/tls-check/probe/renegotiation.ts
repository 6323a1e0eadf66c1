/**
 * Renegotiation that the client asks for, up to TLS 1.2 (RFC 5746): a server that agrees can be made to
 * compute handshakes without new connections.
 *
 * Costs no connection: it is asked at the end of a handshake that is there for something else. A server that
 * closes instead of answering is asked a second time, by way of the prober's retry: closing twice is a no.
 */

import { randomBytes } from "node:crypto";
import { encodeClientHello } from "../../../core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../core/framing/tls/extension-types.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import { HANDSHAKE } from "../../../core/framing/tls/handshake.ts";
import { RECORD } from "../../../core/framing/tls/record.ts";
import type { Answer } from "../facts.ts";
import { Closings, closingText } from "./closings.ts";
import type { ClassicHandshake } from "./handshake/classic-handshake.ts";
import type { RecordLayer } from "./handshake/record-layer.ts";
import { alertText } from "./hello.ts";
import { LinkLost } from "./link.ts";
import { inconclusive, OFFERED, refused } from "./no-handshake.ts";
import type { Prober } from "./prober.ts";

/** For servers that pass over the request; they are then asked for a sign of life. */
const SILENCE_MS = 1500;
const CLOSE_NOTIFY = 0;

export class Renegotiation {
  readonly #prober: Prober;
  #answer: Answer = inconclusive("no handshake came to the point of asking");
  readonly #closings = new Closings();

  constructor(prober: Prober) {
    this.#prober = prober;
  }

  get answer(): Answer {
    return this.#answer;
  }

  /** @throws LinkLost at the first close, so that it is tried again */
  async ask(handshake: ClassicHandshake): Promise<void> {
    const { layer, flight, clientVerifyData } = handshake;
    const { spec, hello } = flight;
    const secure = hello.extensions.has(EXTENSION.renegotiationInfo);
    const extensions = spec.extensions.filter(
      ({ type }) => type !== EXTENSION.renegotiationInfo && type !== EXTENSION.sessionTicket,
    );
    const again = {
      ...spec,
      random: randomBytes(32),
      sessionId: Buffer.alloc(0),
      extensions: secure ? [...extensions, extension.renegotiationInfo(clientVerifyData)] : extensions,
    };
    layer.trace?.("sent", "ClientHello, renegotiation", undefined);
    layer.send(RECORD.handshake, encodeClientHello(again));
    const waitMs = Math.min(SILENCE_MS, this.#prober.limits.timeoutMs);
    try {
      this.#answer = await readAnswer(layer, waitMs);
    } catch (error) {
      if (!(error instanceof LinkLost)) throw error;
      if (error.how === "timeout") this.#answer = await askForLife(layer, waitMs);
      else {
        this.#answer = inconclusive(error.message);
        this.#answer = refused(closingText(this.#closings.confirm(error)));
      }
    }
  }
}

async function readAnswer(layer: RecordLayer, waitMs: number): Promise<Answer> {
  for (;;) {
    const event = await layer.next(waitMs);
    switch (event.kind) {
      case "alert":
        return refused(event.description === CLOSE_NOTIFY ? "closes the connection" : alertText(event));
      case "violation":
        return inconclusive(event.what);
      case "record":
        // A greeting or the like.
        continue;
      case "message":
        if (event.type === HANDSHAKE.serverHello) return OFFERED;
    }
  }
}

/** Silence says no only when the connection is alive. */
async function askForLife(layer: RecordLayer, waitMs: number): Promise<Answer> {
  layer.sendAlert(1, CLOSE_NOTIFY);
  try {
    const answer = await readAnswer(layer, waitMs);
    return answer.kind === "refused" ? refused("passes over the request") : answer;
  } catch (error) {
    if (!(error instanceof LinkLost)) throw error;
    return error.how === "eof" ? refused("passes over the request") : inconclusive(error.message);
  }
}
