/**
 * Records in and out of one connection, in the clear at first and under keys as the handshake sets them, with
 * handshake messages put together on the way. Both halves of a handshake use it, over a `Link` or anything
 * else that carries records.
 *
 * What the peer did wrong is a value; the end of the connection is thrown by the transport (`LinkLost`).
 */
import { parseAlert } from "../../../../core/framing/tls/alerts.ts";
import { HandshakeReader } from "../../../../core/framing/tls/handshake.ts";
import { encodeRecord, MAX_FRAGMENT_BYTES, RECORD } from "../../../../core/framing/tls/record.ts";
import type { LinkAlert, LinkMessage, LinkRecord, LinkTrace, LinkViolation } from "../link.ts";
import type { RecordCipher, RecordFlaws } from "./record-cipher.ts";

/** The part of `Link` that a handshake needs. */
export interface RecordTransport {
  send(bytes: Uint8Array): void;
  /** @throws LinkLost */
  nextRecord(timeoutMs?: number): Promise<LinkRecord | LinkViolation>;
  readonly trace?: LinkTrace | undefined;
}

/** A record that is neither handshake nor alert comes as it is, decrypted. */
export type Incoming = LinkMessage | LinkAlert | LinkRecord | LinkViolation;

/** More of them in a row than any peer has a reason to send. */
const MAX_IGNORED = 32;

export class RecordLayer {
  /** In the header of records in the clear. */
  version: number;
  readonly #transport: RecordTransport;
  /** TLS 1.3: change_cipher_spec means nothing, and types are hidden (RFC 8446 §5, appendix D.4). */
  readonly #modern: boolean;
  #write: RecordCipher | undefined;
  #read: RecordCipher | undefined;
  readonly #messages = new HandshakeReader();

  constructor(transport: RecordTransport, version: number, modern: boolean) {
    this.#transport = transport;
    this.version = version;
    this.#modern = modern;
  }

  get trace(): LinkTrace | undefined {
    return this.#transport.trace;
  }

  writeWith(cipher: RecordCipher | undefined): void {
    this.#write = cipher;
  }

  readWith(cipher: RecordCipher | undefined): void {
    this.#read = cipher;
  }

  /** `flaws` apply to records under CBC keys. */
  send(type: number, content: Uint8Array, flaws?: RecordFlaws): void {
    this.#transport.send(this.encode(type, content, flaws));
  }

  /** The records that `send` would send; for what is to leave in one piece. */
  encode(type: number, content: Uint8Array, flaws?: RecordFlaws): Buffer {
    const write = this.#write;
    if (write === undefined) return encodeRecord(type, this.version, content);
    const records: Buffer[] = [];
    let at = 0;
    do {
      records.push(write.seal(type, content.subarray(at, at + MAX_FRAGMENT_BYTES), flaws));
      at += MAX_FRAGMENT_BYTES;
    } while (at < content.length);
    return Buffer.concat(records);
  }

  sendAlert(level: number, description: number): void {
    this.send(RECORD.alert, Buffer.from([level, description]));
  }

  /** Bytes that were encoded before. */
  sendEncoded(bytes: Uint8Array): void {
    this.#transport.send(bytes);
  }

  /** @throws LinkLost */
  async next(timeoutMs?: number): Promise<Incoming> {
    for (let ignored = 0; ignored < MAX_IGNORED; ) {
      const event = this.#messages.next();
      if (event.kind !== "need-more") return event;
      const record = await this.#transport.nextRecord(timeoutMs);
      if (record.kind === "violation") return record;
      if (this.#modern && record.type === RECORD.changeCipherSpec) {
        ignored++;
        continue;
      }
      const opened = this.#open(record);
      if (opened.kind === "violation") return opened;
      if (opened.type === RECORD.handshake) this.#messages.feed(opened.payload);
      else if (opened.type === RECORD.alert) return this.#alert(opened.payload);
      else return opened;
    }
    return { kind: "violation", what: "nothing but change_cipher_spec", section: "RFC 8446 §5" };
  }

  #open(record: LinkRecord): LinkRecord | LinkViolation {
    // A server that fails before it has keys says so in the clear.
    const clear = this.#read === undefined || (this.#modern && record.type !== RECORD.applicationData);
    if (clear) return record;
    const opened = this.#read!.open(record.type, record.version, record.payload);
    if (opened.kind === "violation") return opened;
    return { kind: "record", type: opened.type, version: record.version, payload: opened.content };
  }

  #alert(payload: Buffer): LinkAlert | LinkViolation {
    const alert = parseAlert(payload);
    if (alert.kind === "alert")
      this.trace?.("received", `alert ${alert.name} (${alert.description})`, payload);
    return alert;
  }
}
