/**
 * TLS as it passes by: a stream in front of another that names each record, and each handshake message as long as
 * these are in the clear. Only for the trace, since TLS over a stream that is no socket costs a copy of every byte.
 */
import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { parseAlert } from "../../../core/framing/tls/alerts.ts";
import { HANDSHAKE, HandshakeReader } from "../../../core/framing/tls/handshake.ts";
import { RECORD, RecordReader, VERSION } from "../../../core/framing/tls/record.ts";
import { RETRY_RANDOM } from "../../../core/framing/tls/server-messages.ts";
import type { Note } from "./trace.ts";

/** `inner`, with every chunk shown to a teller of its direction. */
export function tapped(inner: Duplex, note: Note): Duplex {
  const [out, back] = [new RecordTeller("out", note), new RecordTeller("in", note)];
  const tap = new Duplex({
    allowHalfOpen: true,
    read: () => void inner.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      out.feed(chunk);
      inner.write(chunk, done);
    },
    final: (done) => void inner.end(done),
    destroy: (error, done) => {
      inner.destroy();
      done(error);
    },
  });
  inner.on("data", (chunk: Buffer) => {
    back.feed(chunk);
    if (!tap.push(chunk)) inner.pause();
  });
  inner.once("end", () => tap.push(null));
  inner.once("error", (error) => tap.destroy(error));
  inner.once("close", () => tap.destroy());
  return tap;
}

const MESSAGE_NAMES = namesOf(HANDSHAKE);
const RECORD_NAMES = namesOf(RECORD);
const VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [VERSION.ssl3, "SSL 3.0"],
  [VERSION.tls10, "TLS 1.0"],
  [VERSION.tls11, "TLS 1.1"],
  [VERSION.tls12, "TLS 1.2"],
]);

/** `clientHello` → `ClientHello`. */
function namesOf(codes: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(codes).map(([name, code]) => [code, name[0]!.toUpperCase() + name.slice(1)]));
}

/** Names what passes in one direction; falls silent at the first bytes that are no record. */
class RecordTeller {
  readonly #direction: "out" | "in";
  readonly #note: Note;
  readonly #records = new RecordReader();
  readonly #messages = new HandshakeReader();
  /** After ChangeCipherSpec (TLS 1.2); TLS 1.3 hides behind application data by itself. */
  #encrypted = false;
  #lost = false;

  constructor(direction: "out" | "in", note: Note) {
    this.#direction = direction;
    this.#note = note;
  }

  feed(chunk: Buffer): void {
    if (this.#lost) return;
    this.#records.feed(chunk);
    for (let event = this.#records.next(); event.kind !== "need-more"; event = this.#records.next()) {
      if (event.kind === "violation") {
        this.#lost = true;
        this.#tell(`no TLS record: ${event.what}`, chunk);
        return;
      }
      const version = VERSION_NAMES.get(event.version) ?? `version 0x${event.version.toString(16)}`;
      const hidden = this.#encrypted || event.type === RECORD.applicationData;
      const what = `${this.#named(event.type, event.payload)}, ${event.payload.length} bytes (record of ${version})`;
      this.#tell(what, hidden ? undefined : event.payload);
    }
  }

  #tell(what: string, bytes: Uint8Array | undefined): void {
    this.#note({ layer: "tls", direction: this.#direction, what, bytes });
  }

  #named(type: number, payload: Buffer): string {
    const name = RECORD_NAMES.get(type) ?? `record type ${type}`;
    if (type === RECORD.applicationData) return "encrypted (ApplicationData)";
    if (this.#encrypted) return `encrypted (${name})`;
    switch (type) {
      case RECORD.handshake:
        return `handshake: ${this.#messageNames(payload)}`;
      case RECORD.changeCipherSpec:
        this.#encrypted = true;
        return name;
      case RECORD.alert: {
        const alert = parseAlert(payload);
        return alert.kind === "alert" ? `alert: ${alert.name}` : name;
      }
      default:
        return name;
    }
  }

  #messageNames(payload: Buffer): string {
    this.#messages.feed(payload);
    const names: string[] = [];
    for (let event = this.#messages.next(); event.kind === "message"; event = this.#messages.next()) {
      const isRetry = event.type === HANDSHAKE.serverHello && RETRY_RANDOM.equals(event.body.subarray(2, 34));
      names.push(isRetry ? "HelloRetryRequest" : (MESSAGE_NAMES.get(event.type) ?? `message ${event.type}`));
    }
    if (!this.#messages.idle) names.push("the beginning of another");
    return names.join(", ");
  }
}
