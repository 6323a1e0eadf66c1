// What hellos offer: complete, in chunks that servers stomach, usual things first.
import { describe, expect, test } from "vitest";
import {
  CURVES,
  chunksOf,
  GROUPS_13,
  inOurOrder,
  isChacha,
  SCHEMES,
  SUITES_13,
  SUITES_PER_HELLO,
  suitesOf,
} from "../../../../src/engine/tls-check/probe/offers.ts";
import { SUITES, suite } from "../../../../src/engine/tls-check/registry/suites.ts";

const VERSIONS = ["SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;

describe("suites", () => {
  test("of all versions together are the whole registry, without the signalling values", () => {
    const offered = new Set(VERSIONS.flatMap((version) => suitesOf(version)));
    const missing = SUITES.filter(({ code }) => !offered.has(code)).map(({ name }) => name);
    expect(missing.filter((name) => !name.endsWith("_SCSV"))).toEqual([]);
    expect(offered.has(0x00ff) || offered.has(0x5600)).toBe(false);
  });

  test.each(VERSIONS)("of %s come in chunks of at most 110, each suite once", (version) => {
    const chunks = chunksOf(suitesOf(version));
    expect(chunks.every((chunk) => chunk.length <= SUITES_PER_HELLO)).toBe(true);
    expect([...chunks.flat()].sort()).toEqual([...suitesOf(version)].sort());
    expect(new Set(chunks.flat()).size).toBe(suitesOf(version).length);
  });

  test("that any current server has are in the first chunk", () => {
    const first = chunksOf(suitesOf("TLSv1.2"))[0]!;
    const usual = SUITES.filter(
      ({ code, keyExchange, authentication, cipher, export: exported }) =>
        suitesOf("TLSv1.2").includes(code) &&
        ["RSA", "DHE", "ECDHE"].includes(keyExchange) &&
        ["RSA", "ECDSA"].includes(authentication) &&
        /^(AES|CHACHA20|CAMELLIA|3DES|RC4-128)/.test(cipher) &&
        !exported,
    );
    expect(usual.length).toBeGreaterThan(50);
    expect(usual.filter(({ code }) => !first.includes(code)).map(({ name }) => name)).toEqual([]);
  });

  test("of ChaCha20 never lead a hello that has others", () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      for (const chunk of chunksOf(suitesOf(version))) {
        const at = chunk.findIndex(isChacha);
        expect(at < 0 || chunk.slice(at).every(isChacha)).toBe(true);
      }
    }
  });

  test("in our order have forward secrecy and AEAD first", () => {
    const codes = [0x002f, 0xc02f, 0xcca8, 0xc013, 0x009c, 0x0005];
    expect(inOurOrder(codes).map((code) => suite(code)?.openssl)).toEqual([
      "ECDHE-RSA-CHACHA20-POLY1305",
      "ECDHE-RSA-AES128-GCM-SHA256",
      "ECDHE-RSA-AES128-SHA",
      "AES128-GCM-SHA256",
      "AES128-SHA",
      "RC4-SHA",
    ]);
  });
});

test("groups of TLS 1.3 include what nobody here can compute, hybrids first", () => {
  expect(GROUPS_13.slice(0, 4)).toEqual([0x11ec, 0x11eb, 0x11ed, 0x001d]);
  expect(GROUPS_13).toContain(0x0201);
});

test("curves of TLS 1.2 are elliptic, and none that only TLS 1.3 has", () => {
  expect(CURVES.slice(0, 2)).toEqual([0x001d, 0x0017]);
  expect(CURVES.some((code) => code >= 0x0100 || code === 0x001f)).toBe(false);
});

test("no list has anything twice", () => {
  for (const list of [GROUPS_13, CURVES, SCHEMES, SUITES_13]) expect(new Set(list).size).toBe(list.length);
});
