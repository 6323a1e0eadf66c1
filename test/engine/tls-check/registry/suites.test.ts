// The table of cipher suites against OpenSSL's own list, against the rules of its names, and against its source.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { PROTOCOL_VERSIONS } from "../../../../src/engine/tls-check/facts.ts";
import {
  keyExchangeForm,
  SIGNALS,
  SSLV2_KINDS,
  SUITES,
  type SuiteFacts,
  sslv2Kind,
  suite,
} from "../../../../src/engine/tls-check/registry/suites.ts";

const GENERATOR = fileURLToPath(new URL("../../../../scripts/generate-tls-registry.js", import.meta.url));
const CSV = fileURLToPath(new URL("../../../../src/engine/tls-check/registry/suites.csv", import.meta.url));

const listed = spawnSync("openssl", ["ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"], {
  encoding: "utf8",
});
const hasOpenssl = listed.status === 0;

/** Key exchange and authentication as OpenSSL writes them. */
function opensslKx({ keyExchange, authentication }: SuiteFacts): string {
  if (keyExchange === "TLS13") return "any any";
  const kx = {
    DHE: "DH",
    ECDHE: "ECDH",
    DHE_PSK: "DHEPSK",
    ECDHE_PSK: "ECDHEPSK",
    RSA_PSK: "RSAPSK",
  } as const;
  const au = { anon: "None" } as const;
  return `${kx[keyExchange as "DHE"] ?? keyExchange} ${au[authentication as "anon"] ?? authentication}`;
}

/** `AES-256-GCM` → `AESGCM(256)`. */
function opensslCipher({ cipher, bits }: SuiteFacts): string {
  if (cipher === "NULL") return "None";
  if (cipher === "CHACHA20-POLY1305") return "CHACHA20/POLY1305(256)";
  const [name, , mode] = cipher.split("-");
  const label = name === "CAMELLIA" ? "Camellia" : name!;
  return `${label}${mode === "CBC" ? "" : mode}(${bits})`;
}

describe.skipIf(!hasOpenssl)("OpenSSL on this machine", () => {
  const lines = hasOpenssl ? listed.stdout.trim().split("\n") : [];
  const rows = lines.map((line) => {
    const match =
      /0x(..),0x(..) - (\S+)\s+- (\S+)\s+(\S+)\s+Kx=(\S+)\s+Au=(\S+)\s+Enc=(\S+)\s+Mac=(\S+)/.exec(line);
    if (match === null) throw new Error(`what is that? ${line}`);
    const [, high, low, name, openssl, version, kx, au, enc, mac] = match;
    return { code: Number(`0x${high}${low}`), name, openssl, version, kx: `${kx} ${au}`, enc, mac };
  });

  test("lists enough suites to compare", () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  test.each(rows)("$name is described alike", (row) => {
    const facts = suite(row.code)!;
    const early = facts.minVersion === "SSLv3";
    expect({
      code: facts.code,
      name: facts.name,
      openssl: facts.openssl,
      version: early && row.version !== "TLSv1.2" ? row.version : facts.minVersion,
      // SRP is unsigned without a certificate, which OpenSSL calls SRP too.
      kx: opensslKx(facts),
      enc: opensslCipher(facts),
      mac: facts.mac,
    }).toEqual(row);
  });
});

describe("the table", () => {
  test("is what the generator makes of suites.csv", () => {
    const output = execFileSync(process.execPath, [GENERATOR, "--check"], { encoding: "utf8" });
    const rows = readFileSync(CSV, "utf8").trimEnd().split("\n").length - 1;
    expect(output).toBe(`${rows} rows\n`);
    expect(SUITES.length + SSLV2_KINDS.length).toBe(rows);
  });

  test("has every code once, in order, and every name once", () => {
    const codes = SUITES.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
    expect(new Set(SUITES.map(({ name }) => name)).size).toBe(SUITES.length);
    const named = SUITES.flatMap(({ openssl }) => openssl ?? []);
    expect(new Set(named).size).toBe(named.length);
    expect(new Set(SSLV2_KINDS.map(({ code }) => code)).size).toBe(SSLV2_KINDS.length);
  });

  test("has all that IANA has registered, by ranges", () => {
    const inRange = (first: number, last: number) =>
      SUITES.filter(({ code }) => code >= first && code <= last).length;
    expect(inRange(0x0000, 0x001b)).toBe(0x1c);
    expect(inRange(0x001e, 0x0046)).toBe(0x29);
    expect(inRange(0x0067, 0x006d)).toBe(7);
    expect(inRange(0x0084, 0x00c7)).toBe(0x44);
    expect(inRange(0x1301, 0x1307)).toBe(7);
    expect(inRange(0xc001, 0xc0b5)).toBe(0xb5);
    expect(inRange(0xc100, 0xc106)).toBe(7);
    expect(inRange(0xcca8, 0xccae)).toBe(7);
    expect(inRange(0xd001, 0xd005)).toBe(4);
  });

  test.each([
    [0x0062, "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA"],
    [0x0066, "TLS_DHE_DSS_WITH_RC4_128_SHA"],
    [0x001d, "SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA"],
    [0xfeff, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA"],
    [0xffe0, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA_2"],
    [0xcc13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_OLD_SHA256"],
    [0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT"],
    [0xff85, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD"],
    [0x0072, "TLS_DHE_DSS_WITH_3DES_EDE_CBC_RMD"],
    [0xff83, "SSL_RSA_WITH_3DES_EDE_CBC_MD5"],
  ])("has the historic suite 0x%s %s", (code, name) => {
    expect(suite(code)?.name).toBe(name);
  });

  test("has no signalling values: they are no suites", () => {
    expect(Object.values(SIGNALS).map(suite)).toEqual([undefined, undefined]);
  });

  test.each(SUITES.map((facts) => [facts.name, facts] as const))(
    "%s agrees with its own name",
    (name, facts) => {
      const at = (version: SuiteFacts["minVersion"]) => PROTOCOL_VERSIONS.indexOf(version);
      expect(at(facts.minVersion)).toBeLessThanOrEqual(at(facts.maxVersion));
      expect(facts.export).toBe(/EXPORT/.test(name));
      expect(facts.mode === "null").toBe(/NULL|^TLS_SHA/.test(name));
      expect(facts.mode === "null").toBe(facts.bits === 0);
      expect(facts.mode === "aead").toBe(facts.mac === "AEAD");
      expect(facts.mode === "cbc").toBe(/CBC/.test(name) || facts.cipher.endsWith("CBC"));
      expect(facts.authentication === "anon").toBe(/_anon_|NULL_WITH_NULL/.test(name));
      expect(facts.keyExchange === "TLS13").toBe(facts.maxVersion === "TLSv1.3");
      expect(facts.keyExchange === "ECDHE").toBe(/^TLS_ECDHE_(RSA|ECDSA)_/.test(name));
      expect(facts.keyExchange === "DHE").toBe(/^TLS_DHE_(RSA|DSS)_/.test(name));
      const size = /(?:AES|CAMELLIA|ARIA)_(128|256)/.exec(name);
      if (size !== null) expect([name, facts.bits]).toEqual([name, Number(size[1])]);
      if (facts.export) expect(facts.bits).toBeLessThanOrEqual(56);
      expect(facts.rfc).not.toBe("");
    },
  );

  test("recommends only what has forward secrecy and an AEAD", () => {
    const recommended = SUITES.filter((facts) => facts.recommended);
    expect(recommended.length).toBe(14);
    expect(recommended.every(({ mode }) => mode === "aead")).toBe(true);
    expect(new Set(recommended.map(({ keyExchange }) => keyExchange))).toEqual(
      new Set(["TLS13", "ECDHE", "ECDHE_PSK"]),
    );
  });
});

describe("SSL 2.0", () => {
  test("has the kinds of the draft and those that SSLeay and Microsoft added", () => {
    expect(SSLV2_KINDS).toHaveLength(13);
    expect(sslv2Kind(0x0700c0)).toMatchObject({
      name: "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
      openssl: "DES-CBC3-MD5",
      bits: 112,
      minVersion: "SSLv2",
      maxVersion: "SSLv2",
    });
    expect(SSLV2_KINDS.filter((kind) => kind.export).map(({ bits }) => bits)).toEqual([40, 40]);
  });
});

describe("keyExchangeForm", () => {
  const formOf = (name: string) => keyExchangeForm(SUITES.find((facts) => facts.name === name)!);

  test.each([
    ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ecdhe"],
    ["TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "dhe"],
    ["TLS_DH_anon_WITH_AES_128_CBC_SHA", "dh-anon"],
    ["TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "ecdh-anon"],
    ["TLS_PSK_WITH_AES_128_CBC_SHA", "psk"],
    ["TLS_DHE_PSK_WITH_AES_128_CBC_SHA", "dhe-psk"],
    ["TLS_PSK_DHE_WITH_AES_128_CCM_8", "dhe-psk"],
    ["TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA", "ecdhe-psk"],
    ["TLS_RSA_PSK_WITH_AES_128_CBC_SHA", "rsa-psk"],
    ["TLS_RSA_EXPORT_WITH_RC4_40_MD5", "rsa-export"],
    ["TLS_SRP_SHA_WITH_AES_128_CBC_SHA", "srp-anon"],
    ["TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", "srp"],
    ["TLS_RSA_WITH_AES_128_CBC_SHA", undefined],
    ["TLS_DH_RSA_WITH_AES_128_CBC_SHA", undefined],
    ["TLS_ECDH_RSA_WITH_AES_128_CBC_SHA", undefined],
    ["TLS_KRB5_WITH_DES_CBC_SHA", undefined],
    ["TLS_AES_128_GCM_SHA256", undefined],
  ])("of %s is %s", (name, form) => {
    expect(formOf(name)).toBe(form);
  });
});
