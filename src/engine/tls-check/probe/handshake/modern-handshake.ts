/**
 * The client's half of a TLS 1.3 handshake (RFC 8446 §2), in two steps, since most probes need only the first:
 *
 *     openModern    ClientHello ─► [HelloRetryRequest, ClientHello] ─► the server's whole flight, decrypted,
 *                   its signature and Finished checked
 *     finishModern  ─► [Certificate, CertificateVerify] Finished [close_notify]
 *
 * What the server says no to is an alert, what it does wrong a violation; the end of the connection is thrown.
 */
import { encodeClientHello, type HelloSpec } from "../../../../core/framing/tls/client-hello.ts";
import * as extension from "../../../../core/framing/tls/extensions.ts";
import { encodeHandshake, HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { RECORD, VERSION } from "../../../../core/framing/tls/record.ts";
import { parseServerHello, type ServerHello } from "../../../../core/framing/tls/server-messages.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";
import { describeHello, describeServerHello, groupName, suiteName } from "../describe.ts";
import type { LinkAlert, LinkViolation } from "../link.ts";
import { cipherSpec } from "./cipher-spec.ts";
import { modernCipher } from "./ciphers.ts";
import { finishedMac, type HandshakeHash, KeySchedule, type TrafficSecrets } from "./key-schedule.ts";
import { type KeyShare, makeKeyShare } from "./key-shares.ts";
import { type ModernFlight, readModernFlight } from "./modern-flight.ts";
import { RecordLayer, type RecordTransport } from "./record-layer.ts";
import { Transcript } from "./transcript.ts";

/** A ticket of an earlier connection, as a pre-shared key. */
export interface PskOffer {
  readonly identity: Buffer;
  readonly obfuscatedTicketAge: number;
  readonly secret: Buffer;
  readonly hash: HandshakeHash;
}

export interface ModernOffer {
  /** Its key_share has the public keys of `shares`; pre_shared_key is not in it. */
  readonly spec: HelloSpec;
  readonly shares: readonly KeyShare[];
  readonly psk?: PskOffer | undefined;
}

/** The server wants what cannot be computed here. */
export interface Unsupported {
  readonly kind: "unsupported";
  readonly why: string;
}

export interface ModernHandshake {
  readonly kind: "handshake";
  readonly hello: ServerHello;
  /** It took a HelloRetryRequest. */
  readonly retried: boolean;
  readonly flight: ModernFlight;
  readonly resumed: boolean;
  readonly layer: RecordLayer;
  readonly transcript: Transcript;
  readonly schedule: KeySchedule;
  /** The client's handshake traffic secret. */
  readonly clientSecret: Buffer;
  readonly application: TrafficSecrets;
}

export type ModernOutcome = ModernHandshake | LinkAlert | LinkViolation | Unsupported;

const CHANGE_CIPHER_SPEC = Buffer.from([1]);
const CLOSE_NOTIFY = Buffer.from([1, 0]);

/** @throws LinkLost */
export async function openModern(transport: RecordTransport, offer: ModernOffer): Promise<ModernOutcome> {
  const layer = new RecordLayer(transport, VERSION.tls10, true);
  const transcript = new Transcript();
  let { spec, shares } = offer;
  sendHello(layer, transcript, spec, offer.psk);
  layer.version = VERSION.tls12;
  let answer = await readHello(layer, transcript, spec);
  if (answer.kind !== "server-hello") return answer;
  const retried = answer.isRetry;
  if (retried) {
    const second = secondHello(spec, shares, answer);
    if (second.kind !== "second") return second;
    ({ spec, shares } = second);
    layer.send(RECORD.changeCipherSpec, CHANGE_CIPHER_SPEC);
    sendHello(layer, transcript, spec, offer.psk);
    answer = await readHello(layer, transcript, spec);
    if (answer.kind !== "server-hello") return answer;
    if (answer.isRetry) return violation("a second HelloRetryRequest", "RFC 8446 §4.1.4");
  }
  return readEncrypted(layer, transcript, answer, shares, offer.psk, retried);
}

async function readEncrypted(
  layer: RecordLayer,
  transcript: Transcript,
  hello: ServerHello,
  shares: readonly KeyShare[],
  offered: PskOffer | undefined,
  retried: boolean,
): Promise<ModernOutcome> {
  const spec = cipherSpec(hello.suite);
  if (spec?.keyExchange !== "tls13") return unsupported(`the server chose ${suiteName(hello.suite)}`);
  const psk = hello.selectedPsk === undefined ? undefined : offered;
  if (
    hello.selectedPsk !== undefined &&
    (psk === undefined || hello.selectedPsk !== 0 || psk.hash !== spec.hash)
  ) {
    return violation("a pre-shared key that was not offered", "RFC 8446 §4.2.11");
  }
  let secret: Buffer | undefined;
  if (hello.keyShare !== undefined) {
    const share = shares.find(({ group }) => group === hello.keyShare!.group);
    secret = share?.agree(hello.keyShare.key);
    if (secret === undefined) return violation("a key share that is none of its group", "RFC 8446 §4.2.8");
  } else if (psk === undefined) return violation("a ServerHello without key_share", "RFC 8446 §4.2.8");
  const schedule = new KeySchedule(spec.hash, psk?.secret);
  const handshake = schedule.enterHandshake(secret, transcript.hash(spec.hash));
  layer.readWith(modernCipher(hello.suite, handshake.server));
  // An alert of the client is protected from here on, as everything else is.
  layer.writeWith(modernCipher(hello.suite, handshake.client));
  const flight = await readModernFlight(layer, transcript, spec.hash, handshake.server);
  if (flight.kind !== "flight") return flight;
  const application = schedule.enterMaster(transcript.hash(spec.hash));
  layer.readWith(modernCipher(hello.suite, application.server));
  return {
    kind: "handshake",
    hello,
    retried,
    flight,
    resumed: psk !== undefined,
    layer,
    transcript,
    schedule,
    clientSecret: handshake.client,
    application,
  };
}

/** What a client adds between the server's flight and its own Finished. */
export interface ClientMessages {
  /** Raw Certificate and CertificateVerify, in order. */
  readonly messages: readonly Buffer[];
  /** close_notify goes right behind Finished: the server then says all it has to say and closes. */
  readonly goodbye: boolean;
}

/** Sends the client's last flight in one piece; afterwards both directions are under application keys. */
export function finishModern(handshake: ModernHandshake, { messages, goodbye }: ClientMessages): void {
  const { layer, transcript, schedule, hello } = handshake;
  const { hash } = schedule;
  for (const message of messages) transcript.add(message);
  const mac = finishedMac(hash, handshake.clientSecret, transcript.hash(hash));
  const finished = encodeHandshake(HANDSHAKE.finished, mac);
  transcript.add(finished);
  const flight = layer.encode(RECORD.handshake, Buffer.concat([...messages, finished]));
  layer.writeWith(modernCipher(hello.suite, handshake.application.client));
  const close = goodbye ? layer.encode(RECORD.alert, CLOSE_NOTIFY) : Buffer.alloc(0);
  // RFC 8446 appendix D.4; after a HelloRetryRequest it was sent already.
  const compatible = handshake.retried
    ? Buffer.alloc(0)
    : Buffer.from([RECORD.changeCipherSpec, 3, 3, 0, 1, 1]);
  layer.sendEncoded(Buffer.concat([compatible, flight, close]));
}

function sendHello(
  layer: RecordLayer,
  transcript: Transcript,
  spec: HelloSpec,
  psk: PskOffer | undefined,
): void {
  const encoded = psk === undefined ? encodeClientHello(spec) : helloWithPsk(transcript, spec, psk);
  layer.trace?.("sent", describeHello(spec), encoded);
  transcript.add(encoded);
  layer.send(RECORD.handshake, encoded);
}

/** pre_shared_key stands last, and its binder covers all before it (RFC 8446 §4.2.11.2). */
function helloWithPsk(transcript: Transcript, spec: HelloSpec, psk: PskOffer): Buffer {
  const { identity, obfuscatedTicketAge, secret, hash } = psk;
  const schedule = new KeySchedule(hash, secret);
  const binderKey = schedule.binderKey();
  const lengths = [binderKey.length];
  const added = extension.preSharedKey([{ identity, obfuscatedTicketAge }], lengths);
  const unbound = encodeClientHello({ ...spec, extensions: [...spec.extensions, added] });
  const covered = unbound.subarray(0, unbound.length - extension.bindersLength(lengths));
  return extension.patchBinders(unbound, [finishedMac(hash, binderKey, transcript.hashWith(hash, covered))]);
}

async function readHello(
  layer: RecordLayer,
  transcript: Transcript,
  spec: HelloSpec,
): Promise<ServerHello | LinkAlert | LinkViolation> {
  const message = await layer.next();
  if (message.kind === "record") {
    return violation(`a record of type ${message.type} before ServerHello`, "RFC 8446 §4.1.3");
  }
  if (message.kind !== "message") return message;
  if (message.type !== HANDSHAKE.serverHello) {
    return violation(`message ${message.type} in place of ServerHello`, "RFC 8446 §4.1.3");
  }
  const hello = parseServerHello(message.body);
  if (hello.kind === "violation") return hello;
  layer.trace?.("received", describeServerHello(hello), message.raw);
  if (hello.version !== VERSION.tls13) return violation("another version than TLS 1.3", "RFC 8446 §4.2.1");
  if (!spec.suites.includes(hello.suite)) return violation("a suite that was not offered", "RFC 8446 §4.1.3");
  const hash = cipherSpec(hello.suite)?.hash;
  if (hello.isRetry && hash !== undefined) transcript.foldFirstHello(hash);
  transcript.add(message.raw);
  return hello;
}

interface SecondHello {
  readonly kind: "second";
  readonly spec: HelloSpec;
  readonly shares: readonly KeyShare[];
}

/** The same hello with the group that was asked for, the cookie, and without early data (RFC 8446 §4.1.2). */
function secondHello(
  spec: HelloSpec,
  shares: readonly KeyShare[],
  retry: ServerHello,
): SecondHello | Unsupported | TlsViolation {
  if (cipherSpec(retry.suite) === undefined) return unsupported(`the server chose ${suiteName(retry.suite)}`);
  let used = shares;
  if (retry.retryGroup !== undefined) {
    if (shares.some(({ group }) => group === retry.retryGroup)) {
      return violation("a HelloRetryRequest for a share that was there", "RFC 8446 §4.1.4");
    }
    const share = makeKeyShare(retry.retryGroup);
    if (share === undefined) return unsupported(`the server asks for ${groupName(retry.retryGroup)}`);
    used = [share];
  }
  const keyShare = extension.keyShare(used.map(({ group, publicKey }) => ({ group, key: publicKey })));
  const earlyData = extension.earlyData().type;
  const extensions = spec.extensions
    .filter(({ type }) => type !== earlyData)
    .map((each) => (each.type === keyShare.type ? keyShare : each));
  const cookie = retry.cookie === undefined ? [] : [extension.cookie(retry.cookie)];
  return { kind: "second", spec: { ...spec, extensions: [...cookie, ...extensions] }, shares: used };
}

function unsupported(what: string): Unsupported {
  return { kind: "unsupported", why: `${what}, which this program cannot compute` };
}
