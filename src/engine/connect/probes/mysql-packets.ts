/**
 * Packets of the MySQL protocol (documentation, "Connection Phase"): the greeting, the errors, and what a client
 * says to log in. MariaDB speaks the same.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ProbeWire } from "./probe.ts";
import { broken, notTheProtocol, type Peer, peek, tooLarge } from "./unexpected.ts";

export const CLIENT = {
  connectWithDb: 0x8,
  protocol41: 0x200,
  ssl: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 0x80000,
} as const;

/** Longer than any greeting. */
const MAX_GREETING_BYTES = 1024;
const MAX_PACKET_BYTES = 64 * 1024;
/** utf8_general_ci, which every version knows. */
const CHARSET = 33;
const PROTOCOL_10 = 10;
const ERROR = 0xff;

export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
}

export async function readPacket(wire: ProbeWire, peer: Peer, what: string): Promise<Packet> {
  const head = Buffer.from(await wire.readExactly(4, `${what} header`));
  const length = head.readUIntLE(0, 3);
  if (length === 0) throw broken(peer, "a packet without a payload");
  if (length > MAX_PACKET_BYTES) throw tooLarge(peer, `a packet of ${length} bytes`);
  return { sequence: head[3]!, payload: Buffer.from(await wire.readExactly(length, what)) };
}

/** The first packet: another protocol is told by its first bytes, before a length of theirs is believed. */
export async function readFirstPacket(wire: ProbeWire, peer: Peer): Promise<Packet> {
  const first = Buffer.from(await peek(wire, peer, "greeting"));
  const head = Buffer.from(await wire.readExactly(4, "greeting header"));
  const length = head.readUIntLE(0, 3);
  if (length === 0 || length > MAX_GREETING_BYTES || head[3] !== 0) {
    throw notTheProtocol(peer, first.length > 4 ? first : head);
  }
  return { sequence: 0, payload: Buffer.from(await wire.readExactly(length, "greeting")) };
}

export function packet(sequence: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, payload]);
}

/** COM_QUIT. */
export const QUIT = packet(0, Buffer.from([1]));

export interface Greeting {
  readonly serverVersion: string;
  readonly capabilities: number;
  readonly plugin: string;
  /** Challenge of 20 bytes. */
  readonly challenge: Buffer;
}

export interface ServerError {
  readonly number: number;
  readonly message: string;
}

/** An ERR packet, with its SQLSTATE or, as before the login, without. */
export function readError(payload: Buffer): ServerError | undefined {
  if (payload[0] !== ERROR || payload.length < 3) return undefined;
  const state = payload[3] === 0x23 ? 6 : 0;
  return { number: payload.readUInt16LE(1), message: payload.toString("utf8", 3 + state) };
}

/** Undefined: it is none of protocol 10. */
export function readGreeting(payload: Buffer): Greeting | undefined {
  const versionEnd = payload.indexOf(0, 1);
  // Thread id 4, challenge 8, filler 1, lower capabilities 2.
  const at = versionEnd + 1;
  if (payload[0] !== PROTOCOL_10 || versionEnd < 1 || payload.length < at + 15) return undefined;
  // MariaDB says 5.5.5- in front, for old clients of replication.
  const serverVersion = payload.toString("latin1", 1, versionEnd).replace(/^5\.5\.5-(?=\d+\.)/, "");
  const lower = payload.readUInt16LE(at + 13);
  // Character set 1, status 2, upper capabilities 2, length of the challenge 1, filler 10, and its rest.
  const isLong = payload.length >= at + 31;
  const capabilities = (lower | (isLong ? payload.readUInt16LE(at + 18) << 16 : 0)) >>> 0;
  const restBytes = isLong ? Math.max(13, payload[at + 20]! - 8) : 0;
  const rest = payload.subarray(at + 31, at + 31 + restBytes);
  const challenge = Buffer.concat([payload.subarray(at + 4, at + 12), rest]).subarray(0, 20);
  const named = (capabilities & CLIENT.pluginAuth) !== 0;
  const plugin = named ? cString(payload, at + 31 + restBytes) : "";
  return { serverVersion, capabilities, plugin: plugin === "" ? "mysql_native_password" : plugin, challenge };
}

/** An AuthSwitchRequest: another plugin, another challenge. */
export function readAuthSwitch(payload: Buffer): Pick<Greeting, "plugin" | "challenge"> {
  const plugin = cString(payload, 1);
  return { plugin, challenge: payload.subarray(2 + plugin.length, 22 + plugin.length) };
}

function cString(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString("latin1", start, end < 0 ? bytes.length : end);
}

/** The first 32 bytes of a login, which alone ask for TLS. */
export function loginHead(capabilities: number): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(capabilities >>> 0, 0);
  head.writeUInt32LE(0x1000000, 4);
  head[8] = CHARSET;
  return head;
}

export interface Login {
  readonly capabilities: number;
  readonly username: string;
  readonly proof: Buffer;
  readonly database: string | undefined;
  readonly plugin: string;
}

/** HandshakeResponse41. */
export function loginPayload({ capabilities, username, proof, database, plugin }: Login): Buffer {
  return Buffer.concat([
    loginHead(capabilities),
    zeroEnded(username),
    Buffer.from([proof.length]),
    proof,
    ...((capabilities & CLIENT.connectWithDb) === 0 ? [] : [zeroEnded(database ?? "")]),
    ...((capabilities & CLIENT.pluginAuth) === 0 ? [] : [zeroEnded(plugin)]),
  ]);
}

export function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text.replaceAll("\0", "")}\0`);
}

/**
 * What proves that we know the password, without telling it. Empty without one, and for plugins that are not known:
 * the server then says no.
 */
export function proofOf(plugin: string, password: string | undefined, challenge: Buffer): Buffer {
  if (password === undefined || password === "") return Buffer.alloc(0);
  if (plugin === "mysql_native_password") {
    const once = hash("sha1", Buffer.from(password));
    return exclusiveOr(once, hash("sha1", challenge, hash("sha1", once)));
  }
  if (plugin === "caching_sha2_password") {
    const once = hash("sha256", Buffer.from(password));
    return exclusiveOr(once, hash("sha256", hash("sha256", once), challenge));
  }
  return Buffer.alloc(0);
}

function hash(algorithm: "sha1" | "sha256", ...parts: readonly Buffer[]): Buffer {
  return createHash(algorithm).update(Buffer.concat(parts)).digest();
}

function exclusiveOr(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, at) => byte ^ right[at]!));
}
