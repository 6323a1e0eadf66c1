/**
 * Writes questions: one query, recursion desired, with EDNS(0) unless told otherwise.
 */
import { Buffer } from "node:buffer";
import { CLASS_IN, TYPE } from "./codes.ts";
import { encodeName } from "./name.ts";
import type { DnsViolation } from "./violation.ts";

/** What fits into one unfragmented IPv6 datagram almost everywhere (DNS flag day 2020; RFC 9715 §3). */
export const EDNS_UDP_BYTES = 1232;

const RECURSION_DESIRED = 0x0100;
const HEADER_BYTES = 12;

export interface QueryOptions {
  /** 0 to 65,535: hard to guess over UDP (RFC 5452 §4.3), 0 over HTTPS (RFC 8484 §4.1). */
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** Says how large a UDP answer may be (RFC 6891 §6.2.3). False for servers that take it for a format error. */
  readonly edns: boolean;
}

/** The message; a violation when the name cannot be one. */
export function encodeQuery(options: QueryOptions): Buffer | DnsViolation {
  const name = encodeName(options.name);
  if (!Buffer.isBuffer(name)) return name;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(options.id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(options.edns ? 1 : 0, 10);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(options.type, 0);
  question.writeUInt16BE(CLASS_IN, 2);
  return Buffer.concat(options.edns ? [header, name, question, optRecord()] : [header, name, question]);
}

/** Root name, type, payload size where a class would stand, no extended code, version 0, no options. */
function optRecord(): Buffer {
  const record = Buffer.alloc(11);
  record.writeUInt16BE(TYPE.OPT, 1);
  record.writeUInt16BE(EDNS_UDP_BYTES, 3);
  return record;
}
