/**
 * What a server up to TLS 1.2 says in the clear, from ServerHello to ServerHelloDone, or to its
 * change_cipher_spec when it takes a session up again (RFC 5246 §7.3).
 */
import { encodeClientHello, type HelloSpec } from "../../../../core/framing/tls/client-hello.ts";
import { HANDSHAKE } from "../../../../core/framing/tls/handshake.ts";
import { RECORD } from "../../../../core/framing/tls/record.ts";
import {
  parseServerKeyExchange,
  type ServerKeyExchange,
} from "../../../../core/framing/tls/server-key-exchange.ts";
import {
  type CertificateRequest,
  type NewSessionTicket,
  parseCertificate12,
  parseCertificateRequest12,
  parseNewSessionTicket12,
  parseServerHello,
  type ServerHello,
} from "../../../../core/framing/tls/server-messages.ts";
import { type TlsViolation, violation } from "../../../../core/framing/tls/violation.ts";
import { describeHello, describeServerHello, suiteName, versionName } from "../describe.ts";
import type { LinkAlert, LinkMessage, LinkViolation } from "../link.ts";
import { type CipherSpec, cipherSpec } from "./cipher-spec.ts";
import type { RecordLayer } from "./record-layer.ts";

export interface ClassicFlight {
  readonly kind: "flight";
  readonly spec: HelloSpec;
  readonly hello: ServerHello;
  readonly cipher: CipherSpec;
  /** DER; empty in an abbreviated handshake. */
  readonly chain: readonly Buffer[];
  readonly keyExchange: ServerKeyExchange | undefined;
  readonly request: CertificateRequest | undefined;
  /** The server went on to its change_cipher_spec: it takes up the session that was offered. */
  readonly abbreviated: boolean;
  /** Only in an abbreviated handshake does it come this early. */
  readonly ticket: NewSessionTicket | undefined;
  /** ClientHello included, raw. */
  readonly messages: Buffer[];
}

export type FlightOutcome =
  | ClassicFlight
  | LinkAlert
  | LinkViolation
  | { readonly kind: "unsupported"; readonly why: string };

const WARNING = 1;
const CLOSE_NOTIFY = 0;
const SECTION = "RFC 5246 §7.3";

/** Sends the hello and reads the flight; `layer.version` is the version agreed on afterwards. @throws LinkLost */
export async function openClassic(layer: RecordLayer, spec: HelloSpec): Promise<FlightOutcome> {
  const encoded = encodeClientHello(spec);
  layer.trace?.("sent", describeHello(spec), encoded);
  layer.send(RECORD.handshake, encoded);
  return readClassicFlight(layer, spec, encoded);
}

/** @param encoded the hello, sent already. @throws LinkLost */
export async function readClassicFlight(
  layer: RecordLayer,
  spec: HelloSpec,
  encoded: Buffer,
): Promise<FlightOutcome> {
  const first = await nextMessage(layer);
  if (first.kind !== "message")
    return first.kind === "record" ? outOfPlace(`a record of type ${first.type}`) : first;
  if (first.type !== HANDSHAKE.serverHello) return outOfPlace(`message ${first.type}`);
  const hello = parseServerHello(first.body);
  if (hello.kind === "violation") return hello;
  layer.trace?.("received", describeServerHello(hello), first.raw);
  if (hello.version > spec.legacyVersion)
    return violation("a higher version than offered", "RFC 5246 §7.4.1.3");
  if (!spec.suites.includes(hello.suite))
    return violation("a suite that was not offered", "RFC 5246 §7.4.1.3");
  const cipher = cipherSpec(hello.suite);
  if (cipher === undefined || hello.version < 0x0301) {
    const what = cipher === undefined ? suiteName(hello.suite) : versionName(hello.version);
    return { kind: "unsupported", why: `the server chose ${what}, which this program cannot complete` };
  }
  layer.version = hello.version;
  const draft = {
    kind: "flight" as const,
    spec,
    hello,
    cipher,
    chain: [] as readonly Buffer[],
    keyExchange: undefined as ServerKeyExchange | undefined,
    request: undefined as CertificateRequest | undefined,
    abbreviated: false,
    ticket: undefined as NewSessionTicket | undefined,
    messages: [encoded, first.raw],
  };
  for (;;) {
    const message = await nextMessage(layer);
    if (message.kind === "alert" || message.kind === "violation") return message;
    if (message.kind === "record") {
      if (message.type !== RECORD.changeCipherSpec || draft.chain.length > 0) {
        return outOfPlace(`a record of type ${message.type}`);
      }
      draft.abbreviated = true;
      return draft;
    }
    draft.messages.push(message.raw);
    if (message.type === HANDSHAKE.serverHelloDone) return draft;
    const fault = note(draft, message);
    if (fault !== undefined) return fault;
  }
}

interface Draft {
  readonly hello: ServerHello;
  readonly cipher: CipherSpec;
  chain: readonly Buffer[];
  keyExchange: ServerKeyExchange | undefined;
  request: CertificateRequest | undefined;
  ticket: NewSessionTicket | undefined;
}

function note(draft: Draft, { type, body }: LinkMessage): TlsViolation | undefined {
  switch (type) {
    case HANDSHAKE.certificate: {
      const parsed = parseCertificate12(body);
      if (parsed.kind === "violation") return parsed;
      draft.chain = parsed.chain;
      return undefined;
    }
    case HANDSHAKE.serverKeyExchange: {
      const form = draft.cipher.keyExchange;
      if (form !== "ecdhe" && form !== "dhe") return outOfPlace("a ServerKeyExchange");
      const parsed = parseServerKeyExchange(body, form, draft.hello.version);
      if (parsed.kind === "violation") return parsed;
      draft.keyExchange = parsed;
      return undefined;
    }
    case HANDSHAKE.certificateRequest: {
      const parsed = parseCertificateRequest12(body, draft.hello.version);
      if (parsed.kind === "violation") return parsed;
      draft.request = parsed;
      return undefined;
    }
    case HANDSHAKE.newSessionTicket: {
      const parsed = parseNewSessionTicket12(body);
      if (parsed.kind === "violation") return parsed;
      draft.ticket = parsed;
      return undefined;
    }
    case HANDSHAKE.certificateStatus:
      return undefined;
    default:
      return outOfPlace(`message ${type}`);
  }
}

/** Warnings do not end a handshake; unrecognized_name is one that servers do send (RFC 6066 §3). */
export async function nextMessage(layer: RecordLayer): Promise<Awaited<ReturnType<RecordLayer["next"]>>> {
  for (;;) {
    const message = await layer.next();
    if (message.kind === "alert" && message.level === WARNING && message.description !== CLOSE_NOTIFY)
      continue;
    return message;
  }
}

function outOfPlace(what: string): TlsViolation {
  return violation(`${what} out of place in the server's flight`, SECTION);
}
