/**
 * MySQL and MariaDB: the server greets with its capabilities; a client that wants TLS answers with the
 * first 32 bytes of a handshake response that has CLIENT_SSL set (protocol documentation, "SSLRequest").
 *
 * The server counts handshakes that end early and blocks a host after max_connect_errors of them.
 */
import type { Link } from "../link.ts";
import { denied, notNow, notOffered, wrongProtocol } from "./refusal.ts";

const CLIENT_SSL = 0x800;
const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_SECURE_CONNECTION = 0x8000;
/** Errors that last until somebody changes the server: 1129 host blocked, 1130 host not allowed. */
const DENIED = new Set([1129, 1130]);
/** Longer than any greeting. */
const MAX_GREETING_BYTES = 1024;

export async function mysql(link: Link): Promise<void> {
  const greeting = await readGreeting(link);
  link.trace?.("received", "greeting", greeting);
  if (greeting[0] === 0xff) throw turnedAway(greeting);
  if (greeting[0] !== 10) throw wrongProtocol("MySQL", greeting.toString("latin1"));
  // Version as a C string, thread id 4, first part of the challenge 8, filler 1, then capabilities.
  const at = greeting.indexOf(0, 1) + 1 + 4 + 8 + 1;
  if (at < 15 || at + 2 > greeting.length) throw wrongProtocol("MySQL", greeting.toString("latin1"));
  if ((greeting.readUInt16LE(at) & CLIENT_SSL) === 0) throw notOffered();

  const request = Buffer.alloc(36);
  request.writeUIntLE(32, 0, 3);
  request[3] = 1;
  request.writeUInt32LE(CLIENT_SSL | CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION, 4);
  request.writeUInt32LE(0x1000000, 8);
  // utf8_general_ci, which every version knows.
  request[12] = 33;
  link.trace?.("sent", "SSLRequest", request);
  link.send(request);
}

/** ERR packet: its number, then words. Mostly 1040, too many connections. */
function turnedAway(packet: Buffer): Error {
  const code = packet.length < 3 ? 0 : packet.readUInt16LE(1);
  const said = packet.toString("latin1", 3);
  return DENIED.has(code) ? denied(said) : notNow(said);
}

/** Payload of the first packet: length in 3 bytes, sequence number, payload. */
async function readGreeting(link: Link): Promise<Buffer> {
  let bytes = await link.read();
  for (;;) {
    const length = bytes.length >= 4 ? bytes.readUIntLE(0, 3) : 0;
    if (bytes.length >= 4 && (length === 0 || length > MAX_GREETING_BYTES || bytes[3] !== 0)) {
      throw wrongProtocol("MySQL", bytes.toString("latin1"));
    }
    if (bytes.length >= 4 + length && length > 0) {
      link.unread(bytes.subarray(4 + length));
      return bytes.subarray(4, 4 + length);
    }
    bytes = Buffer.concat([bytes, await link.read()]);
  }
}
