/**
 * Reads DNS messages (RFC 1035 §4): header, question, and the records that a resolver of addresses needs; of
 * the others it keeps the bytes, as views.
 *
 * A message is read whole: over UDP and HTTPS it comes so, over TCP behind its length. Bytes after the last
 * record are let be, as resolvers do. Memory is bounded by the message: a record takes at least eleven octets.
 */
import type { Buffer } from "node:buffer";
import { ipv4Text, ipv6Text } from "./address-text.ts";
import { CLASS_IN, TYPE } from "./codes.ts";
import { readName } from "./name.ts";
import { type DnsViolation, violation } from "./violation.ts";

export interface Question {
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export type RecordData =
  | { readonly kind: "address"; readonly address: string; readonly family: 4 | 6 }
  | { readonly kind: "alias"; readonly target: string }
  | {
      readonly kind: "authority";
      readonly primary: string;
      /** The mailbox of who is responsible, as a name. */
      readonly mailbox: string;
      readonly serial: number;
      /** Seconds; also the TTL of "there is no such thing" together with the record's own (RFC 2308 §4). */
      readonly minimumSeconds: number;
    }
  | { readonly kind: "other"; readonly bytes: Buffer };

export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** 0 where the highest bit is set (RFC 2181 §8). */
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

export interface Edns {
  readonly version: number;
  /** The largest UDP message that the sender takes. */
  readonly udpBytes: number;
  /** RFC 8914; several may be there. */
  readonly errors: readonly { readonly code: number; readonly text: string }[];
}

export interface DnsMessage {
  readonly kind: "message";
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  /** More than fits: ask again over TCP. */
  readonly truncated: boolean;
  readonly recursionAvailable: boolean;
  /** With the upper bits that EDNS adds. */
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
  readonly edns: Edns | undefined;
}

const HEADER_BYTES = 12;
const EXTENDED_ERROR_OPTION = 15;
const HEADER = "RFC 1035 §4.1.1";
const RECORD = "RFC 1035 §4.1.3";

/** The id of a message that may be broken behind it; undefined when not even that is there. */
export function messageId(bytes: Buffer): number | undefined {
  return bytes.length >= 2 ? bytes.readUInt16BE(0) : undefined;
}

export function readMessage(bytes: Buffer): DnsMessage | DnsViolation {
  if (bytes.length < HEADER_BYTES) {
    return violation(`a message of ${bytes.length} bytes, where the header alone has 12`, HEADER);
  }
  const flags = bytes.readUInt16BE(2);
  const questions = readQuestions(bytes, bytes.readUInt16BE(4));
  if (questions.kind === "violation") return questions;
  let { end } = questions;
  const sections: RawRecord[][] = [];
  for (const countAt of [6, 8, 10]) {
    const section = readSection(bytes, end, bytes.readUInt16BE(countAt));
    if (section.kind === "violation") return section;
    sections.push(section.records);
    end = section.end;
  }
  const [answers, authorities, additionals] = sections as [RawRecord[], RawRecord[], RawRecord[]];
  const options = additionals.filter(({ type }) => type === TYPE.OPT);
  if (options.length > 1) return violation(`${options.length} OPT records in one message`, "RFC 6891 §6.1.1");
  const edns = options[0] && readEdns(options[0]);
  if (edns?.kind === "violation") return edns;
  return {
    kind: "message",
    id: bytes.readUInt16BE(0),
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    rcode: (flags & 0xf) | ((edns?.upperCode ?? 0) << 4),
    questions: questions.list,
    answers: answers.map(withoutRaw),
    authorities: authorities.map(withoutRaw),
    additionals: additionals.filter(({ type }) => type !== TYPE.OPT).map(withoutRaw),
    edns: edns && { version: edns.version, udpBytes: edns.udpBytes, errors: edns.errors },
  };
}

function readQuestions(
  bytes: Buffer,
  count: number,
): { kind: "questions"; list: Question[]; end: number } | DnsViolation {
  const list: Question[] = [];
  let end = HEADER_BYTES;
  for (let index = 0; index < count; index++) {
    const name = readName(bytes, end);
    if (name.kind === "violation") return name;
    if (name.end + 4 > bytes.length) return violation("a question cut short", "RFC 1035 §4.1.2");
    list.push({
      name: name.text,
      type: bytes.readUInt16BE(name.end),
      class: bytes.readUInt16BE(name.end + 2),
    });
    end = name.end + 4;
  }
  return { kind: "questions", list, end };
}

/** A record with the two fields that mean something else in OPT. */
interface RawRecord extends DnsRecord {
  readonly rawTtl: number;
  readonly rawData: Buffer;
}

function withoutRaw({ name, type, class: recordClass, ttlSeconds, data }: RawRecord): DnsRecord {
  return { name, type, class: recordClass, ttlSeconds, data };
}

function readSection(
  bytes: Buffer,
  start: number,
  count: number,
): { kind: "section"; records: RawRecord[]; end: number } | DnsViolation {
  const records: RawRecord[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const name = readName(bytes, at);
    if (name.kind === "violation") return name;
    const fixed = name.end;
    if (fixed + 10 > bytes.length) return violation("a record cut short", RECORD);
    const dataAt = fixed + 10;
    const end = dataAt + bytes.readUInt16BE(fixed + 8);
    if (end > bytes.length) {
      return violation(`a record that announces ${end - bytes.length} bytes more than there are`, RECORD);
    }
    const type = bytes.readUInt16BE(fixed);
    const recordClass = bytes.readUInt16BE(fixed + 2);
    const rawTtl = bytes.readUInt32BE(fixed + 4);
    const data = readData(bytes, type, recordClass, dataAt, end);
    if (data.kind === "violation") return data;
    const ttlSeconds = rawTtl > 0x7fffffff ? 0 : rawTtl;
    const rawData = bytes.subarray(dataAt, end);
    records.push({ name: name.text, type, class: recordClass, ttlSeconds, data, rawTtl, rawData });
    at = end;
  }
  return { kind: "section", records, end: at };
}

function readData(
  bytes: Buffer,
  type: number,
  recordClass: number,
  start: number,
  end: number,
): RecordData | DnsViolation {
  const raw = bytes.subarray(start, end);
  if (recordClass === CLASS_IN) {
    if (type === TYPE.A) {
      if (raw.length !== 4)
        return violation(`an A record of ${raw.length} bytes instead of 4`, "RFC 1035 §3.4.1");
      return { kind: "address", address: ipv4Text(raw), family: 4 };
    }
    if (type === TYPE.AAAA) {
      if (raw.length !== 16)
        return violation(`an AAAA record of ${raw.length} bytes instead of 16`, "RFC 3596 §2.2");
      return { kind: "address", address: ipv6Text(raw), family: 6 };
    }
  }
  if (type === TYPE.CNAME) {
    const target = readName(bytes, start);
    if (target.kind === "violation") return target;
    if (target.end !== end)
      return violation("a CNAME record with another length than its name", "RFC 1035 §3.3.1");
    return { kind: "alias", target: target.text };
  }
  if (type === TYPE.SOA) return readAuthority(bytes, start, end);
  return { kind: "other", bytes: raw };
}

function readAuthority(bytes: Buffer, start: number, end: number): RecordData | DnsViolation {
  const primary = readName(bytes, start);
  if (primary.kind === "violation") return primary;
  const mailbox = readName(bytes, primary.end);
  if (mailbox.kind === "violation") return mailbox;
  if (mailbox.end + 20 !== end) return violation("an SOA record of the wrong length", "RFC 1035 §3.3.13");
  return {
    kind: "authority",
    primary: primary.text,
    mailbox: mailbox.text,
    serial: bytes.readUInt32BE(mailbox.end),
    minimumSeconds: bytes.readUInt32BE(mailbox.end + 16),
  };
}

/** RFC 6891 §6.1.3: the class is a size; the TTL is upper code, version and flags. */
function readEdns(record: RawRecord): ({ kind: "edns"; upperCode: number } & Edns) | DnsViolation {
  if (record.name !== "")
    return violation("an OPT record that does not belong to the root", "RFC 6891 §6.1.2");
  const errors: { code: number; text: string }[] = [];
  const { rawData, rawTtl } = record;
  let at = 0;
  while (at < rawData.length) {
    const end = at + 4 <= rawData.length ? at + 4 + rawData.readUInt16BE(at + 2) : Number.POSITIVE_INFINITY;
    if (end > rawData.length) return violation("an EDNS option cut short", "RFC 6891 §6.1.2");
    if (rawData.readUInt16BE(at) === EXTENDED_ERROR_OPTION && end - at >= 6) {
      // Some servers end the text with a NUL, which RFC 8914 §2 allows to be there.
      const text = rawData.toString("utf8", at + 6, end).replace(/\0$/, "");
      errors.push({ code: rawData.readUInt16BE(at + 4), text });
    }
    at = end;
  }
  return {
    kind: "edns",
    upperCode: rawTtl >>> 24,
    version: (rawTtl >>> 16) & 0xff,
    udpBytes: record.class,
    errors,
  };
}
