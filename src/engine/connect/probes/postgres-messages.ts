/**
 * Messages of the PostgreSQL protocol 3.0 (documentation, chapter "Frontend/Backend Protocol"): those that a client
 * needs up to the question for its password.
 */
import { Buffer } from "node:buffer";
import type { ProbeWire } from "./probe.ts";
import { broken, notTheProtocol, type Peer, tooLarge } from "./unexpected.ts";

/** Length 8, then the code 80877103, which no protocol version uses. */
export const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");
/** Terminate: the orderly goodbye. */
export const TERMINATE = Buffer.from("5800000004", "hex");
const PROTOCOL_3_0 = 196608;
/** Servers before a login say little; libpq takes 30,000 of an error. */
const MAX_MESSAGE_BYTES = 64 * 1024;
/** Types that a server may send before it is ready. */
const TYPES = "RSEKNZv";

export function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters).flat();
  const body = Buffer.from(`${text.map((word) => `${word.replaceAll("\0", "")}\0`).join("")}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(PROTOCOL_3_0, 4);
  return Buffer.concat([head, body]);
}

export interface BackendMessage {
  /** One letter. */
  readonly type: string;
  readonly body: Buffer;
}

export async function readMessage(wire: ProbeWire, peer: Peer): Promise<BackendMessage> {
  const head = Buffer.from(await wire.readExactly(1, "message type"));
  const type = String.fromCharCode(head[0]!);
  if (!TYPES.includes(type)) throw notTheProtocol(peer, head);
  return readRest(wire, peer, type);
}

/** Whether a server may begin with these bytes. @throws NetkitError when not, which tells what they look like */
export function checkFirst(peer: Peer, bytes: Uint8Array): void {
  if (!TYPES.includes(String.fromCharCode(bytes[0]!))) throw notTheProtocol(peer, bytes);
}

/** The message whose first byte was read. */
export async function readRest(wire: ProbeWire, peer: Peer, type: string): Promise<BackendMessage> {
  const head = Buffer.from(await wire.readExactly(4, "message length"));
  const length = head.readUInt32BE(0);
  if (length < 4) throw broken(peer, `a message of ${length} bytes, less than its own length`);
  if (length > MAX_MESSAGE_BYTES) {
    // Text of another protocol that begins with one of the letters is a long message, too.
    const foreign = notTheProtocol(peer, Buffer.concat([Buffer.from(type, "latin1"), head]));
    if (foreign.code === "NK_PROTOCOL_OTHER") throw foreign;
    throw tooLarge(peer, `a message "${type}" of ${length} bytes`);
  }
  return { type, body: Buffer.from(await wire.readExactly(length - 4, `message ${type}`)) };
}

export interface ErrorFields {
  readonly severity: string;
  /** SQLSTATE of five characters. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** ErrorResponse: a letter and a C string each, up to a zero. */
export function readErrorFields(body: Buffer): ErrorFields {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1);
    const stop = end < 0 ? body.length : end;
    fields.set(String.fromCharCode(body[at]!), body.toString("utf8", at + 1, stop));
    at = stop + 1;
  }
  return {
    // V is never translated; servers before 9.6 have S alone.
    severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
    code: fields.get("C") ?? "XX000",
    message: fields.get("M") ?? "no message",
    hint: fields.get("H"),
  };
}

/** AuthenticationRequest codes. */
const METHODS: Readonly<Record<number, string>> = {
  0: "none (trust)",
  2: "Kerberos V5",
  3: "password in the clear",
  5: "MD5 password",
  6: "SCM credential",
  7: "GSSAPI",
  9: "SSPI",
};
const SASL = 10;

/** What is asked for, in words: `SASL (SCRAM-SHA-256-PLUS, SCRAM-SHA-256)`. Undefined: nothing, all is well. */
export function authenticationAsked(body: Buffer): { readonly method: string; readonly done: boolean } {
  const code = body.length < 4 ? -1 : body.readUInt32BE(0);
  if (code !== SASL) return { method: METHODS[code] ?? `method ${code}`, done: code === 0 };
  const mechanisms = body
    .toString("latin1", 4)
    .split("\0")
    .filter((name) => name !== "");
  return { method: `SASL (${mechanisms.join(", ")})`, done: false };
}

/** Two C strings. */
export function parameterStatus(body: Buffer): { readonly name: string; readonly value: string } {
  const [name = "", value = ""] = body.toString("utf8").split("\0");
  return { name, value };
}
