// Writes and reads DNS messages for tests, on its own: nothing is shared with the codec under test.

export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, OPT: 41 } as const;
export const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

export type TypeName = keyof typeof TYPES;
export type RcodeName = keyof typeof RCODES;

export interface Rr {
  readonly name: string;
  readonly type: TypeName;
  readonly ttl?: number;
  /** Address, name, `primary mailbox serial refresh retry expire minimum`, or text. */
  readonly data: string;
}

export interface Reply {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly rcode?: number;
  readonly answers?: readonly Rr[];
  readonly authorities?: readonly Rr[];
  readonly truncated?: boolean;
  readonly authoritative?: boolean;
  readonly recursionAvailable?: boolean;
  /** Absent: no OPT record. */
  readonly edns?: { readonly errors?: readonly (readonly [number, string])[]; readonly upperCode?: number };
}

/** Names that occur again, in the same case, become pointers (RFC 1035 section 4.1.4). */
class Writer {
  readonly bytes: number[] = [];
  readonly #places = new Map<string, number>();

  u8(value: number): void {
    this.bytes.push(value & 0xff);
  }

  u16(value: number): void {
    this.u8(value >> 8);
    this.u8(value);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  name(text: string): void {
    const labels = text === "" ? [] : text.split(".");
    for (let index = 0; index < labels.length; index++) {
      const rest = labels.slice(index).join(".");
      const place = this.#places.get(rest);
      if (place !== undefined) {
        this.u16(0xc000 | place);
        return;
      }
      if (this.bytes.length < 0x4000) this.#places.set(rest, this.bytes.length);
      const label = Buffer.from(labels[index]!, "latin1");
      this.u8(label.length);
      this.bytes.push(...label);
    }
    this.u8(0);
  }

  record({ name, type, ttl = 60, data }: Rr): void {
    this.name(name);
    this.u16(TYPES[type]);
    this.u16(1);
    this.u32(ttl);
    const lengthAt = this.bytes.length;
    this.u16(0);
    this.#data(type, data);
    const length = this.bytes.length - lengthAt - 2;
    this.bytes[lengthAt] = length >> 8;
    this.bytes[lengthAt + 1] = length & 0xff;
  }

  #data(type: TypeName, data: string): void {
    if (type === "A") this.bytes.push(...data.split(".").map(Number));
    else if (type === "AAAA") for (const group of ipv6Groups(data)) this.u16(group);
    else if (type === "CNAME" || type === "NS") this.name(data);
    else if (type === "SOA") {
      const [primary, mailbox, ...numbers] = data.split(" ");
      this.name(primary!);
      this.name(mailbox!);
      for (const number of numbers) this.u32(Number(number));
    } else {
      this.u8(data.length);
      this.bytes.push(...Buffer.from(data, "latin1"));
    }
  }
}

function ipv6Groups(text: string): number[] {
  const [left = "", right] = text.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const zeros = right === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}

export function writeReply(reply: Reply): Buffer {
  const { answers = [], authorities = [], edns, rcode = 0 } = reply;
  const writer = new Writer();
  writer.u16(reply.id);
  writer.u16(
    0x8100 |
      (reply.authoritative ? 0x0400 : 0) |
      (reply.truncated ? 0x0200 : 0) |
      (reply.recursionAvailable === false ? 0 : 0x0080) |
      (rcode & 0xf),
  );
  for (const count of [1, answers.length, authorities.length, edns === undefined ? 0 : 1]) writer.u16(count);
  writer.name(reply.name);
  writer.u16(reply.type);
  writer.u16(1);
  for (const record of [...answers, ...authorities]) writer.record(record);
  if (edns !== undefined) {
    writer.u8(0);
    writer.u16(TYPES.OPT);
    writer.u16(1232);
    writer.u32(((edns.upperCode ?? rcode >> 4) << 24) >>> 0);
    const options = (edns.errors ?? []).map(([code, text]) => [code, Buffer.from(text)] as const);
    writer.u16(options.reduce((sum, [, text]) => sum + 6 + text.length, 0));
    for (const [code, text] of options) {
      for (const value of [15, 2 + text.length, code]) writer.u16(value);
      writer.bytes.push(...text);
    }
  }
  return Buffer.from(writer.bytes);
}

export interface ReadQuery {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly recursionDesired: boolean;
  /** What the OPT record says; undefined without one. */
  readonly udpBytes: number | undefined;
}

/** @throws Error for what is no query of one question. */
export function readQuery(bytes: Buffer): ReadQuery {
  if (bytes.length < 17 || bytes.readUInt16BE(4) !== 1) throw new Error("no query");
  const labels: string[] = [];
  let at = 12;
  while (bytes[at] !== 0) {
    const length = bytes[at]!;
    labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = bytes.readUInt16BE(at + 1);
  const rest = at + 5;
  const hasOpt = bytes.readUInt16BE(10) > 0 && bytes.readUInt16BE(rest + 1) === TYPES.OPT;
  return {
    id: bytes.readUInt16BE(0),
    name: labels.join("."),
    type,
    recursionDesired: (bytes.readUInt16BE(2) & 0x0100) !== 0,
    udpBytes: hasOpt ? bytes.readUInt16BE(rest + 3) : undefined,
  };
}
