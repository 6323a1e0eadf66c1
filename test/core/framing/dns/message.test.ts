// DNS messages, in bytes; and from a writer of the tests' own.
import { isIPv6, SocketAddress } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipv6Text } from "../../../../src/core/framing/dns/address-text.ts";
import { belongsTo, followAliases, negativeTtlSeconds } from "../../../../src/core/framing/dns/answer.ts";
import { extendedErrorName, rcodeName, TYPE } from "../../../../src/core/framing/dns/codes.ts";
import { type DnsMessage, readMessage } from "../../../../src/core/framing/dns/message.ts";
import { encodeQuery } from "../../../../src/core/framing/dns/query.ts";
import { type Rr, readQuery, writeReply } from "../../../support/dns-writer.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ""), "hex");

function read(bytes: Buffer): DnsMessage {
  const message = readMessage(bytes);
  if (message.kind === "violation") throw new Error(message.what);
  return message;
}

const SOA: Rr = { name: "example", type: "SOA", ttl: 900, data: "ns.example admin.example 7 1 2 3 300" };

describe("a query", () => {
  test("asks one question, wants recursion, and says how much it takes", () => {
    expect(encodeQuery({ id: 0xabcd, name: "a.example", type: TYPE.AAAA, edns: true })).toEqual(
      hex(`abcd 0100 0001 0000 0000 0001
           01 61 07 6578616d706c65 00  001c 0001
           00 0029 04d0 00000000 0000`),
    );
  });

  test("goes without EDNS when told to", () => {
    const query = encodeQuery({ id: 1, name: "a.example", type: TYPE.A, edns: false });
    expect(readQuery(query as Buffer)).toEqual({
      id: 1,
      name: "a.example",
      type: 1,
      recursionDesired: true,
      udpBytes: undefined,
    });
  });

  test("is a violation for what is no name", () => {
    expect(encodeQuery({ id: 1, name: "a..b", type: TYPE.A, edns: true })).toMatchObject({
      kind: "violation",
    });
  });
});

describe("a response", () => {
  test("as a resolver sends it is read in full", () => {
    const message = read(
      hex(`1234 8180 0001 0002 0000 0001
           03 777777 07 6578616d706c65 00  0001 0001
           c00c 0005 0001 0000003c 0004  01 61 c010
           c029 0001 0001 80000001 0004  c0000201
           00 0029 04d0 01008000 000c  000f 0008 0006 737461 6c6500`),
    );
    expect(message).toEqual({
      kind: "message",
      id: 0x1234,
      isResponse: true,
      opcode: 0,
      authoritative: false,
      truncated: false,
      recursionAvailable: true,
      rcode: 16,
      questions: [{ name: "www.example", type: 1, class: 1 }],
      answers: [
        {
          name: "www.example",
          type: 5,
          class: 1,
          ttlSeconds: 60,
          data: { kind: "alias", target: "a.example" },
        },
        {
          name: "a.example",
          type: 1,
          class: 1,
          ttlSeconds: 0,
          data: { kind: "address", address: "192.0.2.1", family: 4 },
        },
      ],
      authorities: [],
      additionals: [],
      edns: { version: 0, udpBytes: 1232, errors: [{ code: 6, text: "stale" }] },
    });
  });

  test("keeps what it does not know as bytes", () => {
    const record: Rr = { name: "example", type: "TXT", data: "hi" };
    const message = read(writeReply({ id: 1, name: "example", type: 16, answers: [record] }));
    expect(message.answers[0]!.data).toEqual({ kind: "other", bytes: hex("02 6869") });
  });

  test("reads the flags apart", () => {
    const flags = { truncated: true, authoritative: true, recursionAvailable: false };
    expect(read(writeReply({ id: 1, name: "example", type: 1, rcode: 5, ...flags }))).toMatchObject({
      ...flags,
      rcode: 5,
      edns: undefined,
    });
  });

  test("lets bytes behind the last record be", () => {
    const bytes = Buffer.concat([writeReply({ id: 1, name: "example", type: 1 }), Buffer.from("rest")]);
    expect(readMessage(bytes).kind).toBe("message");
  });

  const question = "00 0001 0001";
  test.each([
    ["a short header", "1234 8180 0001", "RFC 1035 §4.1.1"],
    ["a question cut short", "1234 8180 0001 0000 0000 0000 00 00", "RFC 1035 §4.1.2"],
    ["a record cut short", `1234 8180 0001 0001 0000 0000 ${question} 00 0001`, "RFC 1035 §4.1.3"],
    [
      "too much announced",
      `1234 8180 0001 0001 0000 0000 ${question} 00 0001 0001 00000000 0005 01020304`,
      "RFC 1035 §4.1.3",
    ],
    ["65,535 announced records", `1234 8180 0001 ffff 0000 0000 ${question}`, "RFC 1035 §3.1"],
    [
      "an A record of 3 bytes",
      `1234 8180 0001 0001 0000 0000 ${question} 00 0001 0001 00000000 0003 010203`,
      "RFC 1035 §3.4.1",
    ],
    [
      "an AAAA record of 4 bytes",
      `1234 8180 0001 0001 0000 0000 ${question} 00 001c 0001 00000000 0004 01020304`,
      "RFC 3596 §2.2",
    ],
    [
      "a CNAME with bytes behind it",
      `1234 8180 0001 0001 0000 0000 ${question} 00 0005 0001 00000000 0002 0000`,
      "RFC 1035 §3.3.1",
    ],
    [
      "a short SOA",
      `1234 8180 0001 0001 0000 0000 ${question} 00 0006 0001 00000000 0004 00000000`,
      "RFC 1035 §3.3.13",
    ],
    [
      "two OPT records",
      `1234 8180 0000 0000 0000 0002 00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000`,
      "RFC 6891 §6.1.1",
    ],
    [
      "an OPT record of a name",
      `1234 8180 0000 0000 0000 0001 016100 0029 04d0 00000000 0000`,
      "RFC 6891 §6.1.2",
    ],
    [
      "an option cut short",
      `1234 8180 0000 0000 0000 0001 00 0029 04d0 00000000 0004 000f 0002`,
      "RFC 6891 §6.1.2",
    ],
  ])("with %s is a violation", (_what, text, section) => {
    expect(readMessage(hex(text))).toMatchObject({ kind: "violation", section });
  });

  test("cut at any byte is a violation or a message, never an exception", () => {
    const whole = writeReply({
      id: 1,
      name: "www.example",
      type: 1,
      answers: [{ name: "www.example", type: "A", data: "192.0.2.1" }],
      authorities: [SOA],
      edns: { errors: [[15, "blocked"]] },
    });
    for (let end = 0; end < whole.length; end++) {
      expect(readMessage(whole.subarray(0, end)).kind).toBe("violation");
    }
  });

  test("of any bytes never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(["message", "violation"]).toContain(readMessage(Buffer.from(bytes)).kind);
      }),
      { numRuns: 2000 },
    );
  });

  test("with any bytes changed never throws", () => {
    const whole = writeReply({
      id: 1,
      name: "www.example",
      type: 28,
      answers: [
        { name: "www.example", type: "CNAME", data: "a.b.example" },
        { name: "a.b.example", type: "AAAA", data: "2001:db8::1" },
      ],
      authorities: [SOA],
      edns: { errors: [[6, "why"]] },
    });
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const message = readMessage(bytes);
        if (message.kind === "message") followAliases(message.answers, "www.example", TYPE.AAAA);
      }),
      { numRuns: 3000 },
    );
  });

  test("written by another writer reads as it was meant", () => {
    const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
    const record = fc.oneof(
      fc.record({ name, type: fc.constant("A" as const), ttl: fc.nat(86_400), data: fc.ipV4() }),
      fc.record({ name, type: fc.constant("CNAME" as const), ttl: fc.nat(86_400), data: name }),
    );
    fc.assert(
      fc.property(name, fc.array(record, { maxLength: 20 }), (asked, answers) => {
        const message = read(writeReply({ id: 7, name: asked, type: 1, answers }));
        expect(belongsTo(message, 7, asked, 1)).toBe(true);
        const shown = message.answers.map(({ name: owner, ttlSeconds, data }) => {
          return [
            owner,
            ttlSeconds,
            data.kind === "address" ? data.address : data.kind === "alias" ? data.target : "",
          ];
        });
        expect(shown).toEqual(answers.map((one) => [one.name, one.ttl, one.data]));
      }),
    );
  });
});

describe("whether an answer belongs to a question", () => {
  const good = read(writeReply({ id: 7, name: "a.Example", type: 1 }));

  test("is told by id, name and type, whatever the case", () => {
    expect(belongsTo(good, 7, "A.example", 1)).toBe(true);
    expect(belongsTo(good, 8, "a.example", 1)).toBe(false);
    expect(belongsTo(good, 7, "b.example", 1)).toBe(false);
    expect(belongsTo(good, 7, "a.example", 28)).toBe(false);
    expect(belongsTo({ ...good, isResponse: false }, 7, "a.example", 1)).toBe(false);
  });

  test("does not need the question in an error without records", () => {
    expect(belongsTo({ ...good, questions: [], rcode: 1 }, 7, "a.example", 1)).toBe(true);
    expect(belongsTo({ ...good, questions: [], rcode: 0 }, 7, "a.example", 1)).toBe(false);
  });
});

describe("aliases", () => {
  const answers = (...records: Rr[]) =>
    read(writeReply({ id: 1, name: "a.x", type: 1, answers: records })).answers;

  test("are followed in whatever order they stand", () => {
    const found = followAliases(
      answers(
        { name: "c.x", type: "A", data: "192.0.2.1", ttl: 5 },
        { name: "B.x", type: "CNAME", data: "c.x" },
        { name: "a.x", type: "CNAME", data: "b.x" },
        { name: "other.x", type: "A", data: "192.0.2.66" },
      ),
      "a.x",
      TYPE.A,
    );
    expect(found).toEqual({
      aliases: ["b.x", "c.x"],
      end: "c.x",
      records: [{ address: "192.0.2.1", ttlSeconds: 5 }],
      loop: false,
    });
  });

  test("that leave the answer give the name to ask next", () => {
    const found = followAliases(answers({ name: "a.x", type: "CNAME", data: "b.y" }), "a.x", TYPE.A);
    expect(found).toMatchObject({ end: "b.y", records: [], loop: false });
  });

  test("in a circle are noticed", () => {
    const circle = answers(
      { name: "a.x", type: "CNAME", data: "b.x" },
      { name: "b.x", type: "CNAME", data: "A.x" },
    );
    expect(followAliases(circle, "a.x", TYPE.A).loop).toBe(true);
    expect(followAliases(answers({ name: "a.x", type: "CNAME", data: "a.x" }), "a.x", TYPE.A).loop).toBe(
      true,
    );
  });
});

test("a negative answer may be remembered for the smaller of the two times of its SOA", () => {
  const reply = (ttl: number) =>
    read(writeReply({ id: 1, name: "x", type: 1, rcode: 3, authorities: [{ ...SOA, ttl }] }));
  expect(negativeTtlSeconds(reply(900))).toBe(300);
  expect(negativeTtlSeconds(reply(60))).toBe(60);
  expect(negativeTtlSeconds(read(writeReply({ id: 1, name: "x", type: 1, rcode: 3 })))).toBeUndefined();
});

test("codes have names, and those without are numbered", () => {
  expect([rcodeName(2), rcodeName(3), rcodeName(17)]).toEqual(["SERVFAIL", "NXDOMAIN", "RCODE17"]);
  expect([extendedErrorName(6), extendedErrorName(99)]).toEqual(["DNSSEC bogus", "extended error 99"]);
});

describe("IPv6 addresses", () => {
  test.each([
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000000000000000000001", "2001:db8::1"],
    ["20010db8000100000000000000000000", "2001:db8:1::"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["20010000000000010000000000000001", "2001:0:0:1::1"],
    ["00000000000000000000ffffc0000201", "::ffff:192.0.2.1"],
  ])("%s is written %s", (text, address) => {
    expect(ipv6Text(hex(text))).toBe(address);
  });

  test("are written as the system writes them", () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Buffer.alloc(16);
        groups.forEach((value, index) => {
          bytes.writeUInt16BE(value, index * 2);
        });
        const text = ipv6Text(bytes);
        expect(isIPv6(text)).toBe(true);
        // The system also mixes the deprecated ::192.0.2.1 (RFC 4291 section 2.5.5.1).
        if (groups.slice(0, 6).some((value) => value !== 0)) {
          expect(new SocketAddress({ address: text, family: "ipv6" }).address).toBe(text);
        }
      }),
    );
  });
});
