/**
 * Size: 10 MiB certificates, 10,000 names, and inputs made to be slow. The bounds are far above what is needed
 * (a second) and far below what anything quadratic would take (minutes).
 */
import { describe, expect, test } from "vitest";
import { analyseChain } from "../../src/engine/tls-check/certificates/analyse.ts";
import { parseCertificate } from "../../src/engine/tls-check/certificates/certificate.ts";
import type { Certificate } from "../../src/engine/tls-check/certificates/model.ts";
import { matchName } from "../../src/engine/tls-check/certificates/names.ts";
import { readItems } from "../../src/engine/tls-check/certificates/read-file.ts";
import { certificate } from "../support/corpus/case.ts";
import { revocationList } from "../support/corpus/file-cases.ts";
import { testKey } from "../support/corpus/keys.ts";
import {
  AT,
  authorities,
  days,
  extension,
  issue,
  leaf,
  nameConstraints,
  OID,
  type Recipe,
  san,
} from "../support/corpus/maker.ts";
import {
  bitString,
  ctxRaw,
  indefinite,
  int,
  oid,
  pem,
  seq,
  set,
  tlv,
  utcTime,
  utf8,
} from "../support/der-writer.ts";

const MEBI = 1024 * 1024;
/** Quadratic over a megabyte would be some ten to the twelfth steps. */
const BOUND_MS = 20_000;

function within<T>(boundMs: number, run: () => T): T {
  const began = performance.now();
  const result = run();
  expect(performance.now() - began).toBeLessThan(boundMs);
  return result;
}

const analysis = (sent: readonly Certificate[], trusted: readonly Uint8Array[] = [authorities().root.der]) =>
  analyseChain(sent, {
    where: "scale",
    name: "www.example.org",
    atMs: AT.getTime(),
    extraAuthorities: trusted.map(certificate),
    mozillaAuthorities: [],
    ctLogs: new Map(),
  });

const hosts = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `host-${index}.example.org`);

describe("certificates of 3 and 10 MiB", () => {
  /** One after the other, up to a size. */
  const many = (size: number, make: (index: number) => Buffer): Buffer => {
    const parts: Buffer[] = [];
    for (let length = 0; length < size; ) {
      const part = make(parts.length);
      parts.push(part);
      length += part.length;
    }
    return Buffer.concat(parts);
  };
  const name = (index: number): Buffer => ctxRaw(2, `host-${index}.example.org`);
  const rdn = (index: number): Buffer => set(seq(oid("2.5.4.11"), utf8(`unit ${index}`)));
  const attribute = (index: number): Buffer =>
    seq(oid("2.5.4.11"), utf8(`unit ${String(index).padStart(7, "0")}`));

  const giants: readonly (readonly [string, () => Recipe])[] = [
    ["an extension", () => ({ extensions: { big: extension("1.2.3.4", Buffer.alloc(10 * MEBI)) } })],
    [
      "half a million names",
      () => ({ extensions: { [OID.san]: extension(OID.san, seq(many(10 * MEBI, name))) } }),
    ],
    ["a subject of relative names", () => ({ subject: seq(many(3 * MEBI, rdn)) })],
    ["a subject of one relative name", () => ({ subject: seq(set(many(3 * MEBI, attribute))) })],
    ["one name", () => ({ extensions: { [OID.san]: san(ctxRaw(2, "a.".repeat(1.5 * MEBI))) } })],
    ["a common name", () => ({ subject: seq(set(seq(oid("2.5.4.3"), utf8('",\\ #'.repeat(MEBI))))) })],
    ["a serial number", () => ({ serial: int(Buffer.alloc(3 * MEBI, 0x41)) })],
    [
      "a modulus",
      () => ({
        spki: seq(
          seq(oid("1.2.840.113549.1.1.1"), Buffer.of(5, 0)),
          bitString(seq(int(Buffer.alloc(3 * MEBI, 0x41)), int(3))),
        ),
      }),
    ],
    [
      "extensions without number",
      () => ({ onlyExtensions: [many(3 * MEBI, (index) => extension(`1.2.3.${index}`, Buffer.of(5, 0)))] }),
    ],
    [
      "one extension again and again",
      () => ({ onlyExtensions: [many(3 * MEBI, () => san("www.example.org"))] }),
    ],
    [
      "an object identifier",
      () => ({
        extensions: { big: seq(tlv(0x06, Buffer.alloc(3 * MEBI, 0x81)), Buffer.from("0400", "hex")) },
      }),
    ],
  ];

  test.each(giants)("are read and analysed in linear time: %s", { timeout: 120_000 }, (_what, recipe) => {
    const der = leaf(recipe()).der;
    expect(der.length).toBeGreaterThan(2.9 * MEBI);
    const read = within(BOUND_MS, () => parseCertificate(der));
    if (read.kind === "certificate")
      within(BOUND_MS, () => analysis([read, certificate(authorities().intermediate.der)]));
    within(2 * BOUND_MS, () => readItems(Buffer.from(pem("CERTIFICATE", der)), { path: "giant" }));
  });
});

test("10,000 names are all there, and the last one matches", () => {
  const read = certificate(leaf({ names: [...hosts(9_999), "*.deep.example.org"] }).der);
  expect(read.subjectAltNames).toHaveLength(10_000);
  expect(read.oddities).toEqual([]);
  within(BOUND_MS, () => expect(matchName(read, "host-9998.example.org").matches).toBe(true));
  within(BOUND_MS, () => expect(matchName(read, "x.deep.example.org").matches).toBe(true));
  within(BOUND_MS, () => expect(matchName(read, "absent.example.org").matches).toBe(false));
});

test("10,000 names below 10,000 constraints cost no 100 million comparisons", () => {
  const constraint = (index: number): Buffer => ctxRaw(2, `host-${index}.example.org`);
  const permitted = Array.from({ length: 10_000 }, (_, index) => constraint(9_999 - index));
  const excluded = Array.from({ length: 10_000 }, (_, index) => constraint(index + 20_000));
  const root = issue({ ca: true, subject: "Root", key: testKey("p256", "root") });
  const middle = issue({
    ca: true,
    subject: "Middle",
    key: testKey("p256", "middle"),
    issuer: root,
    extensions: { [OID.nc]: nameConstraints(permitted, excluded) },
  });
  const own = certificate(leaf({ issuer: middle, names: hosts(10_000) }).der);
  const result = within(BOUND_MS, () => analysis([own, certificate(middle.der)], [root.der]));
  expect(result.problems).toEqual([]);
  expect(result.trust.some(({ trusted }) => trusted)).toBe(true);
});

describe("chains made to be slow", () => {
  test("a thousand authorities that all have one name", { timeout: 120_000 }, () => {
    const root = issue({ ca: true, subject: "Same", key: testKey("p256", "root") });
    const crowd = Array.from({ length: 1000 }, () =>
      certificate(issue({ ca: true, subject: "Same", key: testKey("p256", "root"), issuer: root }).der),
    );
    const own = certificate(
      leaf({
        issuer: root,
        signer: { algorithm: seq(oid("1.2.840.10045.4.3.2")), sign: () => Buffer.alloc(70, 1) },
      }).der,
    );
    const result = within(BOUND_MS, () => analysis([own, ...crowd], []));
    expect(result.trust.some(({ trusted }) => trusted)).toBe(false);
  });

  test("cross-signed pairs, layer upon layer, where the number of paths doubles", {
    timeout: 120_000,
  }, () => {
    let layer = [issue({ ca: true, subject: "Layer 0", key: testKey("p256", "layer 0") })];
    const crowd: Certificate[] = [];
    for (let depth = 1; depth <= 14; depth++) {
      const below = layer.flatMap((issuer) =>
        [0, 1].map((twin) =>
          issue({
            ca: true,
            subject: `Layer ${depth}`,
            key: testKey("p256", `layer ${depth}`),
            issuer,
            notAfter: days(100 + twin),
          }),
        ),
      );
      layer = below.slice(0, 2);
      crowd.push(...layer.map(({ der }) => certificate(der)));
    }
    const own = certificate(leaf({ issuer: layer[0]! }).der);
    const result = within(BOUND_MS, () => analysis([own, ...crowd], []));
    expect(result.extra).toEqual([]);
  });

  test("ten thousand times the same certificate", () => {
    const own = certificate(leaf().der);
    const result = within(BOUND_MS, () => analysis(new Array<Certificate>(10_000).fill(own)));
    expect(result.duplicates).toHaveLength(9_999);
  });
});

describe("files made to be slow", () => {
  const slow: readonly (readonly [string, () => Uint8Array])[] = [
    ["a million empty sequences", () => Buffer.from("3000".repeat(MEBI), "hex")],
    ["a hundred thousand BEGIN lines", () => Buffer.from("-----BEGIN CERTIFICATE-----\n".repeat(100_000))],
    [
      "a hundred thousand blocks",
      () => Buffer.from("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".repeat(100_000)),
    ],
    ["ten megabytes of dashes", () => Buffer.from(`-----BEGIN ${"-".repeat(10 * MEBI)}`)],
    ["ten megabytes of blanks", () => Buffer.from(`x${" ".repeat(10 * MEBI)}-----BEGIN `)],
    ["ten megabytes of base64 that is nothing", () => Buffer.alloc(10 * MEBI, "QUJD")],
    ["a hundred thousand sequences in each other", () => Buffer.from("3080".repeat(100_000), "hex")],
    [
      "sequences in each other with definite lengths",
      () => {
        let nested: Buffer = Buffer.of(0x30, 0);
        for (let depth = 0; depth < 2000; depth++) nested = seq(nested);
        return nested;
      },
    ],
    [
      "a container of indefinite lengths, 10 MiB of parts",
      () =>
        indefinite(
          seq(oid("1.2.840.113549.1.7.2"), indefinite(seq(Buffer.from("0402aabb".repeat(2 * MEBI), "hex")))),
        ),
    ],
    [
      "a store of four billion entries",
      () => Buffer.concat([Buffer.from("feedfeed00000002ffffffff", "hex"), Buffer.alloc(MEBI)]),
    ],
  ];

  test.each(slow)("are read in linear time: %s", { timeout: 120_000 }, (_what, make) => {
    const bytes = make();
    const facts = within(BOUND_MS, () => readItems(bytes, { path: "slow", password: "x" }));
    expect(facts.items.length).toBeLessThanOrEqual(10_001);
  });

  test("a revocation list of 200,000 entries", { timeout: 120_000 }, () => {
    const entries = Array.from({ length: 200_000 }, (_, index) => seq(int(index + 1), utcTime(days(-9))));
    const der = revocationList({ entries: [Buffer.concat(entries)] });
    const [item] = within(BOUND_MS, () => readItems(der, { path: "crl" })).items;
    expect(item?.kind === "crl" ? item.revoked.size : item).toBe(200_000);
  });
});
