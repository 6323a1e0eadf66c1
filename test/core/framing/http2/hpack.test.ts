// HPACK against the vectors of RFC 7541 appendix C, its bounds, and bytes at random.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HpackDecoder } from "../../../../src/core/framing/http2/hpack/decoder.ts";
import { encodeHeaderBlock, encodeInteger } from "../../../../src/core/framing/http2/hpack/encoder.ts";
import { decodeHuffman, encodeHuffman } from "../../../../src/core/framing/http2/hpack/huffman.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");
const decode = (decoder: HpackDecoder, hex: string) => decoder.decode(bytes(hex), 0, bytes(hex).length);

const REQUESTS = [
  ":method,GET,:scheme,http,:path,/,:authority,www.example.com",
  ":method,GET,:scheme,http,:path,/,:authority,www.example.com,cache-control,no-cache",
  ":method,GET,:scheme,https,:path,/index.html,:authority,www.example.com,custom-key,custom-value",
];

describe("vectors of RFC 7541 appendix C", () => {
  test("C.1: integers", () => {
    expect(encodeInteger(0, 5, 10).toString("hex")).toBe("0a");
    expect(encodeInteger(0, 5, 1337).toString("hex")).toBe("1f9a0a");
    expect(encodeInteger(0, 8, 42).toString("hex")).toBe("2a");
  });

  test.each([
    [
      "C.2.1",
      "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      ["custom-key", "custom-header"],
      "never",
    ],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [":path", "/sample/path"], "always"],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"], "always"],
    ["C.2.4", "82", [":method", "GET"], "always"],
  ])("%s decodes", (_name, hex, fields, repeats) => {
    expect(decode(new HpackDecoder(4096, 65536), hex)).toEqual({ kind: "fields", fields, repeats });
  });

  test.each([
    [
      "C.3",
      [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
    ],
    [
      "C.4",
      [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
    ],
  ])("%s: three requests on one connection", (_name, blocks) => {
    const decoder = new HpackDecoder(4096, 65536);
    for (const [i, hex] of blocks.entries()) {
      expect(decode(decoder, hex)).toMatchObject({ fields: REQUESTS[i]!.split(",") });
    }
  });

  test.each([
    [
      "C.5",
      [
        "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "4803 3330 37c1 c0bf",
      ],
    ],
    [
      "C.6",
      [
        "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        "4883 640e ffc1 c0bf",
      ],
    ],
  ])("%s: responses that evict entries of a table of 256 bytes", (_name, blocks) => {
    const decoder = new HpackDecoder(256, 65536);
    const rest = [
      "cache-control",
      "private",
      "date",
      "Mon, 21 Oct 2013 20:13:21 GMT",
      "location",
      "https://www.example.com",
    ];
    expect(decode(decoder, blocks[0]!)).toMatchObject({ fields: [":status", "302", ...rest] });
    expect(decode(decoder, blocks[1]!)).toMatchObject({ fields: [":status", "307", ...rest] });
  });
});

describe("Huffman", () => {
  test("every byte sequence comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (source) => {
        const encoded = encodeHuffman(source);
        const target = Buffer.alloc(encoded.length * 2);
        const length = decodeHuffman(encoded, 0, encoded.length, target);
        expect(target.subarray(0, length)).toEqual(Buffer.from(source));
      }),
    );
  });

  test.each([
    ["padding of zeros", "18"],
    ["padding of eight ones", "1fff"],
    ["EOS", "ffffffff"],
  ])("%s is refused", (_name, hex) => {
    expect(decodeHuffman(bytes(hex), 0, bytes(hex).length, Buffer.alloc(16))).toBe(-1);
  });
});

describe("what is refused, with its section", () => {
  test.each([
    ["index 0", "80", "6.1"],
    ["an index beyond the tables", "be", "2.3.3"],
    ["a size update above the limit", "3fe2ff01", "6.3"],
    ["a size update after a field", "8220", "4.2"],
    ["an integer without end", "ffffffffffffffffff", "5.1"],
    ["a cut string", "400a6375", "5.2"],
    ["wrong Huffman padding", "00810018", "5.2"],
  ])("%s", (_name, hex, section) => {
    expect(decode(new HpackDecoder(4096, 65536), hex)).toMatchObject({
      kind: "broken",
      section: `RFC 7541 section ${section}`,
    });
  });

  test("a bomb: one large entry, referred to again and again, stops at the bound", () => {
    const decoder = new HpackDecoder(4096, 16384);
    const bomb = Buffer.concat([
      bytes("400161"),
      encodeInteger(0, 7, 3000),
      Buffer.alloc(3000, "x"),
      Buffer.alloc(5000, 0xbe),
    ]);
    const outcome = decoder.decode(bomb, 0, bomb.length);
    expect(outcome).toMatchObject({ kind: "too-large" });
    expect(outcome.kind === "too-large" && outcome.bytes).toBeLessThan(20_000);
  });

  test("bytes at random never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 5 }), (blocks) => {
        const decoder = new HpackDecoder(512, 4096);
        for (const block of blocks) decoder.decode(block, 0, block.length);
      }),
      { numRuns: 2000 },
    );
  });
});

test("what the encoder writes, the decoder reads, and equal bytes mean equal fields always", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary-ascii", maxLength: 40 })), (texts) => {
      const fields = texts.length % 2 === 0 ? texts : texts.slice(1);
      const block = encodeHeaderBlock(fields);
      expect(new HpackDecoder(0, 1 << 20).decode(block, 0, block.length)).toEqual({
        kind: "fields",
        fields,
        repeats: "always",
      });
    }),
  );
});

test("secrets are written as never indexed", () => {
  expect(encodeHeaderBlock(["authorization", "x"])[0]! & 0xf0).toBe(0x10);
});

test("an insertion into a table of size 0 changes nothing, so equal blocks stay equal", () => {
  const inserting = "4003666f6f03626172";
  const none = new HpackDecoder(0, 65536);
  expect(decode(none, `20${inserting}`)).toMatchObject({ fields: ["foo", "bar"], repeats: "always" });
  expect(decode(none, inserting)).toMatchObject({ fields: ["foo", "bar"], repeats: "always" });
  expect(decode(none, "be")).toMatchObject({ kind: "broken" });
  const some = new HpackDecoder(4096, 65536);
  expect(decode(some, `3fe10f${inserting}`)).toMatchObject({ repeats: "never" });
  expect(decode(some, `20${inserting}`)).toMatchObject({ repeats: "never" });
});

test("a block that only reads the dynamic table repeats while the table stays what it is", () => {
  const decoder = new HpackDecoder(4096, 65536);
  expect(decode(decoder, "4003666f6f03626172")).toMatchObject({ repeats: "never" });
  const before = decoder.changes;
  expect(decode(decoder, "be")).toMatchObject({ fields: ["foo", "bar"], repeats: "while" });
  expect(decode(decoder, "be82")).toMatchObject({ repeats: "while" });
  expect(decoder.changes).toBe(before);
  expect(decode(decoder, "4003626172 03626172".replaceAll(" ", ""))).toMatchObject({ repeats: "never" });
  expect(decoder.changes).toBeGreaterThan(before);
  // The same octets, another field.
  expect(decode(decoder, "be")).toMatchObject({ fields: ["bar", "bar"], repeats: "while" });
  expect(decode(decoder, "20")).toMatchObject({ repeats: "never" });
  expect(decode(decoder, "82")).toMatchObject({ repeats: "always" });
});
