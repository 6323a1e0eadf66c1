// A TLS server as a description: which versions, suites, groups it takes, in whose order, and what it does
// instead of answering. It sends the first flight and computes nothing, so it can "speak" what no library does.
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import {
  codes,
  u16,
  u24,
  vector8,
  vector16,
  vector24,
} from "../../../../src/core/framing/tls/byte-writer.ts";
import { type ClientHello, parseClientHello } from "../../../../src/core/framing/tls/client-hello.ts";
import { EXTENSION } from "../../../../src/core/framing/tls/extension-types.ts";
import { encodeHandshake, HANDSHAKE, HandshakeReader } from "../../../../src/core/framing/tls/handshake.ts";
import { encodeRecord, RECORD, RecordReader, VERSION } from "../../../../src/core/framing/tls/record.ts";
import { DOWNGRADE_TLS12, RETRY_RANDOM } from "../../../../src/core/framing/tls/server-messages.ts";
import { keyExchangeForm, suite } from "../../../../src/engine/tls-check/registry/suites.ts";
import { ScriptedServer } from "./scripted.ts";

export interface Model {
  /** Wire versions. */
  readonly versions: readonly number[];
  /** Codes in the server's order; of TLS 1.3 too. */
  readonly suites: readonly number[];
  readonly serverOrder?: boolean;
  readonly groups?: readonly number[];
  readonly schemes?: readonly number[];
  readonly alpn?: readonly string[];
  /** Extensions that it takes up when offered, with the body it answers. */
  readonly takes?: ReadonlyMap<number, Buffer>;
  readonly compression?: boolean;
  /** DER by authentication of the suite. */
  readonly certificates?: Readonly<Record<string, readonly Buffer[]>>;
  readonly dh?: { readonly p: Buffer; readonly g: Buffer };
  /** Names of its authorities, DER: it asks for a client certificate. */
  readonly authorities?: readonly Buffer[];
  readonly sentinel?: boolean;
  /** Looks at a hello first; answers bytes, "close", "reset" or "hang" in place of what follows, or undefined. */
  readonly before?: (hello: ClientHello, number: number) => Buffer | "close" | "reset" | "hang" | undefined;
  /** What SSLv2 hellos get. Default: alert protocol_version. */
  readonly sslv2?: Buffer | "close";
}

export function alert(description: number, level = 2): Buffer {
  return encodeRecord(RECORD.alert, VERSION.tls10, Buffer.from([level, description]));
}

export function startModel(model: Model): Promise<ScriptedServer> {
  return ScriptedServer.start((socket, number) => serveModel(model, socket, number));
}

function serveModel(model: Model, socket: Socket, number: number): void {
  const records = new RecordReader();
  const messages = new HandshakeReader();
  let first = true;
  socket.on("data", (bytes) => {
    if (first && (bytes[0]! & 0x80) !== 0) return act(socket, model.sslv2 ?? alert(70));
    first = false;
    records.feed(bytes);
    for (let record = records.next(); record.kind === "record"; record = records.next())
      messages.feed(record.payload);
    const message = messages.next();
    if (message.kind !== "message" || message.type !== HANDSHAKE.clientHello) return;
    const hello = parseClientHello(message.body);
    if (hello.kind !== "client-hello") return act(socket, alert(50));
    act(socket, model.before?.(hello, number) ?? answer(model, hello));
  });
}

function act(socket: Socket, what: Buffer | "close" | "reset" | "hang"): void {
  if (what === "hang") return;
  if (what === "reset") socket.resetAndDestroy();
  else if (what === "close") socket.end();
  else socket.write(what);
}

function list(body: Buffer | undefined): number[] {
  const found: number[] = [];
  for (let at = 2; body !== undefined && at + 1 < body.length; at += 2) found.push(body.readUInt16BE(at));
  return found;
}

function choose<T>(theirs: readonly T[], ours: readonly T[], serverOrder: boolean): T | undefined {
  return serverOrder ? ours.find((one) => theirs.includes(one)) : theirs.find((one) => ours.includes(one));
}

export function answer(model: Model, hello: ClientHello): Buffer {
  const { extensions } = hello;
  const order = model.serverOrder === true;
  const offered = versionsOf(hello);
  const version = Math.max(...model.versions.filter((one) => offered(one)), 0);
  if (version === 0) return alert(70);
  const modern = version === VERSION.tls13;
  const groups = choose(list(extensions.get(EXTENSION.supportedGroups)), model.groups ?? [0x0017], order);
  const scheme = choose(
    list(extensions.get(EXTENSION.signatureAlgorithms)),
    model.schemes ?? [0x0804],
    order,
  );
  const able = model.suites.filter((code) => {
    const facts = suite(code)!;
    if ((facts.maxVersion === "TLSv1.3") !== modern) return false;
    const signs = ["ECDHE", "DHE"].includes(facts.keyExchange) && facts.authentication !== "anon";
    if (signs && version === VERSION.tls12 && scheme === undefined) return false;
    if (facts.keyExchange === "ECDHE" && version > VERSION.ssl3) return groups !== undefined;
    return !modern || groups !== undefined;
  });
  const chosen = choose(hello.suites, able, order);
  if (chosen === undefined) return alert(40);
  const name = choose(namesOf(extensions.get(EXTENSION.alpn)), model.alpn ?? [], order);
  if (modern) return retry(hello, chosen, groups!);
  const random = randomBytes(32);
  if (model.sentinel === true) DOWNGRADE_TLS12.copy(random, 24);
  const taken = [...(model.takes ?? [])].filter(([type]) => extensions.has(type));
  if (name !== undefined) taken.push([EXTENSION.alpn, vector16(vector8(Buffer.from(name)))]);
  const block =
    taken.length === 0 ? [] : [vector16(...taken.flatMap(([type, body]) => [u16(type), vector16(body)]))];
  const compression = model.compression === true && hello.compressions.includes(1) ? 1 : 0;
  const flight = [
    encodeHandshake(
      HANDSHAKE.serverHello,
      Buffer.concat([u16(version), random, vector8(), u16(chosen), Buffer.from([compression]), ...block]),
    ),
  ];
  const facts = suite(chosen)!;
  const chain = model.certificates?.[facts.authentication];
  if (chain !== undefined) {
    const certificates = vector24(...chain.map((der) => vector24(der)));
    flight.push(encodeHandshake(HANDSHAKE.certificate, certificates));
  }
  const exchange = keyExchange(
    model,
    chosen,
    groups ?? 0x0017,
    version >= VERSION.tls12 ? scheme : undefined,
  );
  if (exchange !== undefined) flight.push(encodeHandshake(HANDSHAKE.serverKeyExchange, exchange));
  if (model.authorities !== undefined) {
    const schemes = version >= VERSION.tls12 ? [vector16(codes([0x0403]))] : [];
    const names = vector16(...model.authorities.map((der) => vector16(der)));
    const request = Buffer.concat([vector8(Buffer.from([1, 64])), ...schemes, names]);
    flight.push(encodeHandshake(HANDSHAKE.certificateRequest, request));
  }
  flight.push(encodeHandshake(HANDSHAKE.serverHelloDone, Buffer.alloc(0)));
  return encodeRecord(RECORD.handshake, version, Buffer.concat(flight));
}

function versionsOf(hello: ClientHello): (version: number) => boolean {
  const body = hello.extensions.get(EXTENSION.supportedVersions);
  if (body === undefined) return (version) => version <= Math.min(hello.legacyVersion, VERSION.tls12);
  const offered: number[] = [];
  for (let at = 1; at + 1 < body.length; at += 2) offered.push(body.readUInt16BE(at));
  return (version) => offered.includes(version);
}

function namesOf(body: Buffer | undefined): string[] {
  const names: string[] = [];
  for (let at = 2; body !== undefined && at < body.length; at += 1 + body[at]!) {
    names.push(body.toString("latin1", at + 1, at + 1 + body[at]!));
  }
  return names;
}

function retry(hello: ClientHello, chosen: number, group: number): Buffer {
  const extensions = vector16(
    Buffer.concat([u16(EXTENSION.supportedVersions), vector16(u16(VERSION.tls13))]),
    Buffer.concat([u16(EXTENSION.keyShare), vector16(u16(group))]),
  );
  const body = Buffer.concat([
    u16(VERSION.tls12),
    RETRY_RANDOM,
    vector8(hello.sessionId),
    u16(chosen),
    Buffer.from([0]),
    extensions,
  ]);
  return encodeRecord(RECORD.handshake, VERSION.tls12, encodeHandshake(HANDSHAKE.serverHello, body));
}

function keyExchange(
  model: Model,
  chosen: number,
  group: number,
  scheme: number | undefined,
): Buffer | undefined {
  const form = keyExchangeForm(suite(chosen)!);
  if (form === undefined) return undefined;
  const signature = Buffer.concat([
    ...(scheme === undefined ? [] : [u16(scheme)]),
    vector16(Buffer.alloc(64)),
  ]);
  const signed = form.endsWith("anon") ? [] : [signature];
  if (form.startsWith("ecdh")) {
    return Buffer.concat([Buffer.from([3]), u16(group), vector8(Buffer.alloc(65, 4)), ...signed]);
  }
  if (form === "rsa-export") {
    return Buffer.concat([vector16(Buffer.alloc(64, 0xff)), vector16(Buffer.from([1, 0, 1])), ...signed]);
  }
  const { p, g } = model.dh ?? { p: Buffer.alloc(128, 0xff), g: Buffer.from([2]) };
  return Buffer.concat([vector16(p), vector16(g), vector16(Buffer.alloc(p.length, 1)), ...signed]);
}

/** SSLv2 ServerHello that accepts these kinds of cipher. */
export function sslv2Hello(kinds: readonly number[], certificate: Buffer): Buffer {
  const body = Buffer.concat([
    Buffer.from([4, 0, 1]),
    u16(2),
    u16(certificate.length),
    u16(kinds.length * 3),
    u16(16),
    certificate,
    ...kinds.map((kind) => u24(kind)),
    Buffer.alloc(16, 9),
  ]);
  return Buffer.concat([u16(0x8000 | body.length), body]);
}
