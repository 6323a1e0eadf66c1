// A scripted TLS server on loopback: it "speaks" every version, suite and group that a script names, because it
// sends a first flight and computes nothing. It remembers what it was sent. What it can be told is in
// `tls-responder-script.ts`; nothing told is a sound server.
//
//     await using server = await TlsResponder.start({ versions: [0x0300], suites: [0x0004] });
//     … probe 127.0.0.1:server.port …
//     server.hellos[0].hello.suites
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ALERT, ALERT_LEVEL } from "../../src/core/framing/tls/alerts.ts";
import { type ClientHello, parseClientHello } from "../../src/core/framing/tls/client-hello.ts";
import { HANDSHAKE, HandshakeReader } from "../../src/core/framing/tls/handshake.ts";
import {
  encodeRecord,
  RECORD,
  type RecordMessage,
  RecordReader,
  VERSION,
} from "../../src/core/framing/tls/record.ts";
import { answer, heartbeats, sslv2ServerHello } from "./tls-responder-flight.ts";
import type { Reaction, ResponderScript } from "./tls-responder-script.ts";

export type { Reaction, ResponderScript };

export interface ReceivedHello {
  /** Counts from 1. */
  readonly connection: number;
  readonly recordVersion: number;
  readonly hello: ClientHello;
  /** Length of the message. */
  readonly bytes: number;
}

export interface ReceivedMessage {
  readonly connection: number;
  /** Of the record; of the handshake message, when it is one in the clear. */
  readonly recordType: number;
  readonly messageType: number | undefined;
}

export class TlsResponder implements AsyncDisposable {
  readonly script: ResponderScript;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections accepted so far. */
  connections = 0;
  /** The most that were open at once. */
  peak = 0;
  /** ClientHellos of SSLv3 and later, second ones after a HelloRetryRequest included. */
  readonly hellos: ReceivedHello[] = [];
  /** Cipher kinds of each SSL 2.0 hello. */
  readonly sslv2Hellos: (readonly number[])[] = [];
  /** Everything else that came in records. */
  readonly messages: ReceivedMessage[] = [];

  private constructor(script: ResponderScript) {
    this.script = script;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const number = ++this.connections;
      this.#sockets.add(socket);
      this.peak = Math.max(this.peak, this.#sockets.size);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined).on("end", () => socket.end());
      new Dialogue(this, socket, number).begin();
    });
  }

  /** Listens on 127.0.0.1 and a free port. */
  static async start(script: ResponderScript): Promise<TlsResponder> {
    const responder = new TlsResponder(script);
    responder.#server.listen(0, "127.0.0.1");
    await once(responder.#server, "listening");
    return responder;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** One connection. */
class Dialogue {
  readonly #responder: TlsResponder;
  readonly #script: ResponderScript;
  readonly #socket: Socket;
  readonly #number: number;
  readonly #records = new RecordReader();
  readonly #messages = new HandshakeReader();
  #version: number = VERSION.tls10;
  /** `hello`: waiting for one; `flown`: the first flight was sent; `garbled`: believes in keys it has not. */
  #state: "first" | "hello" | "flown" | "garbled" | "over" = "first";
  #busy: Promise<void> = Promise.resolve();

  constructor(responder: TlsResponder, socket: Socket, number: number) {
    this.#responder = responder;
    this.#script = responder.script;
    this.#socket = socket;
    this.#number = number;
  }

  begin(): void {
    // One chunk after the other, also while an answer is delayed.
    this.#socket.on("data", (chunk) => {
      this.#busy = this.#busy.then(() => this.#take(chunk));
    });
  }

  async #take(chunk: Buffer): Promise<void> {
    if (this.#state === "over") return;
    const { resetEvery } = this.#script;
    if (resetEvery !== undefined && this.#number % resetEvery === 0) return this.#react("reset");
    if (this.#state === "first") {
      this.#state = "hello";
      if ((chunk[0]! & 0x80) !== 0) return await this.#sslv2(chunk);
    }
    this.#records.feed(chunk);
    for (;;) {
      const record = this.#records.next();
      if (record.kind === "need-more" || this.#ended) return;
      if (record.kind === "violation") return this.#react({ alert: ALERT.unexpected_message });
      await this.#record(record);
    }
  }

  get #ended(): boolean {
    return this.#state === "over";
  }

  async #sslv2(chunk: Buffer): Promise<void> {
    const kindsLength = chunk.length > 7 ? chunk.readUInt16BE(5) : 0;
    const offered: number[] = [];
    for (let at = 11; at + 3 <= Math.min(chunk.length, 11 + kindsLength); at += 3)
      offered.push(chunk.readUIntBE(at, 3));
    this.#responder.sslv2Hellos.push(offered);
    await this.#delay();
    const { sslv2 } = this.#script;
    if (sslv2 === undefined)
      return this.#react(this.#script.withoutSslv2 ?? { alert: ALERT.protocol_version });
    const kinds = sslv2.all === true ? sslv2.kinds : sslv2.kinds.filter((kind) => offered.includes(kind));
    this.#socket.write(sslv2ServerHello(sslv2.certificate, kinds));
    this.#state = "flown";
  }

  async #record(record: RecordMessage): Promise<void> {
    if (this.#state === "garbled") {
      this.#note(record.type);
      return this.#react({ alert: ALERT.bad_record_mac });
    }
    if (record.type === RECORD.handshake) {
      this.#messages.feed(record.payload);
      for (let message = this.#messages.next(); message.kind === "message" && !this.#ended; ) {
        if (message.type === HANDSHAKE.clientHello && this.#state === "hello") {
          await this.#hello(message.body, message.raw.length, record.version);
        } else {
          this.#note(record.type, message.type);
          if (this.#state === "flown")
            this.#react(this.#script.afterFlight ?? { alert: ALERT.handshake_failure });
        }
        message = this.#messages.next();
      }
      return;
    }
    this.#note(record.type);
    if (record.type === RECORD.heartbeat && heartbeats(this.#script)) return this.#heartbeat(record.payload);
    if (record.type === RECORD.changeCipherSpec && this.#state === "flown") {
      if (this.#script.earlyChangeCipherSpec !== "accepted")
        return this.#react({ alert: ALERT.unexpected_message });
      this.#state = "garbled";
    }
  }

  async #hello(body: Buffer, bytes: number, recordVersion: number): Promise<void> {
    const hello = parseClientHello(body);
    if (hello.kind === "violation") return this.#react({ alert: ALERT.decode_error });
    this.#responder.hellos.push({ connection: this.#number, recordVersion, hello, bytes });
    await this.#delay();
    const stop = this.#script.before?.(hello, this.#number);
    if (stop !== undefined) return this.#react(stop);
    const found = answer(this.#script, hello, bytes);
    if (found.kind === "reaction") return this.#react(found.reaction);
    this.#version = found.version;
    if (found.warning !== undefined) this.#alert(ALERT_LEVEL.warning, found.warning);
    const most = this.#script.fragmentBytes ?? found.messages.length;
    for (let at = 0; at < found.messages.length; at += most) {
      this.#socket.write(
        encodeRecord(RECORD.handshake, found.version, found.messages.subarray(at, at + most)),
      );
    }
    if (found.retry) return;
    this.#state = "flown";
    if (found.modern) this.#react(this.#script.afterServerHello ?? "silence");
  }

  /** RFC 6520 §4. A sound server drops what claims more than it holds; a vulnerable one fills it up. */
  #heartbeat(payload: Buffer): void {
    if (payload.length < 3 || payload[0] !== 1) return;
    const claimed = payload.readUInt16BE(1);
    const held = payload.subarray(3, 3 + claimed);
    const sound = payload.length >= 3 + claimed + 16;
    if (!sound && this.#script.heartbeat !== "vulnerable") return;
    const filled = Buffer.concat([held, randomBytes(claimed - held.length)]);
    const head = Buffer.from([2, claimed >> 8, claimed & 0xff]);
    this.#socket.write(
      encodeRecord(RECORD.heartbeat, this.#version, Buffer.concat([head, filled, randomBytes(16)])),
    );
  }

  #note(recordType: number, messageType?: number): void {
    this.#responder.messages.push({ connection: this.#number, recordType, messageType });
  }

  async #delay(): Promise<void> {
    if (this.#script.delayMs !== undefined) await sleep(this.#script.delayMs);
  }

  #react(what: Reaction): void {
    if (what === "silence") return;
    if (typeof what === "object" && "warning" in what) {
      this.#alert(ALERT_LEVEL.warning, what.warning);
      return;
    }
    this.#state = "over";
    if (what === "reset") this.#socket.resetAndDestroy();
    else {
      if (what !== "close") this.#alert(ALERT_LEVEL.fatal, what.alert);
      this.#socket.end();
    }
  }

  #alert(level: number, description: number): void {
    this.#socket.write(encodeRecord(RECORD.alert, this.#version, Buffer.from([level, description])));
  }
}
