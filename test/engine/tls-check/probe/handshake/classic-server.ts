// The server's half of TLS 1.0 to 1.2, sound or with an ailment of choice: what no server of today has any more
// is written here from the descriptions of it. Only for tests; it checks no more than they need.
import { constants, privateDecrypt, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { ALERT } from "../../../../../src/core/framing/tls/alerts.ts";
import { ByteReader } from "../../../../../src/core/framing/tls/byte-reader.ts";
import {
  u8,
  u16,
  u32,
  vector8,
  vector16,
  vector24,
} from "../../../../../src/core/framing/tls/byte-writer.ts";
import { type ClientHello, parseClientHello } from "../../../../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../../../src/core/framing/tls/extension-types.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../../src/core/framing/tls/handshake.ts";
import { RECORD, VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { parseServerHello } from "../../../../../src/core/framing/tls/server-messages.ts";
import { cipherSpec } from "../../../../../src/engine/tls-check/probe/handshake/cipher-spec.ts";
import { keySizes } from "../../../../../src/engine/tls-check/probe/handshake/ciphers.ts";
import type { ClassicFlight } from "../../../../../src/engine/tls-check/probe/handshake/classic-flight.ts";
import {
  deriveCiphers,
  deriveMaster,
  finishedMessage,
  prfHash,
} from "../../../../../src/engine/tls-check/probe/handshake/classic-handshake.ts";
import {
  type KeyShare,
  makeKeyShare,
} from "../../../../../src/engine/tls-check/probe/handshake/key-shares.ts";
import { keyBlock, type WriteKeys } from "../../../../../src/engine/tls-check/probe/handshake/prf.ts";
import type { RecordCipher } from "../../../../../src/engine/tls-check/probe/handshake/record-cipher.ts";
import {
  type Incoming,
  RecordLayer,
} from "../../../../../src/engine/tls-check/probe/handshake/record-layer.ts";
import { makeSignature } from "../../../../../src/engine/tls-check/probe/handshake/signatures.ts";
import { LinkLost } from "../../../../../src/engine/tls-check/probe/link.ts";
import { carelessCipher } from "./careless-cipher.ts";
import type { TestCredentials } from "./credentials.ts";
import { SocketTransport } from "./socket-transport.ts";

export interface ClassicServerOptions {
  readonly credentials: TestCredentials;
  /** In the server's order. */
  readonly suites?: readonly number[];
  readonly version?: number;
  readonly extendedMasterSecret?: boolean;
  readonly encryptThenMac?: boolean;
  readonly tickets?: boolean;
  readonly ids?: boolean;
  readonly clientCertificate?: "requested" | "required";
  /** What becomes of a ClientHello after the handshake. Default: alert no_renegotiation. */
  readonly renegotiation?: "refuse" | "accept" | "close" | "ignore";
  /** `sound` takes the extension up and keeps to RFC 6520. */
  readonly heartbeat?: "sound" | "bleeding";
  /** Takes up change_cipher_spec at any time (CVE-2014-0224). */
  readonly earlyCcs?: boolean;
  /** Tells what is wrong with the padding of a premaster secret. */
  readonly robot?: "weak" | "strong" | "only-without-finished" | "unsteady";
  /** Echoes 32 bytes of session id whatever came (CVE-2016-9244). */
  readonly ticketbleed?: boolean;
  /** `unchecked`: only the last byte of CBC padding counts; `oracle`: it has an alert of its own. */
  readonly padding?: "unchecked" | "oracle" | "nothing-checked";
  /** Its Finished does not fit. */
  readonly wrongFinished?: boolean;
  /** Called when a connection is through; for what tests want to know. */
  readonly onFinished?: (facts: { readonly resumed: boolean }) => void;
}

export const SUITES = {
  ecdheGcm: 0xc02f,
  ecdheCbc: 0xc013,
  rsaGcm: 0x009c,
  rsaCbc: 0x002f,
} as const;

class Alerted extends Error {
  readonly description: number;

  constructor(description: number) {
    super(`alert ${description}`);
    this.description = description;
  }
}

interface Kept {
  readonly master: Buffer;
  readonly suite: number;
}

/** One server: what its connections share. */
export class ClassicServer {
  readonly #options: ClassicServerOptions;
  readonly #sessions = new Map<string, Kept>();
  #exchanges = 0;

  constructor(options: ClassicServerOptions) {
    this.#options = options;
  }

  /** For `ScriptedServer.start`. */
  readonly script = (socket: Socket): void => {
    const layer = new RecordLayer(new SocketTransport(socket), this.#options.version ?? VERSION.tls12, false);
    this.#serve(layer).catch((error: unknown) => {
      if (error instanceof Alerted) layer.sendAlert(2, error.description);
      else if (!(error instanceof LinkLost)) console.error(error);
      socket.end();
    });
  };

  async #serve(layer: RecordLayer): Promise<void> {
    const first = await expect(layer, HANDSHAKE.clientHello);
    const hello = parseClientHello(first.body);
    if (hello.kind === "violation") throw new Alerted(ALERT.decode_error);
    const version = this.#options.version ?? VERSION.tls12;
    if (hello.legacyVersion < version) throw new Alerted(ALERT.protocol_version);
    const kept = this.#lookUp(hello);
    const suites = this.#options.suites ?? Object.values(SUITES);
    const suite = kept?.suite ?? suites.find((code) => hello.suites.includes(code));
    if (suite === undefined) throw new Alerted(ALERT.handshake_failure);
    const flight = this.#hello(hello, first.raw, version, suite, kept !== undefined);
    if (kept === undefined) await this.#whole(layer, flight, hello);
    else await this.#abbreviated(layer, flight, kept);
    this.#options.onFinished?.({ resumed: kept !== undefined });
    await this.#afterwards(layer);
  }

  #lookUp(hello: ClientHello): Kept | undefined {
    const ticket = hello.extensions.get(EXTENSION.sessionTicket);
    if (this.#options.tickets === true && ticket !== undefined && ticket.length > 0) {
      return this.#sessions.get(ticket.toString("hex"));
    }
    return this.#options.ids === true ? this.#sessions.get(hello.sessionId.toString("hex")) : undefined;
  }

  /** ServerHello, and what `deriveCiphers` and others want to know of a handshake. */
  #hello(hello: ClientHello, raw: Buffer, version: number, suite: number, resumed: boolean): ClassicFlight {
    const { tickets, ids, heartbeat, extendedMasterSecret, encryptThenMac, ticketbleed } = this.#options;
    const has = (type: number): boolean => hello.extensions.has(type);
    const cipher = cipherSpec(suite)!;
    const extensions: [number, Buffer][] = [];
    if (has(EXTENSION.renegotiationInfo)) extensions.push([EXTENSION.renegotiationInfo, u8(0)]);
    if (extendedMasterSecret === true && has(EXTENSION.extendedMasterSecret)) {
      extensions.push([EXTENSION.extendedMasterSecret, Buffer.alloc(0)]);
    }
    if (encryptThenMac === true && has(EXTENSION.encryptThenMac) && cipher.protection.kind === "cbc") {
      extensions.push([EXTENSION.encryptThenMac, Buffer.alloc(0)]);
    }
    if (tickets === true && has(EXTENSION.sessionTicket) && !resumed) {
      extensions.push([EXTENSION.sessionTicket, Buffer.alloc(0)]);
    }
    if (heartbeat !== undefined && has(EXTENSION.heartbeat)) extensions.push([EXTENSION.heartbeat, u8(1)]);
    let id: Buffer =
      ids === true && !(tickets === true && has(EXTENSION.sessionTicket)) ? randomBytes(32) : Buffer.alloc(0);
    if (resumed) {
      id = hello.sessionId;
      if (ticketbleed === true && id.length < 32)
        id = Buffer.concat([id, Buffer.alloc(32 - id.length, 0x5a)]);
    }
    const body = Buffer.concat([
      ...[u16(version), randomBytes(32), vector8(id), u16(suite), u8(0)],
      vector16(...extensions.flatMap(([type, value]) => [u16(type), vector16(value)])),
    ]);
    const parsed = parseServerHello(body);
    if (parsed.kind === "violation") throw new Error(parsed.what);
    return {
      kind: "flight",
      spec: { ...hello, extensions: [] },
      hello: parsed,
      cipher,
      chain: [],
      keyExchange: undefined,
      request: undefined,
      abbreviated: resumed,
      ticket: undefined,
      messages: [raw, encodeHandshake(HANDSHAKE.serverHello, body)],
    };
  }

  async #whole(layer: RecordLayer, flight: ClassicFlight, hello: ClientHello): Promise<void> {
    const { credentials, clientCertificate } = this.#options;
    const { messages, hello: answer, cipher } = flight;
    let share: KeyShare | undefined;
    messages.push(encodeHandshake(HANDSHAKE.certificate, vector24(vector24(credentials.der))));
    if (cipher.keyExchange === "ecdhe") {
      share = makeKeyShare(0x0017)!;
      const parameters = Buffer.concat([u8(3), u16(0x0017), vector8(share.publicKey)]);
      const signed = Buffer.concat([hello.random, answer.random, parameters]);
      const signature = vector16(makeSignature(0x0401, credentials.key, signed));
      const scheme = answer.version >= VERSION.tls12 ? u16(0x0401) : Buffer.alloc(0);
      messages.push(
        encodeHandshake(HANDSHAKE.serverKeyExchange, Buffer.concat([parameters, scheme, signature])),
      );
    }
    if (clientCertificate !== undefined) {
      const body = Buffer.concat([vector8(u8(1)), vector16(u16(0x0401)), vector16()]);
      messages.push(encodeHandshake(HANDSHAKE.certificateRequest, body));
    }
    messages.push(encodeHandshake(HANDSHAKE.serverHelloDone, Buffer.alloc(0)));
    layer.send(RECORD.handshake, Buffer.concat(messages.slice(1)));
    await this.#clientFlight(layer, flight, share);
  }

  async #clientFlight(layer: RecordLayer, flight: ClassicFlight, share: KeyShare | undefined): Promise<void> {
    const { messages } = flight;
    let premaster: Buffer | undefined;
    for (;;) {
      const event = await this.#next(layer);
      if (event.kind === "alert") throw new LinkLost("eof", "the client said goodbye");
      if (event.kind === "record") {
        if (event.type !== RECORD.changeCipherSpec) throw new Alerted(ALERT.unexpected_message);
        if (premaster !== undefined) break;
        if (this.#options.earlyCcs !== true) throw new Alerted(ALERT.unexpected_message);
        layer.readWith(this.#reader(flight, Buffer.alloc(0)));
        continue;
      }
      if (event.kind === "violation") throw new Alerted(ALERT.bad_record_mac);
      messages.push(event.raw);
      if (event.type === HANDSHAKE.certificate) {
        const empty = event.body.length === 3;
        if (empty && this.#options.clientCertificate === "required")
          throw new Alerted(ALERT.handshake_failure);
      } else if (event.type === HANDSHAKE.clientKeyExchange) {
        premaster = share === undefined ? this.#decrypt(event.body, flight) : agree(share, event.body);
      } else if (event.type !== HANDSHAKE.certificateVerify) throw new Alerted(ALERT.unexpected_message);
    }
    const upTo = messages.findIndex((raw) => raw[0] === HANDSHAKE.clientKeyExchange) + 1;
    const master = deriveMaster(flight, premaster, messages.slice(0, upTo));
    layer.readWith(this.#reader(flight, master));
    const finished = await this.#next(layer);
    if (finished.kind === "violation") {
      throw new Alerted(finished.what === "padding" ? ALERT.decryption_failed : ALERT.bad_record_mac);
    }
    const expected = finishedMessage(flight, master, "client").message;
    if (finished.kind !== "message" || !finished.raw.equals(expected)) throw new Alerted(ALERT.decrypt_error);
    messages.push(finished.raw);
    this.#finish(layer, flight, master);
  }

  #finish(layer: RecordLayer, flight: ClassicFlight, master: Buffer): void {
    const { messages, hello } = flight;
    const kept = { master, suite: hello.suite };
    if (hello.sessionId.length > 0) this.#sessions.set(hello.sessionId.toString("hex"), kept);
    if (hello.extensions.has(EXTENSION.sessionTicket)) {
      const ticket = randomBytes(40);
      this.#sessions.set(ticket.toString("hex"), kept);
      const message = encodeHandshake(
        HANDSHAKE.newSessionTicket,
        Buffer.concat([u32(7200), vector16(ticket)]),
      );
      messages.push(message);
      layer.send(RECORD.handshake, message);
    }
    const { message } = finishedMessage(flight, master, "server");
    if (this.#options.wrongFinished === true) message[4]! ^= 1;
    layer.send(RECORD.changeCipherSpec, u8(1));
    layer.writeWith(deriveCiphers(flight, master).server);
    layer.send(RECORD.handshake, message);
  }

  async #abbreviated(layer: RecordLayer, flight: ClassicFlight, { master }: Kept): Promise<void> {
    const { messages } = flight;
    layer.send(RECORD.handshake, messages[1]!);
    const { message } = finishedMessage(flight, master, "server");
    layer.send(RECORD.changeCipherSpec, u8(1));
    layer.writeWith(deriveCiphers(flight, master).server);
    layer.send(RECORD.handshake, message);
    messages.push(message);
    const change = await this.#next(layer);
    if (change.kind === "alert") throw new LinkLost("eof", "the client said goodbye");
    if (change.kind !== "record" || change.type !== RECORD.changeCipherSpec) {
      throw new Alerted(ALERT.unexpected_message);
    }
    layer.readWith(this.#reader(flight, master));
    const finished = await this.#next(layer);
    const expected = finishedMessage(flight, master, "client").message;
    if (finished.kind !== "message" || !finished.raw.equals(expected)) throw new Alerted(ALERT.decrypt_error);
  }

  /** After the handshake: a goodbye, or a request to renegotiate. */
  async #afterwards(layer: RecordLayer): Promise<void> {
    for (;;) {
      const event = await this.#next(layer);
      if (event.kind === "alert") {
        layer.sendAlert(1, ALERT.close_notify);
        throw new LinkLost("eof", "the client said goodbye");
      }
      if (event.kind !== "message" || event.type !== HANDSHAKE.clientHello)
        throw new Alerted(ALERT.unexpected_message);
      switch (this.#options.renegotiation) {
        case "accept": {
          const hello = parseClientHello(event.body);
          if (
            hello.kind === "violation" ||
            (hello.extensions.get(EXTENSION.renegotiationInfo)?.length ?? 0) !== 13
          ) {
            throw new Alerted(ALERT.handshake_failure);
          }
          const answer = this.#hello(hello, event.raw, VERSION.tls12, hello.suites[0]!, false);
          layer.send(RECORD.handshake, answer.messages[1]!);
          break;
        }
        case "close":
          throw new LinkLost("eof", "no renegotiation");
        case "ignore":
          break;
        default:
          layer.sendAlert(1, ALERT.no_renegotiation);
      }
    }
  }

  /** Answers heartbeats on the way. */
  async #next(layer: RecordLayer): Promise<Incoming> {
    for (;;) {
      const event = await layer.next();
      if (event.kind !== "record" || event.type !== RECORD.heartbeat) return event;
      const announced = event.payload.readUInt16BE(1);
      if (this.#options.heartbeat === "sound" && announced + 19 > event.payload.length) continue;
      const payload = Buffer.alloc(announced, 0x5a);
      event.payload.copy(payload, 0, 3);
      layer.send(RECORD.heartbeat, Buffer.concat([u8(2), u16(announced), payload, randomBytes(16)]));
    }
  }

  #reader(flight: ClassicFlight, master: Buffer): RecordCipher {
    const { padding } = this.#options;
    if (padding === undefined) return deriveCiphers(flight, master).client;
    const keys: WriteKeys = keyBlock(
      prfHash(flight),
      master,
      flight.spec.random,
      flight.hello.random,
      keySizes(flight.hello.suite, flight.hello.version),
    ).client;
    return carelessCipher(flight.cipher, keys, padding);
  }

  /** The premaster secret; a random one for anything that is not right, unless the server has an ailment. */
  #decrypt(body: Buffer, flight: ClassicFlight): Buffer {
    const { key } = this.#options.credentials;
    const encrypted = new ByteReader(body).vector16();
    const block = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encrypted);
    const startsRight = block[0] === 0 && block[1] === 2;
    const zero = block.indexOf(0, 2);
    const right = startsRight && zero === block.length - 49;
    const version = right && block.readUInt16BE(zero + 1) === flight.spec.legacyVersion;
    const turn = this.#exchanges++;
    switch (this.#options.robot) {
      case "weak":
        if (!version) throw new Alerted(ALERT.illegal_parameter);
        break;
      case "strong":
        if (!startsRight) throw new Alerted(ALERT.decrypt_error);
        if (!version) throw new Alerted(ALERT.handshake_failure);
        break;
      case "only-without-finished":
        if (!right) throw new Alerted(ALERT.bad_record_mac);
        break;
      case "unsteady":
        // Three answers in turn never repeat themselves over rounds of five.
        if (turn % 3 === 0) throw new Alerted(ALERT.internal_error);
        if (turn % 3 === 1) throw new Alerted(ALERT.decrypt_error);
    }
    return version ? block.subarray(zero + 1) : randomBytes(48);
  }
}

function agree(share: KeyShare, body: Buffer): Buffer {
  const premaster = share.agree(new ByteReader(body).vector8());
  if (premaster === undefined) throw new Alerted(ALERT.illegal_parameter);
  return premaster;
}

async function expect(layer: RecordLayer, type: number): Promise<Extract<Incoming, { kind: "message" }>> {
  const event = await layer.next();
  if (event.kind !== "message" || event.type !== type) throw new Alerted(ALERT.unexpected_message);
  return event;
}
