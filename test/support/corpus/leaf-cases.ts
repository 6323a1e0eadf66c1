/** A leaf that is wrong in one way, below authorities that are right: dates, names, keys, signatures, uses. */
import {
  bitString,
  bmp,
  boolean,
  ctx,
  ctxRaw,
  generalizedTime,
  ia5,
  int,
  nul,
  octetString,
  oid,
  printable,
  seq,
  set,
  teletex,
  universal,
  utf8,
} from "../der-writer.ts";
import type { CorpusCase, MadeChain } from "./case.ts";
import { type KeyKind, signer, testKey } from "./keys.ts";
import {
  authorities,
  basicConstraints,
  commonName,
  days,
  extendedKeyUsage,
  extension,
  HOST,
  issue,
  keyUsage,
  leaf,
  mustStaple,
  nameConstraints,
  OID,
  policies,
  type Recipe,
  san,
} from "./maker.ts";

type Shows = NonNullable<CorpusCase["shows"]>;
type More = Partial<Omit<MadeChain, "kind" | "sent">>;

/** Leaf and intermediate as sent. */
function served(recipe: Recipe, more: More = {}): MadeChain {
  return { kind: "chain", sent: [leaf(recipe).der, authorities().intermediate.der], ...more };
}

function one(
  name: string,
  recipe: () => Recipe,
  expect: readonly string[],
  shows?: Shows,
  more: () => More = () => ({}),
): CorpusCase {
  return { name, make: () => served(recipe(), more()), expect, ...(shows === undefined ? {} : { shows }) };
}

/** A public leaf: the corpus' root stands in for one of Mozilla's, and everything browsers want of such is there. */
function publicLeaf(name: string, recipe: () => Recipe, expect: readonly string[]): CorpusCase {
  const base: Recipe = { extensions: { [OID.policies]: policies("2.23.140.1.2.1") } };
  return {
    name,
    make: () => {
      const own = recipe();
      return served(
        { ...base, ...own, extensions: { ...base.extensions, ...own.extensions } },
        { publicRoots: [authorities().root.der] },
      );
    },
    // No log vouches for the corpus; the cases of transparency have their own file.
    expect: [...expect, "cert-sct-missing"],
  };
}

const ODD = "cert-der-oddity";

const sound: readonly CorpusCase[] = [
  one("a sound leaf and its intermediate", () => ({}), [], { trusted: true, problems: [] }),
  ...(["p384", "p521", "rsa2048", "secp256k1", "ed25519", "ed448"] as const).map((kind) =>
    one(`a sound leaf with a key of kind ${kind}`, () => ({ key: testKey(kind) }), [], { trusted: true }),
  ),
  one("a sound wildcard", () => ({ names: ["*.example.org"], subject: "x" }), []),
  one("a sound name in capital letters", () => ({ names: ["WWW.Example.ORG"] }), []),
  one(
    "a sound international name",
    () => ({ names: ["xn--mnchen-3ya.example"], subject: "x" }),
    [],
    undefined,
    () => ({ host: "münchen.example" }),
  ),
  one(
    "a sound IPv4 address",
    () => ({ names: ["192.0.2.7"], subject: "x" }),
    [],
    undefined,
    () => ({ host: "192.0.2.7" }),
  ),
  one(
    "a sound IPv6 address",
    () => ({
      subject: "x",
      extensions: { [OID.san]: san(ctxRaw(7, Buffer.from("20010db8000000000000000000000001", "hex"))) },
    }),
    [],
    undefined,
    () => ({ host: "2001:db8::1" }),
  ),
  one(
    "a sound name asked for with a dot at its end",
    () => ({}),
    [],
    undefined,
    () => ({ host: `${HOST}.` }),
  ),
];

const dates: readonly CorpusCase[] = [
  one("expired yesterday", () => ({ notAfter: days(-1) }), ["cert-expired"], {
    problems: ["expired"],
    trusted: false,
  }),
  one("expired years ago", () => ({ notBefore: days(-900), notAfter: days(-800) }), ["cert-expired"]),
  one("begins tomorrow", () => ({ notBefore: days(1) }), ["cert-not-yet-valid"], {
    problems: ["not-yet-valid"],
    trusted: false,
  }),
  one("ends within 21 days", () => ({ notAfter: days(20) }), ["cert-expires-soon"], { trusted: true }),
  one("ends in 22 days, which is time enough", () => ({ notAfter: days(22) }), []),
  one(
    "has a tenth of its lifetime left",
    () => ({ notBefore: days(-270), notAfter: days(30) }),
    ["cert-lifetime-low"],
    undefined,
    () => ({
      plan: { lifetimeLeftPercent: 33 },
    }),
  ),
  one(
    "ends before it begins",
    () => ({ notBefore: days(10), notAfter: days(-10) }),
    ["cert-expired", "cert-not-yet-valid", ODD],
    {
      oddity: /ends before it begins/,
    },
  ),
  one(
    "ends in the year 9999 (RFC 5280: no end)",
    () => ({ notAfter: generalizedTime("99991231235959Z") }),
    [],
  ),
  publicLeaf("public, for 91 days", () => ({ notBefore: days(-31), notAfter: days(60) }), []),
  publicLeaf(
    "public, for 201 days under the limit of 200",
    () => ({ notBefore: days(-31), notAfter: days(170) }),
    ["cert-lifetime-too-long"],
  ),
  publicLeaf(
    "public, for 398 days when that was the limit",
    () => ({ notBefore: days(-300), notAfter: new Date(days(98).getTime() - 1000) }),
    [],
  ),
  publicLeaf(
    "public, for 399 days when 398 was the limit",
    () => ({ notBefore: days(-300), notAfter: days(99) }),
    ["cert-lifetime-too-long"],
  ),
  one("private, for ten years, which is nobody's business", () => ({ notAfter: days(3600) }), []),
];

const names: readonly CorpusCase[] = [
  one("another name", () => ({ names: ["www.example.net"], subject: "www.example.net" }), [
    "cert-name-mismatch",
  ]),
  one(
    "a wildcard that stands for one label only",
    () => ({ names: ["*.org.example"], subject: "x" }),
    ["cert-name-mismatch"],
    undefined,
    () => ({
      host: "a.b.org.example",
    }),
  ),
  one(
    "a wildcard that does not stand for no label",
    () => ({ names: ["*.example.org"], subject: "x" }),
    ["cert-name-mismatch"],
    undefined,
    () => ({
      host: "example.org",
    }),
  ),
  one(
    "an address of another host",
    () => ({ names: ["192.0.2.8"], subject: "x" }),
    ["cert-name-mismatch"],
    undefined,
    () => ({ host: "192.0.2.7" }),
  ),
  one(
    "an address as a DNS name",
    () => ({ extensions: { [OID.san]: san(ctxRaw(2, "192.0.2.7")) }, subject: "x" }),
    ["cert-name-mismatch", ODD],
    {
      oddity: /IP address written as a DNS name/,
    },
    () => ({ host: "192.0.2.7" }),
  ),
  one(
    "a NUL in the name",
    () => ({ extensions: { [OID.san]: san(ctxRaw(2, `${HOST}\0.evil.example`)) }, subject: "x" }),
    ["cert-name-mismatch", ODD],
    {
      oddity: /NUL/,
    },
  ),
  one("no alternative names", () => ({ extensions: { [OID.san]: undefined }, subject: "A Server" }), [
    "cert-no-san",
    "cert-name-mismatch",
  ]),
  one("the name in the common name only", () => ({ extensions: { [OID.san]: undefined } }), ["cert-no-san"]),
  one("another name in the common name only", () => ({ names: [HOST], subject: "shop.example.org" }), [
    "cert-common-name-only",
  ]),
  one("only an e-mail address in the alternative names", () => ({ names: ["a@example.org"] }), [
    "cert-no-san",
  ]),
  one(
    "empty alternative names",
    () => ({ extensions: { [OID.san]: extension(OID.san, seq()) } }),
    ["cert-no-san", ODD],
    { oddity: /without a name/ },
  ),
  one("an empty DNS name", () => ({ names: [HOST, ""] }), [ODD], { oddity: /empty DNS name/ }),
  one("an underscore in a name", () => ({ names: [HOST, "my_host.example.org"] }), [ODD], {
    oddity: /underscore/,
  }),
  one("a space in a name", () => ({ names: [HOST, "my host.example.org"] }), [ODD], {
    oddity: /no host name has/,
  }),
  one(
    "a URL in a DNS name",
    () => ({ extensions: { [OID.san]: san(HOST, ctxRaw(2, "http/www.example.org")) } }),
    [ODD],
    { oddity: /no host name has/ },
  ),
  one("a label of 64 characters", () => ({ names: [HOST, `${"a".repeat(64)}.example.org`] }), [ODD], {
    oddity: /more than 63/,
  }),
  one("a name of 260 characters", () => ({ names: [HOST, `${"abcdefgh.".repeat(28)}example.org`] }), [ODD], {
    oddity: /more than 253/,
  }),
  one("an empty label", () => ({ names: [HOST, "www..example.org"] }), [ODD], { oddity: /empty label/ }),
  one("a dot at the end of a name", () => ({ names: [HOST, "example.org."] }), [ODD], {
    oddity: /dot at its end/,
  }),
  one("a name in Unicode instead of its A-label", () => ({ names: [HOST, "m\u00fcnchen.example"] }), [ODD], {
    oddity: /not ASCII/,
  }),
  one(
    "an address of three octets",
    () => ({ extensions: { [OID.san]: san(HOST, ctxRaw(7, Buffer.of(192, 0, 2))) } }),
    [ODD],
    { oddity: /IP address of 3 octets/ },
  ),
  one(
    "an address of seventeen octets",
    () => ({ extensions: { [OID.san]: san(HOST, ctxRaw(7, Buffer.alloc(17))) } }),
    [ODD],
    { oddity: /IP address of 17 octets/ },
  ),
  one(
    "a wildcard in the middle",
    () => ({ names: [HOST, "www.*.example.org"] }),
    ["cert-wildcard-bad", ODD],
    { oddity: /not the leftmost/ },
  ),
  one(
    "a wildcard as a part of a label",
    () => ({ names: [HOST, "w*.example.org"] }),
    ["cert-wildcard-bad", ODD],
    { oddity: /part of its label/ },
  ),
  one("a wildcard for a top-level domain", () => ({ names: [HOST, "*.org"] }), ["cert-wildcard-bad", ODD], {
    oddity: /top-level/,
  }),
  one("a wildcard alone", () => ({ names: [HOST, "*"] }), ["cert-wildcard-bad", ODD], {
    oddity: /top-level/,
  }),
  one("two wildcards", () => ({ names: [HOST, "*.*.example.org"] }), ["cert-wildcard-bad", ODD]),
  publicLeaf("public, with an internal name", () => ({ names: [HOST, "db.internal"] }), [
    "cert-internal-name",
  ]),
  publicLeaf("public, with a name of one label", () => ({ names: [HOST, "intranet"] }), [
    "cert-internal-name",
  ]),
  publicLeaf("public, with a private address", () => ({ names: [HOST, "10.1.2.3"] }), ["cert-internal-name"]),
];

const strings: readonly CorpusCase[] = [
  ...(
    [
      ["PrintableString", printable],
      ["TeletexString", teletex],
      ["BMPString", bmp],
      ["UniversalString", universal],
      ["IA5String", ia5],
    ] as const
  ).map(([type, write]) =>
    one(`a subject of type ${type}`, () => ({ subject: seq(set(seq(oid("2.5.4.3"), write(HOST)))) }), []),
  ),
  one(
    "a PrintableString with a star",
    () => ({ subject: seq(set(seq(oid("2.5.4.10"), printable("Stars * Inc")))) }),
    [ODD],
    {
      oddity: /PrintableString with a character outside/,
    },
  ),
  one(
    "a UTF8String that is not UTF-8",
    () => ({ subject: seq(set(seq(oid("2.5.4.10"), Buffer.from("0c03c328ff", "hex")))) }),
    [ODD, "cert-untrusted"],
    {
      oddity: /not UTF-8/,
    },
  ),
  one(
    "a BMPString of an odd length",
    () => ({ subject: seq(set(seq(oid("2.5.4.10"), Buffer.from("1e03004100", "hex")))) }),
    [ODD, "cert-untrusted"],
    { oddity: /odd number/ },
  ),
  one(
    "a relative name that is not sorted",
    () => ({
      subject: seq(set(seq(oid("2.5.4.3"), utf8(HOST)), seq(oid("2.5.4.10"), utf8("Zebra")))),
    }),
    [ODD],
    { oddity: /not sorted/ },
  ),
  one("an empty subject with uncritical alternative names", () => ({ subject: seq() }), [ODD], {
    oddity: /subject is empty and subjectAltName is not critical/,
  }),
  one("a relative name without attributes", () => ({ subject: seq(set()) }), [ODD], {
    oddity: /without attributes/,
  }),
];

const WEAK: readonly (readonly [KeyKind, readonly string[]])[] = [
  ["rsa512", ["cert-weak-key"]],
  ["rsa1024", ["cert-weak-key"]],
  ["dsa1024", ["cert-weak-key"]],
  ["dsa2048", ["cert-weak-key"]],
  ["p192", ["cert-weak-key"]],
  ["secp160r1", ["cert-weak-key"]],
  ["rsa2048e3", ["cert-key-exponent"]],
];

const rsaSpki = (modulus: bigint, exponent: bigint) =>
  seq(seq(oid("1.2.840.113549.1.1.1"), nul()), bitString(seq(int(modulus), int(exponent))));
const ODD_MODULUS = (1n << 2047n) + 12345n;

const keys: readonly CorpusCase[] = [
  ...WEAK.map(([kind, expect]) => one(`a key of kind ${kind}`, () => ({ key: testKey(kind) }), expect)),
  one("an RSA exponent of 1", () => ({ spki: rsaSpki(ODD_MODULUS, 1n) }), ["cert-key-exponent"]),
  one("an even RSA exponent", () => ({ spki: rsaSpki(ODD_MODULUS, 65536n) }), ["cert-key-exponent"]),
  one("an even RSA modulus", () => ({ spki: rsaSpki(ODD_MODULUS + 1n, 65537n) }), ["cert-weak-key"]),
  one("a negative RSA modulus", () => ({ spki: rsaSpki(-(1n << 2040n) - 1n, 65537n) }), [ODD], {
    oddity: /negative modulus/,
  }),
  one(
    "an RSA key without NULL",
    () => ({
      spki: seq(seq(oid("1.2.840.113549.1.1.1")), bitString(seq(int(ODD_MODULUS), int(65537)))),
    }),
    [ODD],
    { oddity: /without its NULL/ },
  ),
  one(
    "an EC key with explicit parameters",
    () => ({
      spki: seq(
        seq(oid("1.2.840.10045.2.1"), seq(int(1))),
        bitString(Buffer.from(`04${"11".repeat(64)}`, "hex")),
      ),
    }),
    [ODD, "cert-untrusted"],
    { oddity: /explicit parameters/ },
  ),
  one(
    "an EC point too short for its curve",
    () => ({
      spki: seq(
        seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
        bitString(Buffer.from(`04${"11".repeat(60)}`, "hex")),
      ),
    }),
    [ODD, "cert-untrusted"],
    { oddity: /wrong length for its curve/ },
  ),
  one(
    "an EC point of no form",
    () => ({
      spki: seq(
        seq(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
        bitString(Buffer.from(`09${"11".repeat(64)}`, "hex")),
      ),
    }),
    [ODD, "cert-untrusted"],
    { oddity: /unknown form/ },
  ),
  one(
    "an ML-DSA-65 key",
    () => ({
      spki: seq(seq(oid("2.16.840.1.101.3.4.3.18")), bitString(Buffer.alloc(1952, 7))),
    }),
    [],
    { publicKey: "ml-dsa ML-DSA-65 192" },
  ),
  one(
    "an SLH-DSA key",
    () => ({
      spki: seq(seq(oid("2.16.840.1.101.3.4.3.20")), bitString(Buffer.alloc(32, 7))),
    }),
    [],
    { publicKey: "other SLH-DSA-SHA2-128s 128" },
  ),
  one(
    "a key of an algorithm nobody knows",
    () => ({ spki: seq(seq(oid("1.2.3.4.5")), bitString(Buffer.alloc(32, 7))) }),
    [],
    { publicKey: "other undefined 0" },
  ),
];

const rsaIssuer = () => issue({ ca: true, subject: "RSA Root", key: testKey("rsa2048", "root") });

function below(name: string, recipe: () => Recipe, expect: readonly string[], shows?: Shows): CorpusCase {
  return {
    name,
    make: () => {
      const root = rsaIssuer();
      return { kind: "chain", sent: [issue({ issuer: root, ...recipe() }).der], given: [root.der] };
    },
    expect,
    ...(shows === undefined ? {} : { shows }),
  };
}

const signatures: readonly CorpusCase[] = [
  below("signed with MD5", () => ({ signing: { hash: "md5" } }), ["cert-weak-signature"], { trusted: true }),
  below("signed with SHA-1", () => ({ signing: { hash: "sha1" } }), ["cert-weak-signature"], {
    trusted: true,
  }),
  below("signed with RSA and SHA-384", () => ({ signing: { hash: "sha384" } }), [], { trusted: true }),
  below("signed with RSASSA-PSS", () => ({ signing: { pss: true } }), [], { trusted: true }),
  below("signed with RSASSA-PSS and SHA-512", () => ({ signing: { pss: true, hash: "sha512" } }), [], {
    trusted: true,
  }),
  below(
    "signed with RSASSA-PSS and SHA-1",
    () => ({ signing: { pss: true, hash: "sha1" } }),
    ["cert-weak-signature"],
    { trusted: true },
  ),
  one("signed with ECDSA and SHA-1", () => ({ signing: { hash: "sha1" } }), ["cert-weak-signature"], {
    trusted: true,
  }),
  one(
    "signed by an algorithm nobody knows",
    () => ({
      signer: { algorithm: seq(oid("1.2.3.4")), sign: () => Buffer.alloc(64, 1) },
    }),
    ["cert-untrusted"],
    { problems: [], trusted: false },
  ),
  one(
    "signed with ML-DSA, says its label, by an EC key",
    () => ({
      signer: { algorithm: seq(oid("2.16.840.1.101.3.4.3.18")), sign: () => Buffer.alloc(3309, 1) },
    }),
    ["chain-broken-signature"],
    { trusted: false },
  ),
  one(
    "two signature algorithms that differ",
    () => ({
      innerAlgorithm: seq(oid("1.2.840.10045.4.3.3")),
    }),
    [ODD, "cert-untrusted"],
    { oddity: /two signature algorithms/ },
  ),
  one(
    "an ECDSA algorithm with NULL parameters",
    () => {
      const by = signer(authorities().intermediate.key);
      return { signer: { ...by, algorithm: seq(oid("1.2.840.10045.4.3.2"), nul()) } };
    },
    [ODD],
    { oddity: /with parameters/ },
  ),
  below(
    "an RSA algorithm without NULL parameters",
    () => {
      const by = signer(rsaIssuer().key);
      return { signer: { ...by, algorithm: seq(oid("1.2.840.113549.1.1.11")) } };
    },
    [ODD],
    { oddity: /without its NULL/ },
  ),
];

const uses: readonly CorpusCase[] = [
  one("a key that may not sign", () => ({ extensions: { [OID.ku]: keyUsage(2) } }), ["cert-key-usage"]),
  one(
    "an RSA key for key encipherment only",
    () => ({ key: testKey("rsa2048"), extensions: { [OID.ku]: keyUsage(2) } }),
    ["cert-key-usage"],
  ),
  one("a leaf that may sign certificates", () => ({ extensions: { [OID.ku]: keyUsage(0, 5) } }), [
    "cert-key-usage",
  ]),
  one(
    "a key for nothing",
    () => ({ extensions: { [OID.ku]: extension(OID.ku, bitString(Buffer.alloc(0)), true) } }),
    ["cert-key-usage", ODD, "cert-untrusted"],
    { oddity: /without a use/ },
  ),
  one("for clients only", () => ({ extensions: { [OID.eku]: extendedKeyUsage("1.3.6.1.5.5.7.3.2") } }), [
    "cert-extended-key-usage",
  ]),
  one("for code signing only", () => ({ extensions: { [OID.eku]: extendedKeyUsage("1.3.6.1.5.5.7.3.3") } }), [
    "cert-extended-key-usage",
  ]),
  one("for any purpose", () => ({ extensions: { [OID.eku]: extendedKeyUsage("2.5.29.37.0") } }), []),
  one(
    "without a purpose, which private authorities may do",
    () => ({ extensions: { [OID.eku]: undefined } }),
    [],
  ),
  publicLeaf("public, without a purpose", () => ({ extensions: { [OID.eku]: undefined } }), [
    "cert-extended-key-usage",
  ]),
  one(
    "an empty list of purposes",
    () => ({ extensions: { [OID.eku]: extension(OID.eku, seq()) } }),
    ["cert-extended-key-usage", ODD],
    { oddity: /without a purpose/ },
  ),
  one("an authority as a server", () => ({ extensions: { [OID.bc]: basicConstraints(true) } }), [
    "cert-ca-as-leaf",
  ]),
  one(
    "a critical extension that nobody knows",
    () => ({ extensions: { x: extension("1.2.3.4.5.6", nul(), true) } }),
    ["cert-critical-unknown", ODD],
    {
      problems: ["critical-unknown"],
      trusted: false,
    },
  ),
  one(
    "an uncritical extension that nobody knows",
    () => ({ extensions: { x: extension("1.2.3.4.5.6", nul()) } }),
    [],
  ),
  one("must-staple without a staple", () => ({ extensions: { [OID.feature]: mustStaple() } }), [
    "cert-must-staple",
  ]),
  one(
    "a precertificate",
    () => ({ extensions: { [OID.poison]: extension(OID.poison, nul(), true) } }),
    ["cert-precertificate"],
    { trusted: false },
  ),
  one(
    "another key identifier than the issuer's",
    () => ({
      extensions: { [OID.aki]: extension(OID.aki, seq(ctxRaw(0, Buffer.alloc(20, 9)))) },
    }),
    ["cert-aki-ski"],
    { problems: ["key-identifier"], trusted: false },
  ),
  one(
    "an authority key identifier with half a reference",
    () => ({
      extensions: { [OID.aki]: extension(OID.aki, seq(ctx(1, ctx(4, commonName("Somebody"))))) },
    }),
    [ODD, "cert-untrusted"],
    { oddity: /only one of issuer and serial/ },
  ),
  one(
    "a critical authority key identifier",
    () => ({
      extensions: { [OID.aki]: seq(oid(OID.aki), boolean(true), octetString(seq())) },
    }),
    [ODD],
    { oddity: /must not be/ },
  ),
  one(
    "an empty subject key identifier",
    () => ({ extensions: { [OID.ski]: extension(OID.ski, octetString()) } }),
    [ODD],
    { oddity: /identifier is empty/ },
  ),
  one(
    "name constraints in a leaf",
    () => ({ extensions: { [OID.nc]: nameConstraints([ctxRaw(2, "example.org")]) } }),
    [],
  ),
  one(
    "name constraints that constrain nothing",
    () => ({ extensions: { [OID.nc]: nameConstraints([]) } }),
    [ODD],
    { oddity: /constrain nothing/ },
  ),
  publicLeaf("public, without a policy", () => ({ extensions: { [OID.policies]: undefined } }), [
    "cert-policy",
  ]),
  one(
    "one policy twice",
    () => ({ extensions: { [OID.policies]: policies("1.2.3", "1.2.3") } }),
    [ODD, "chain-policy"],
    {
      oddity: /one policy twice/,
    },
  ),
  one("no policy in its policies", () => ({ extensions: { [OID.policies]: policies() } }), [ODD], {
    oddity: /without a policy/,
  }),
  publicLeaf("public, with a serial number of 32 bits", () => ({ serial: int(0x12345678) }), ["cert-serial"]),
  {
    name: "self-signed, for its host",
    make: () => ({ kind: "chain", sent: [issue({}).der] }),
    expect: ["cert-self-signed"],
    shows: { trusted: false },
  },
  {
    name: "self-signed, and trusted by the user",
    make: () => {
      const own = issue({});
      return { kind: "chain", sent: [own.der], given: [own.der] };
    },
    expect: [],
    shows: { trusted: true },
  },
  {
    name: "self-signed with a broken signature",
    make: () => {
      const other = signer(testKey("p256", "stranger"));
      return { kind: "chain", sent: [issue({ signer: other }).der] };
    },
    expect: ["cert-self-signed", "chain-broken-signature"],
  },
  {
    name: "below a private authority that nobody trusts",
    make: () => ({
      kind: "chain",
      sent: [leaf().der, authorities().intermediate.der, authorities().root.der],
      given: [],
      publicRoots: [],
    }),
    expect: ["cert-untrusted", "chain-root-sent"],
    shows: { trusted: false },
  },
];

export const LEAF_CASES: readonly CorpusCase[] = [
  ...sound,
  ...dates,
  ...names,
  ...strings,
  ...keys,
  ...signatures,
  ...uses,
];
