/**
 * The client's half of a handshake of TLS 1.0 to 1.2, completed: key exchange, keys, Finished, or the
 * abbreviated form (RFC 5246 §7.3). The steps are there one by one, for probes that do one of them wrong.
 */
import { constants, publicEncrypt, randomBytes, timingSafeEqual, X509Certificate } from "node:crypto";
import { vector8, vector16 } from "../../../../core/framing/tls/byte-writer.ts";
import { EXTENSION } from "../../../../core/framing/tls/extension-types.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { RECORD, VERSION } from "../../../../core/framing/tls/record.ts";
import {
  type NewSessionTicket,
  parseNewSessionTicket12,
} from "../../../../core/framing/tls/server-messages.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";
import type { LinkAlert, LinkViolation } from "../link.ts";
import { classicCipher, keySizes } from "./ciphers.ts";
import { type ClassicFlight, nextMessage } from "./classic-flight.ts";
import { classicCertificate, classicCertificateVerify } from "./client-certificate.ts";
import type { ClientIdentity } from "./client-identity.ts";
import { fieldPair, makeKeyShare, stripLeadingZeros } from "./key-shares.ts";
import {
  extendedMasterSecret,
  keyBlock,
  MASTER_BYTES,
  masterSecret,
  type PrfHash,
  transcriptHash,
  verifyData,
} from "./prf.ts";
import type { RecordCipher, RecordFlaws } from "./record-cipher.ts";
import type { RecordLayer } from "./record-layer.ts";
import { chooseScheme } from "./signatures.ts";

export interface KeyExchange {
  readonly kind: "key-exchange";
  /** ClientKeyExchange, header included. */
  readonly message: Buffer;
  readonly premaster: Buffer;
}

/** A session that can be offered again. */
export interface ClassicSession {
  readonly version: number;
  readonly suite: number;
  readonly master: Buffer;
  readonly extendedMasterSecret: boolean;
  /** As the server gave it; empty = it keeps none. */
  readonly id: Buffer;
  /** Undefined, or empty, = it gave none. */
  readonly ticket: NewSessionTicket | undefined;
}

export interface ClassicHandshake {
  readonly kind: "handshake";
  readonly flight: ClassicFlight;
  readonly session: ClassicSession;
  readonly layer: RecordLayer;
  readonly resumed: boolean;
  /** verify_data of the client, for secure renegotiation (RFC 5746 §3.4). */
  readonly clientVerifyData: Buffer;
}

export type ClassicOutcome =
  | ClassicHandshake
  | LinkAlert
  | LinkViolation
  | { readonly kind: "unsupported"; readonly why: string };

export function prfHash(flight: ClassicFlight): PrfHash {
  return flight.hello.version >= VERSION.tls12 ? flight.cipher.hash : "md5-sha1";
}

/** ClientKeyExchange for the key exchange of the flight. */
export function exchangeKeys(
  flight: ClassicFlight,
): KeyExchange | TlsViolation | { readonly kind: "unsupported"; readonly why: string } {
  const parameters = flight.keyExchange?.parameters;
  if (flight.cipher.keyExchange === "rsa") return exchangeRsa(flight);
  if (parameters?.kind === "ecdh") {
    const share = parameters.group === undefined ? undefined : makeKeyShare(parameters.group);
    if (share === undefined)
      return { kind: "unsupported", why: "the server's curve cannot be computed here" };
    const premaster = share.agree(parameters.point);
    if (premaster === undefined) return violation("a point that is not on its curve", "RFC 8422 §5.4");
    return keyExchange(vector8(share.publicKey), premaster);
  }
  if (parameters?.kind === "dh") {
    const pair = fieldPair(parameters.p, parameters.g);
    const premaster = pair?.agree(parameters.y);
    if (pair === undefined || premaster === undefined) {
      return { kind: "unsupported", why: "the server's Diffie-Hellman parameters cannot be computed with" };
    }
    return keyExchange(vector16(pair.publicKey), stripLeadingZeros(premaster));
  }
  return violation("no ServerKeyExchange", "RFC 5246 §7.4.3");
}

function exchangeRsa(flight: ClassicFlight): KeyExchange | TlsViolation {
  const premaster = randomBytes(MASTER_BYTES);
  premaster.writeUInt16BE(flight.spec.legacyVersion, 0);
  try {
    const key = new X509Certificate(flight.chain[0] ?? "").publicKey;
    const encrypted = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, premaster);
    return keyExchange(vector16(encrypted), premaster);
  } catch {
    return violation("a certificate without an RSA key to encrypt to", "RFC 5246 §7.4.2");
  }
}

function keyExchange(body: Buffer, premaster: Buffer): KeyExchange {
  return { kind: "key-exchange", message: encodeHandshake(HANDSHAKE.clientKeyExchange, body), premaster };
}

/** @param messages up to and with ClientKeyExchange */
export function deriveMaster(flight: ClassicFlight, premaster: Buffer, messages: readonly Buffer[]): Buffer {
  const hash = prfHash(flight);
  if (hasExtendedMaster(flight)) return extendedMasterSecret(hash, premaster, transcriptHash(hash, messages));
  return masterSecret(hash, premaster, flight.spec.random, flight.hello.random);
}

export function hasExtendedMaster({ hello }: ClassicFlight): boolean {
  return hello.extensions.has(EXTENSION.extendedMasterSecret);
}

export function deriveCiphers(
  flight: ClassicFlight,
  master: Buffer,
): { client: RecordCipher; server: RecordCipher } {
  const { hello, spec } = flight;
  const block = keyBlock(
    prfHash(flight),
    master,
    spec.random,
    hello.random,
    keySizes(hello.suite, hello.version),
  );
  const encryptThenMac = hello.extensions.has(EXTENSION.encryptThenMac);
  return {
    client: classicCipher(hello.suite, hello.version, block.client, encryptThenMac),
    server: classicCipher(hello.suite, hello.version, block.server, encryptThenMac),
  };
}

export interface FinishOptions {
  readonly identity?: ClientIdentity | undefined;
  /** The session that was offered; needed when the server takes it up. */
  readonly session?: ClassicSession | undefined;
  /** Of the record of the client's Finished. */
  readonly flaws?: RecordFlaws | undefined;
}

/** From the server's flight to the end of the handshake. @throws LinkLost */
export async function finishClassic(
  layer: RecordLayer,
  flight: ClassicFlight,
  options: FinishOptions = {},
): Promise<ClassicOutcome> {
  if (flight.abbreviated) return finishAbbreviated(layer, flight, options.session);
  const exchange = exchangeKeys(flight);
  if (exchange.kind !== "key-exchange") return exchange;
  const { messages } = flight;
  const scheme = clientScheme(flight, options.identity);
  const clear: Buffer[] = [];
  if (flight.request !== undefined)
    clear.push(classicCertificate(scheme === undefined ? undefined : options.identity));
  clear.push(exchange.message);
  messages.push(...clear);
  const master = deriveMaster(flight, exchange.premaster, messages);
  if (scheme !== undefined && options.identity !== undefined) {
    const verify = classicCertificateVerify(scheme, options.identity, messages);
    clear.push(verify);
    messages.push(verify);
  }
  const ciphers = deriveCiphers(flight, master);
  const { mac, message } = finishedMessage(flight, master, "client");
  messages.push(message);
  const before = layer.encode(RECORD.handshake, Buffer.concat(clear));
  const change = layer.encode(RECORD.changeCipherSpec, Buffer.from([1]));
  layer.writeWith(ciphers.client);
  layer.sendEncoded(Buffer.concat([before, change, layer.encode(RECORD.handshake, message, options.flaws)]));
  const end = await readFinished(layer, flight, master, ciphers.server, flight.ticket);
  return end.kind === "end" ? completed(layer, flight, master, end.ticket, mac) : end;
}

/** The server has sent its change_cipher_spec already: first its Finished, then ours. */
async function finishAbbreviated(
  layer: RecordLayer,
  flight: ClassicFlight,
  session: ClassicSession | undefined,
): Promise<ClassicOutcome> {
  if (
    session === undefined ||
    session.suite !== flight.hello.suite ||
    session.version !== flight.hello.version
  ) {
    return violation("a session taken up that was not offered", "RFC 5246 §7.4.1.3");
  }
  const ciphers = deriveCiphers(flight, session.master);
  layer.readWith(ciphers.server);
  const fault = await checkFinished(layer, flight, session.master);
  if (fault !== undefined) return fault;
  const { mac, message } = finishedMessage(flight, session.master, "client");
  flight.messages.push(message);
  const change = layer.encode(RECORD.changeCipherSpec, Buffer.from([1]));
  layer.writeWith(ciphers.client);
  layer.sendEncoded(Buffer.concat([change, layer.encode(RECORD.handshake, message)]));
  return completed(layer, flight, session.master, flight.ticket ?? session.ticket, mac);
}

function completed(
  layer: RecordLayer,
  flight: ClassicFlight,
  master: Buffer,
  ticket: NewSessionTicket | undefined,
  clientVerifyData: Buffer,
): ClassicHandshake {
  const { hello } = flight;
  const session = {
    version: hello.version,
    suite: hello.suite,
    master,
    extendedMasterSecret: hasExtendedMaster(flight),
    id: hello.sessionId,
    ticket,
  };
  return { kind: "handshake", flight, session, layer, resumed: flight.abbreviated, clientVerifyData };
}

type End =
  | { readonly kind: "end"; readonly ticket: NewSessionTicket | undefined }
  | LinkAlert
  | LinkViolation;

/** [NewSessionTicket] change_cipher_spec Finished */
async function readFinished(
  layer: RecordLayer,
  flight: ClassicFlight,
  master: Buffer,
  cipher: RecordCipher,
  known: NewSessionTicket | undefined,
): Promise<End> {
  let ticket = known;
  for (;;) {
    const message = await nextMessage(layer);
    if (message.kind === "alert" || message.kind === "violation") return message;
    if (message.kind === "record") {
      if (message.type !== RECORD.changeCipherSpec) return outOfPlace(`a record of type ${message.type}`);
      break;
    }
    if (message.type !== HANDSHAKE.newSessionTicket) return outOfPlace(`message ${message.type}`);
    const parsed = parseNewSessionTicket12(message.body);
    if (parsed.kind === "violation") return parsed;
    ticket = parsed;
    flight.messages.push(message.raw);
  }
  layer.readWith(cipher);
  return (await checkFinished(layer, flight, master)) ?? { kind: "end", ticket };
}

async function checkFinished(
  layer: RecordLayer,
  flight: ClassicFlight,
  master: Buffer,
): Promise<LinkAlert | LinkViolation | undefined> {
  const message = await nextMessage(layer);
  if (message.kind === "alert" || message.kind === "violation") return message;
  if (message.kind === "record" || message.type !== HANDSHAKE.finished) return outOfPlace("no Finished");
  const { mac } = finishedMessage(flight, master, "server");
  if (message.body.length !== mac.length || !timingSafeEqual(message.body, mac)) {
    return violation("Finished does not fit the handshake", "RFC 5246 §7.4.9");
  }
  flight.messages.push(message.raw);
  return undefined;
}

export function finishedMessage(
  flight: ClassicFlight,
  master: Buffer,
  side: "client" | "server",
): { readonly mac: Buffer; readonly message: Buffer } {
  const mac = verifyData(prfHash(flight), master, side, flight.messages);
  return { mac, message: encodeHandshake(HANDSHAKE.finished, mac) };
}

function clientScheme(flight: ClassicFlight, identity: ClientIdentity | undefined): number | undefined {
  // Before TLS 1.2 a signature has no scheme of its own (RFC 4346 §7.4.8), and none is made here.
  if (identity === undefined || flight.request === undefined || flight.hello.version < VERSION.tls12)
    return undefined;
  return chooseScheme(identity.key, flight.request.schemes, false);
}

function outOfPlace(what: string): TlsViolation {
  return violation(`${what} where the server's Finished should come`, "RFC 5246 §7.3");
}
