// Domain names, in bytes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeName, nameKey, readName } from "../../../../src/core/framing/dns/name.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("reading a name", () => {
  test("gives its labels and where it ends", () => {
    const bytes = hex("ffff 03 777777 07 6578616d706c65 00 aa");
    expect(readName(bytes, 2)).toEqual({ kind: "name", text: "www.example", end: 15 });
  });

  test("gives the empty string for the root", () => {
    expect(readName(hex("00"), 0)).toEqual({ kind: "name", text: "", end: 1 });
  });

  test("follows pointers and ends behind the first", () => {
    //                     0: example.          9: www → 0     15: mail → 9
    const bytes = hex("07 6578616d706c65 00  03 777777 c000  04 6d61696c c009  ff");
    expect(readName(bytes, 15)).toEqual({ kind: "name", text: "mail.www.example", end: 22 });
  });

  test.each([
    ["to itself", "c000", 0],
    ["forwards", "c002 00", 0],
    ["in a circle", "0161 c003 0162 c000", 4],
    ["back into the labels it ends", "0161 c000", 0],
  ])("refuses a pointer %s", (_where, text, at) => {
    expect(readName(hex(text), at)).toMatchObject({ kind: "violation", section: "RFC 1035 §4.1.4" });
  });

  test.each([
    ["without an end", "0161"],
    ["with a label cut short", "0561"],
    ["with half a pointer", "c0"],
    ["of nothing", ""],
  ])("refuses a name %s", (_what, text) => {
    expect(readName(hex(text), 0).kind).toBe("violation");
  });

  test("refuses the label kinds 01 and 10", () => {
    expect(readName(hex("4161 00"), 0)).toMatchObject({ kind: "violation", section: "RFC 6891 §5" });
    expect(readName(hex("8161 00"), 0).kind).toBe("violation");
  });

  test("takes 255 octets and refuses 256", () => {
    const label = (length: number): Buffer =>
      Buffer.concat([Buffer.from([length]), Buffer.alloc(length, 0x61)]);
    const three = [label(63), label(63), label(63)];
    expect(readName(Buffer.concat([...three, label(61), Buffer.from([0])]), 0).kind).toBe("name");
    expect(readName(Buffer.concat([...three, label(62), Buffer.from([0])]), 0)).toEqual({
      kind: "violation",
      what: "a name of more than 255 octets",
      section: "RFC 1035 §3.1",
    });
  });

  test("escapes what cannot be shown", () => {
    expect(readName(hex("06 612e625c001b 00"), 0)).toMatchObject({ text: "a\\.b\\\\\\000\\027" });
  });
});

describe("writing a name", () => {
  test("gives bytes, with or without the final dot", () => {
    const bytes = hex("03 777777 07 6578616d706c65 00");
    expect(encodeName("www.example")).toEqual(bytes);
    expect(encodeName("www.example.")).toEqual(bytes);
    expect(encodeName(".")).toEqual(hex("00"));
  });

  test.each([
    ["an empty label", "a..b"],
    ["a dot in front", ".a"],
    ["a label of 64 octets", `${"a".repeat(64)}.b`],
    ["256 octets", Array.from({ length: 4 }, () => "a".repeat(63)).join(".")],
    ["a broken escape", "a\\999"],
    ["a backslash at the end", "a\\"],
  ])("refuses %s", (_what, name) => {
    expect(encodeName(name)).toMatchObject({ kind: "violation" });
  });

  test("is undone by reading, whatever the labels hold", () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
        const wire = Buffer.concat([
          ...labels.map((one) => Buffer.from([one.length, ...one])),
          Buffer.from([0]),
        ]);
        const read = readName(wire, 0);
        expect(read).toMatchObject({ kind: "name", end: wire.length });
        expect(encodeName((read as { text: string }).text)).toEqual(wire);
      }),
    );
  });
});

test("names are equal without regard to case or to the final dot", () => {
  expect(nameKey("WWW.Example.")).toBe(nameKey("www.example"));
  expect(nameKey("a\\.")).toBe("a\\.");
  expect(nameKey("a\\\\.")).toBe("a\\\\");
});
