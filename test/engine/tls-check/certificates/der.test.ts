/** DER at its edges: lengths, integers, object identifiers, times, strings; BER made definite. */
import { describe, expect, test } from "vitest";
import { toDefinite } from "../../../../src/engine/tls-check/certificates/der/ber.ts";
import {
  DerFault,
  type Element,
  fieldsOf,
  MAX_ODDITIES,
  Oddities,
  readElement,
} from "../../../../src/engine/tls-check/certificates/der/element.ts";
import { text } from "../../../../src/engine/tls-check/certificates/der/text.ts";
import { time } from "../../../../src/engine/tls-check/certificates/der/time.ts";
import {
  bitLength,
  boolean,
  integer,
  namedBits,
  octets,
  oid,
  smallInteger,
} from "../../../../src/engine/tls-check/certificates/der/values.ts";
import { derElement, derOid } from "../../../../src/engine/tls-check/certificates/der/write.ts";
import {
  bitString,
  bmp,
  generalizedTime,
  indefinite,
  int,
  longerLength,
  octetString,
  seq,
  teletex,
  tlv,
  universal,
  utcTime,
  utf8,
  oid as writeOid,
} from "../../../support/der-writer.ts";

function read(bytes: Uint8Array | string): { element: Element; oddities: Oddities } {
  const oddities = new Oddities();
  const source = typeof bytes === "string" ? Buffer.from(bytes, "hex") : bytes;
  return { element: readElement(source, oddities), oddities };
}

describe("an element", () => {
  test("is a view of its source, with its offset", () => {
    const { element } = read(seq(int(5), int(6)));
    const [five, six] = [...element.children()];
    expect([five!.start, six!.start]).toEqual([2, 5]);
    expect(six!.bytes.buffer).toBe(element.source.buffer);
  });

  test.each([
    ["", "the data end"],
    ["30", "the data end"],
    ["3005", "an element of 5 bytes where 0 are left"],
    ["3080", "indefinite length"],
    ["30ff", "a length that cannot be"],
    ["3082", "a length that cannot be"],
    ["308401000000", "truncated"],
    ["3089ffffffffffffffffff", "a length that cannot be"],
    ["1f8080808001", "a tag number too large"],
    ["1f81", "a tag number too large"],
  ])("%s is refused: %s", (hex, why) => {
    expect(() => read(hex)).toThrow(DerFault);
    expect(() => read(hex)).toThrow(why);
  });

  test("with a length longer than needed is read, and told with its offset", () => {
    const { element, oddities } = read(longerLength(int(5), 3));
    expect(smallInteger(element)).toBe(5);
    expect(oddities.list()).toEqual(["length not in its shortest form at byte 0"]);
  });

  test("names the field that is missing and the one that is wrong", () => {
    const { element } = read(seq(int(5)));
    expect(() => fieldsOf(element, "thing").required(0x30, "list")).toThrow(
      "list of the thing has the wrong type (tag 02) at byte 2",
    );
    const fields = fieldsOf(element, "thing");
    fields.required(0x02, "number");
    expect(() => fields.required(0x30, "list")).toThrow("the thing ends before its list at byte 0");
  });

  test("deeper than any certificate is refused", () => {
    let nested: Buffer = int(1);
    for (let depth = 0; depth < 60; depth++) nested = seq(nested);
    let element = read(nested).element;
    expect(() => {
      for (;;) element = element.inner();
    }).toThrow("nested too deeply");
  });
});

test("oddities stop at a bound and count the rest", () => {
  const oddities = new Oddities();
  for (let count = 0; count < MAX_ODDITIES + 7; count++) oddities.add("odd", count);
  expect(oddities.list()).toHaveLength(MAX_ODDITIES + 1);
  expect(oddities.list().at(-1)).toBe("7 more like these");
});

describe("integers", () => {
  test.each([0n, 1n, 127n, 128n, 255n, 256n, -1n, -128n, -129n, 1n << 64n, -(1n << 64n)])("%s", (value) => {
    const { element, oddities } = read(int(value));
    expect(integer(element)).toBe(value);
    expect(oddities.list()).toEqual([]);
  });

  test("small ones may be negative, large ones are refused", () => {
    expect(smallInteger(read(int(-3)).element)).toBe(-3);
    expect(() => smallInteger(read(int(1n << 60n)).element)).toThrow("too large");
  });

  test.each(["02020001", "0202ffff"])("%s is not in its shortest form", (hex) => {
    const { element, oddities } = read(hex);
    integer(element);
    expect(oddities.list()).toEqual(["integer not in its shortest form at byte 0"]);
  });

  test.each([
    ["00", 0],
    ["01", 1],
    ["80", 8],
    ["0100", 9],
    ["0000ff", 8],
  ])("the bit length of %s is %i", (hex, bits) => expect(bitLength(Buffer.from(hex, "hex"))).toBe(bits));
});

describe("object identifiers", () => {
  test.each([
    "1.2.840.113549.1.1.11",
    "2.5.4.3",
    "0.9.2342.19200300.100.1.25",
    "2.999.1",
    "1.39.5",
    "2.25.329800735698586629295641978511506172918",
  ])("%s is written and read", (dotted) => {
    expect(oid(read(writeOid(dotted)).element)).toBe(dotted);
    if (!dotted.startsWith("2.25")) expect(derOid(dotted)).toEqual(writeOid(dotted));
  });

  test.each(["0600", "060181", "06028181"])("%s is refused", (hex) =>
    expect(() => oid(read(hex).element)).toThrow("no object identifier"),
  );
});

describe("bits and booleans", () => {
  test("named bits are numbered from the left", () => {
    expect(namedBits(read(bitString(Buffer.of(0x86), 1)).element)).toEqual([0, 5, 6]);
    expect(namedBits(read(bitString(Buffer.of(0, 0x80), 7)).element)).toEqual([8]);
    expect(namedBits(read(bitString(Buffer.alloc(0))).element)).toEqual([]);
  });

  test.each(["0300", "030108", "030101"])("the bit string %s is refused", (hex) =>
    expect(() => namedBits(read(hex).element)).toThrow("no bit string"),
  );

  test("any octet but zero is TRUE, and only ff is DER", () => {
    const { element, oddities } = read("010101");
    expect(boolean(element)).toBe(true);
    expect(oddities.list()[0]).toContain("TRUE written as 1");
    expect(() => boolean(read("0100").element)).toThrow("no boolean");
  });

  test("an octet string in parts is joined", () => {
    const { element, oddities } = read(
      tlv(0x24, octetString(Buffer.of(1, 2)), tlv(0x24, octetString(Buffer.of(3)))),
    );
    expect([...octets(element)]).toEqual([1, 2, 3]);
    expect(oddities.list()[0]).toContain("in parts");
  });
});

describe("times", () => {
  test.each([
    [utcTime("491231235959Z"), "2049-12-31T23:59:59.000Z"],
    [utcTime("500101000000Z"), "1950-01-01T00:00:00.000Z"],
    [generalizedTime("20500101000000Z"), "2050-01-01T00:00:00.000Z"],
    [generalizedTime("99991231235959Z"), "9999-12-31T23:59:59.000Z"],
    [utcTime("240229000000Z"), "2024-02-29T00:00:00.000Z"],
    [utcTime("2401010000Z"), "2024-01-01T00:00:00.000Z"],
    [utcTime("240101013000+0130"), "2024-01-01T00:00:00.000Z"],
    [generalizedTime("20240101000000.25Z"), "2024-01-01T00:00:00.250Z"],
  ])("%s is %s", (bytes, iso) => expect(new Date(time(read(bytes).element)).toISOString()).toBe(iso));

  test.each([
    utcTime("230229000000Z"),
    utcTime("231301000000Z"),
    utcTime("230100000000Z"),
    utcTime("230101240000Z"),
    utcTime("230101006000Z"),
    utcTime("23010100Z"),
    utcTime("abcdefghijklZ"),
    utcTime("-30101000000Z"),
    utcTime(""),
    int(5),
  ])("%s is refused", (bytes) => expect(() => time(read(bytes).element)).toThrow(/is no time|no time/));

  test("the profile of OCSP allows GeneralizedTime of any year", () => {
    const { element, oddities } = read(generalizedTime("20240101000000Z"));
    time(element, false);
    expect(oddities.list()).toEqual([]);
  });
});

describe("strings", () => {
  test.each([
    ["UTF-8", utf8("Zürich 日本 🦊"), "Zürich 日本 🦊"],
    ["Latin-1 in a TeletexString", teletex("Zürich"), "Zürich"],
    ["UTF-16", bmp("Zürich 🦊"), "Zürich 🦊"],
    ["UTF-32", universal("Zürich 🦊"), "Zürich 🦊"],
  ])("%s", (_name, bytes, value) => expect(text(read(bytes).element)).toBe(value));

  test("cannot move a terminal's cursor, turn its direction or end early", () => {
    expect(text(read(utf8("a\x1b[2Jb\0c\u202ed\u009be")).element)).toBe(
      "a\\1b[2Jb\\00c\\e2\\80\\aed\\c2\\9be",
    );
  });

  test("what is no string is undefined", () => expect(text(read(int(5)).element)).toBeUndefined());
});

describe("indefinite lengths", () => {
  test("become definite ones, on every level", () => {
    const plain = seq(int(1), seq(octetString(Buffer.alloc(300, 7))), seq());
    const [one, list, empty] = [
      int(1),
      indefinite(seq(octetString(Buffer.alloc(300, 7)))),
      indefinite(seq()),
    ];
    expect(Buffer.from(toDefinite(indefinite(seq(one, list, empty))))).toEqual(plain);
  });

  test("are left alone where there are none", () => {
    const plain = seq(int(1));
    expect(toDefinite(plain)).toBe(plain);
  });

  test("without an end, of primitives, or nested without measure are refused", () => {
    expect(() => toDefinite(Buffer.from("3080020101", "hex"))).toThrow("without its end");
    expect(() => toDefinite(Buffer.from("308004800000", "hex"))).toThrow(
      "primitive element of indefinite length",
    );
    expect(() => toDefinite(Buffer.from("3080".repeat(100), "hex"))).toThrow("nested too deeply");
  });
});

test("lengths are written in their shortest form", () => {
  for (const size of [0, 127, 128, 255, 256, 65_535, 65_536]) {
    expect(derElement(0x04, Buffer.alloc(size))).toEqual(octetString(Buffer.alloc(size)));
  }
});
