/**
 * The handshake messages so far, for the hashes that bind keys to them (RFC 8446 §4.4.1).
 */
import { encodeHandshake, HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { digest, type HandshakeHash } from "./key-schedule.ts";

export class Transcript {
  #messages: Uint8Array[] = [];

  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }

  /** @param raw header and body */
  add(raw: Uint8Array): void {
    this.#messages.push(raw);
  }

  hash(hash: HandshakeHash): Buffer {
    return digest(hash, ...this.#messages);
  }

  /** With a part of a message that is not yet whole, as PSK binders need it. */
  hashWith(hash: HandshakeHash, partial: Uint8Array): Buffer {
    return digest(hash, ...this.#messages, partial);
  }

  /** After a HelloRetryRequest, the first hello counts by its hash only. */
  foldFirstHello(hash: HandshakeHash): void {
    this.#messages = [encodeHandshake(HANDSHAKE.messageHash, this.hash(hash))];
  }
}
