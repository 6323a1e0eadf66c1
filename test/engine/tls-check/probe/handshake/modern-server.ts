// The server's half of TLS 1.3, with what real servers here do not do: cookies, compressed certificates, a
// Finished that is wrong, messages out of place. Only for tests; it checks no more than they need.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { brotliCompressSync, deflateSync } from "node:zlib";
import { ALERT } from "../../../../../src/core/framing/tls/alerts.ts";
import { ByteReader } from "../../../../../src/core/framing/tls/byte-reader.ts";
import {
  u8,
  u16,
  u24,
  u32,
  vector8,
  vector16,
  vector24,
} from "../../../../../src/core/framing/tls/byte-writer.ts";
import { type ClientHello, parseClientHello } from "../../../../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../../../src/core/framing/tls/extension-types.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../../src/core/framing/tls/handshake.ts";
import { RECORD, VERSION } from "../../../../../src/core/framing/tls/record.ts";
import { RETRY_RANDOM } from "../../../../../src/core/framing/tls/server-messages.ts";
import { cipherSpec } from "../../../../../src/engine/tls-check/probe/handshake/cipher-spec.ts";
import { modernCipher } from "../../../../../src/engine/tls-check/probe/handshake/ciphers.ts";
import {
  finishedMac,
  type HandshakeHash,
  KeySchedule,
} from "../../../../../src/engine/tls-check/probe/handshake/key-schedule.ts";
import { makeKeyShare } from "../../../../../src/engine/tls-check/probe/handshake/key-shares.ts";
import {
  type Incoming,
  RecordLayer,
} from "../../../../../src/engine/tls-check/probe/handshake/record-layer.ts";
import {
  chooseScheme,
  makeSignature,
  signedContent,
} from "../../../../../src/engine/tls-check/probe/handshake/signatures.ts";
import { Transcript } from "../../../../../src/engine/tls-check/probe/handshake/transcript.ts";
import { LinkLost } from "../../../../../src/engine/tls-check/probe/link.ts";
import type { TestCredentials } from "./credentials.ts";
import { SocketTransport } from "./socket-transport.ts";

export interface ModernServerOptions {
  /** Tried in this order against the client's schemes. */
  readonly credentials: readonly TestCredentials[];
  readonly suite?: number;
  readonly group?: number;
  /** Asks for its group by HelloRetryRequest, with this cookie, whatever the hello has. */
  readonly cookie?: Buffer;
  readonly compress?: "zlib" | "brotli" | "bomb" | "wrong-size" | "unknown";
  readonly clientCertificate?: "requested" | "required";
  readonly staple?: Buffer;
  readonly scts?: Buffer;
  readonly wrong?: "finished" | "signature" | "order" | "record" | "group" | "suite";
  /** An alert in place of what comes under keys: in the clear, or protected. */
  readonly alert?: "clear" | "protected";
  /** It gives as many, and takes none of them back. */
  readonly tickets?: number;
  /** Its tickets allow that much early data. */
  readonly maxEarlyDataBytes?: number;
  /** Signs with the first scheme that its key has, offered or not. */
  readonly stubborn?: boolean;
  readonly onClient?: (facts: { readonly certificates: number; readonly verified: boolean }) => void;
}

const EMPTY = Buffer.alloc(0);

export class ModernServer {
  readonly #options: ModernServerOptions;
  /** Hellos seen, in order. */
  readonly hellos: ClientHello[] = [];

  constructor(options: ModernServerOptions) {
    this.#options = options;
  }

  readonly script = (socket: Socket): void => {
    const layer = new RecordLayer(new SocketTransport(socket), VERSION.tls12, true);
    this.#serve(layer).catch((error: unknown) => {
      if (!(error instanceof LinkLost)) console.error(error);
      socket.end();
    });
  };

  async #serve(layer: RecordLayer): Promise<void> {
    const { suite = 0x1301, group = 0x001d, cookie, wrong } = this.#options;
    const { hash } = cipherSpec(suite)!;
    const transcript = new Transcript();
    let hello = await this.#readHello(layer, transcript);
    if (cookie !== undefined || shareOf(hello, group) === undefined) {
      transcript.foldFirstHello(hash);
      const retry = [
        extension(EXTENSION.supportedVersions, u16(VERSION.tls13)),
        extension(EXTENSION.keyShare, u16(group)),
      ];
      if (cookie !== undefined) retry.push(extension(EXTENSION.cookie, vector16(cookie)));
      send(layer, transcript, serverHello(hello, RETRY_RANDOM, suite, retry));
      hello = await this.#readHello(layer, transcript);
      if (cookie !== undefined && !hello.extensions.get(EXTENSION.cookie)?.equals(vector16(cookie))) {
        layer.sendAlert(2, ALERT.illegal_parameter);
        return;
      }
    }
    const share = makeKeyShare(group)!;
    const secret = share.agree(shareOf(hello, group)!)!;
    const answer = [
      extension(EXTENSION.supportedVersions, u16(VERSION.tls13)),
      extension(
        EXTENSION.keyShare,
        Buffer.concat([u16(wrong === "group" ? 0x0018 : group), vector16(share.publicKey)]),
      ),
    ];
    send(layer, transcript, serverHello(hello, randomBytes(32), wrong === "suite" ? 0x00ff : suite, answer));
    const schedule = new KeySchedule(hash);
    const handshake = schedule.enterHandshake(secret, transcript.hash(hash));
    if (this.#options.alert === "clear") {
      layer.sendAlert(2, ALERT.handshake_failure);
      return;
    }
    layer.send(RECORD.changeCipherSpec, u8(1));
    layer.writeWith(modernCipher(suite, wrong === "record" ? randomBytes(32) : handshake.server));
    layer.readWith(modernCipher(suite, handshake.client));
    if (this.#options.alert === "protected") {
      layer.sendAlert(2, ALERT.unrecognized_name);
      return;
    }
    if (!this.#sendFlight(layer, transcript, hello, hash, handshake.server)) return;
    const application = schedule.enterMaster(transcript.hash(hash));
    layer.writeWith(modernCipher(suite, application.server));
    await this.#readClient(layer, transcript, hash, handshake.client);
    layer.readWith(modernCipher(suite, application.client));
    for (let index = 0; index < (this.#options.tickets ?? 0); index++) {
      const early = this.#options.maxEarlyDataBytes;
      const extensions = early === undefined ? [] : [extension(EXTENSION.earlyData, u32(early))];
      const fields = [
        u32(300),
        u32(5),
        vector8(u8(index)),
        vector16(randomBytes(20)),
        vector16(...extensions),
      ];
      layer.send(RECORD.handshake, encodeHandshake(HANDSHAKE.newSessionTicket, Buffer.concat(fields)));
    }
    const last = await layer.next();
    if (last.kind === "alert") layer.sendAlert(1, ALERT.close_notify);
    throw new LinkLost("eof", "through");
  }

  async #readHello(layer: RecordLayer, transcript: Transcript): Promise<ClientHello> {
    const { raw, body } = await message(layer, HANDSHAKE.clientHello);
    const hello = parseClientHello(body);
    if (hello.kind === "violation") throw new Error(hello.what);
    this.hellos.push(hello);
    transcript.add(raw);
    return hello;
  }

  /** False when it ended in an alert. */
  #sendFlight(
    layer: RecordLayer,
    transcript: Transcript,
    hello: ClientHello,
    hash: HandshakeHash,
    secret: Buffer,
  ): boolean {
    const { wrong, clientCertificate, credentials, stubborn } = this.#options;
    const schemes = new ByteReader(hello.extensions.get(EXTENSION.signatureAlgorithms)!).codes16();
    const all = [0x0804, 0x0805, 0x0806, 0x0403];
    const offered = stubborn === true ? all : schemes;
    const own = credentials.find(({ key }) => chooseScheme(key, offered, true) !== undefined);
    const scheme = own === undefined ? undefined : chooseScheme(own.key, offered, true);
    if (own === undefined || scheme === undefined) {
      layer.sendAlert(2, ALERT.handshake_failure);
      return false;
    }
    const alpn = extension(EXTENSION.alpn, vector16(vector8(Buffer.from("h2"))));
    const encrypted = encodeHandshake(HANDSHAKE.encryptedExtensions, vector16(alpn));
    const add = (raw: Buffer): void => send(layer, transcript, raw);
    if (wrong !== "order") add(encrypted);
    if (clientCertificate !== undefined) {
      const wanted = extension(EXTENSION.signatureAlgorithms, vector16(u16(0x0804)));
      add(encodeHandshake(HANDSHAKE.certificateRequest, Buffer.concat([vector8(), vector16(wanted)])));
    }
    add(this.#certificate(own));
    if (wrong === "order") add(encrypted);
    const signature = makeSignature(scheme, own.key, signedContent("server", transcript.hash(hash)));
    if (wrong === "signature") signature[5]! ^= 1;
    add(encodeHandshake(HANDSHAKE.certificateVerify, Buffer.concat([u16(scheme), vector16(signature)])));
    const mac = finishedMac(hash, secret, transcript.hash(hash));
    if (wrong === "finished") mac[0]! ^= 1;
    add(encodeHandshake(HANDSHAKE.finished, mac));
    return true;
  }

  #certificate({ der }: TestCredentials): Buffer {
    const { staple, scts, compress } = this.#options;
    const extensions = [
      ...(staple === undefined
        ? []
        : [extension(EXTENSION.statusRequest, Buffer.concat([u8(1), vector24(staple)]))]),
      ...(scts === undefined ? [] : [extension(EXTENSION.signedCertificateTimestamp, scts)]),
    ];
    const entry = Buffer.concat([vector24(der), vector16(...extensions)]);
    const body = Buffer.concat([vector8(), vector24(entry)]);
    if (compress === undefined) return encodeHandshake(HANDSHAKE.certificate, body);
    const code = { zlib: 1, brotli: 2, bomb: 1, "wrong-size": 1, unknown: 3 }[compress];
    const content = compress === "bomb" ? Buffer.alloc(8 * 1024 * 1024) : body;
    const size = compress === "bomb" ? 0xffff : compress === "wrong-size" ? body.length + 1 : content.length;
    const packed = compress === "brotli" ? brotliCompressSync(content) : deflateSync(content);
    return encodeHandshake(
      HANDSHAKE.compressedCertificate,
      Buffer.concat([u16(code), u24(size), vector24(packed)]),
    );
  }

  async #readClient(
    layer: RecordLayer,
    transcript: Transcript,
    hash: HandshakeHash,
    secret: Buffer,
  ): Promise<void> {
    let certificates = 0;
    let verified = false;
    for (;;) {
      const event = await message(layer);
      if (event.type === HANDSHAKE.certificate) certificates = event.body.length > 4 ? 1 : 0;
      if (event.type === HANDSHAKE.certificateVerify) verified = true;
      if (event.type !== HANDSHAKE.finished) {
        transcript.add(event.raw);
        continue;
      }
      if (!event.body.equals(finishedMac(hash, secret, transcript.hash(hash)))) {
        layer.sendAlert(2, ALERT.decrypt_error);
        throw new LinkLost("eof", "wrong Finished");
      }
      this.#options.onClient?.({ certificates, verified });
      if (this.#options.clientCertificate === "required" && certificates === 0) {
        layer.sendAlert(2, ALERT.certificate_required);
        throw new LinkLost("eof", "no certificate");
      }
      return;
    }
  }
}

function extension(type: number, body: Buffer): Buffer {
  return Buffer.concat([u16(type), vector16(body)]);
}

function serverHello(
  hello: ClientHello,
  random: Buffer,
  suite: number,
  extensions: readonly Buffer[],
): Buffer {
  const body = Buffer.concat([
    ...[u16(VERSION.tls12), random, vector8(hello.sessionId), u16(suite), u8(0)],
    vector16(...extensions),
  ]);
  return encodeHandshake(HANDSHAKE.serverHello, body);
}

function send(layer: RecordLayer, transcript: Transcript, raw: Buffer): void {
  transcript.add(raw);
  layer.send(RECORD.handshake, raw);
}

function shareOf(hello: ClientHello, group: number): Buffer | undefined {
  const list = new ByteReader(new ByteReader(hello.extensions.get(EXTENSION.keyShare) ?? EMPTY).vector16());
  while (list.left > 0) {
    const code = list.u16();
    const key = list.vector16();
    if (code === group) return key;
  }
  return undefined;
}

async function message(layer: RecordLayer, type?: number): Promise<Extract<Incoming, { kind: "message" }>> {
  const event = await layer.next();
  if (event.kind === "message" && (type === undefined || event.type === type)) return event;
  throw new LinkLost("eof", `the client sent ${event.kind}`);
}
