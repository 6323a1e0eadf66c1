// Named groups and signature schemes: codes as registered, one entry each.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { GROUPS, group } from "../../../../src/engine/tls-check/registry/groups.ts";
import { SIGNATURE_SCHEMES, scheme } from "../../../../src/engine/tls-check/registry/signature-schemes.ts";

describe("groups", () => {
  test("have every code and every name once, in no other order than kinds and codes", () => {
    expect(new Set(GROUPS.map(({ code }) => code)).size).toBe(GROUPS.length);
    expect(new Set(GROUPS.map(({ name }) => name)).size).toBe(GROUPS.length);
    expect(GROUPS.filter(({ kind }) => kind === "ecdh").map(({ code }) => code)).toEqual(
      Array.from({ length: 41 }, (_, index) => index + 1),
    );
  });

  test.each([
    [0x0017, "secp256r1", "ecdh", 256, "P-256"],
    [0x001d, "x25519", "ecdh", 255, "X25519"],
    [0x001a, "brainpoolP256r1", "ecdh", 256, "brainpoolP256r1"],
    [0x001f, "brainpoolP256r1tls13", "ecdh", 256, "brainpoolP256r1"],
    [0x0102, "ffdhe4096", "ffdh", 4096, undefined],
    [0x0201, "MLKEM768", "kem", 192, undefined],
    [0x11eb, "SecP256r1MLKEM768", "hybrid", 192, "P-256"],
    [0x11ec, "X25519MLKEM768", "hybrid", 192, "X25519"],
    [0x11ed, "SecP384r1MLKEM1024", "hybrid", 256, "P-384"],
    [0x6399, "X25519Kyber768Draft00", "hybrid", 192, "X25519"],
    [0x639a, "SecP256r1Kyber768Draft00", "hybrid", 192, "P-256"],
  ])("0x%s is %s", (code, name, kind, bits, curve) => {
    expect(group(code)).toMatchObject({ code, name, kind, bits, curve });
  });

  test("have the size that their names tell", () => {
    for (const { name, kind, bits } of GROUPS) {
      const size = /^(?:sect|secp|brainpoolP|ffdhe|GC)(\d+)/.exec(name)?.[1];
      if (size !== undefined) expect([name, bits]).toEqual([name, Number(size)]);
      const set = /(?:MLKEM|Kyber)(\d+)/.exec(name)?.[1];
      if (set !== undefined) expect([name, bits]).toEqual([name, { 512: 128, 768: 192, 1024: 256 }[set]]);
      expect(kind === "kem" || kind === "hybrid").toBe(/MLKEM|Kyber|CECPQ/.test(name));
    }
  });

  test("are those of TLS 1.3 only where key encapsulation or a code of its own makes them so", () => {
    for (const { name, kind, minVersion, maxVersion } of GROUPS) {
      const modern = kind === "kem" || kind === "hybrid" || /tls13$|SM2/.test(name);
      expect([name, minVersion === "TLSv1.3"]).toEqual([name, modern]);
      expect([name, maxVersion === "TLSv1.2"]).toEqual([
        name,
        /^(sect|secp(1|2[^5]|256k)|brainpoolP\d+r1$)/.test(name),
      ]);
    }
  });

  test("are unknown for GREASE and explicit curves", () => {
    expect([0x0a0a, 0xff01, 0xff02, 0].map(group)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("groups of OpenSSL", () => {
  const curves = spawnSync("openssl", ["ecparam", "-list_curves"], { encoding: "utf8" });

  test.skipIf(curves.status !== 0)("are known under the same names", () => {
    const names = [
      ...curves.stdout.matchAll(/^\s+(sect(?!1[13])\d+\w+|secp(?:1[69]|2|3|5)\w+|brainpoolP\d+r1)\s*:/gm),
    ].map((match) => match[1]!);
    const known = new Set(GROUPS.map(({ name }) => name));
    const neverInTls = ["brainpoolP160r1", "brainpoolP192r1", "brainpoolP224r1", "brainpoolP320r1"];
    expect(names.filter((name) => !known.has(name) && !neverInTls.includes(name))).toEqual([]);
  });
});

describe("signature schemes", () => {
  test("have every code and every name once", () => {
    expect(new Set(SIGNATURE_SCHEMES.map(({ code }) => code)).size).toBe(SIGNATURE_SCHEMES.length);
    expect(new Set(SIGNATURE_SCHEMES.map(({ name }) => name)).size).toBe(SIGNATURE_SCHEMES.length);
  });

  test.each([
    [0x0403, "ecdsa_secp256r1_sha256", "ecdsa", "sha256", "P-256"],
    [0x0603, "ecdsa_secp521r1_sha512", "ecdsa", "sha512", "P-521"],
    [0x0303, "ecdsa_sha224", "ecdsa", "sha224", undefined],
    [0x0401, "rsa_pkcs1_sha256", "rsa", "sha256", undefined],
    [0x0201, "rsa_pkcs1_sha1", "rsa", "sha1", undefined],
    [0x0101, "rsa_pkcs1_md5", "rsa", "md5", undefined],
    [0x0202, "dsa_sha1", "dsa", "sha1", undefined],
    [0x0804, "rsa_pss_rsae_sha256", "rsa", "sha256", undefined],
    [0x080b, "rsa_pss_pss_sha512", "rsa-pss", "sha512", undefined],
    [0x0807, "ed25519", "ed25519", undefined, undefined],
    [0x081b, "ecdsa_brainpoolP384r1tls13_sha384", "ecdsa", "sha384", "brainpoolP384r1"],
    [0x0905, "mldsa65", "ml-dsa", undefined, undefined],
    [0x0911, "slhdsa_sha2_128s", "slh-dsa", undefined, undefined],
    [0x091c, "slhdsa_shake_256f", "slh-dsa", undefined, undefined],
    [0x0708, "sm2sig_sm3", "sm2", "sm3", "SM2"],
    [0x070f, "gostr34102012_512c", "gost", undefined, undefined],
    [0x0840, "gostr34102012_256", "gost", undefined, undefined],
  ])("0x%s is %s", (code, name, key, hash, curve) => {
    expect(scheme(code)).toMatchObject({ code, name, key, hash, curve });
  });

  test("of TLS 1.2 are all pairs of a hash and a kind of key", () => {
    for (let hash = 1; hash <= 6; hash++) {
      for (let key = 1; key <= 3; key++) expect(scheme(hash * 256 + key)?.tls12).toBe(true);
    }
  });

  test("sign handshakes of TLS 1.3 with neither PKCS #1 nor SHA-1, SHA-224, MD5 nor DSA", () => {
    const weak = SIGNATURE_SCHEMES.filter(
      ({ padding, hash, key }) =>
        padding === "pkcs1" || key === "dsa" || ["md5", "sha1", "sha224"].includes(hash ?? ""),
    );
    expect(weak.length).toBe(15);
    expect(weak.filter(({ tls13 }) => tls13)).toEqual([]);
  });
});
