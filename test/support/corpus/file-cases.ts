/** Files: every container and key form, sound and broken, without programs of other makes. */
import {
  ctx,
  ctxRaw,
  type Der,
  indefinite,
  int,
  nul,
  octetString,
  oid,
  pem,
  seq,
  set,
  split,
  utcTime,
  utf8,
} from "../der-writer.ts";
import type { CorpusCase, MadeFiles } from "./case.ts";
import { type Hash, type KeyKind, signed, signer, type TestKey, testKey } from "./keys.ts";
import { authorities, commonName, days, extension, HOST, issue, leaf, OID, san } from "./maker.ts";

type Shows = NonNullable<CorpusCase["shows"]>;

const { root, intermediate } = authorities();
const own = leaf();
const bytes = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? Buffer.from(content, "latin1") : content;

function file(
  name: string,
  make: () => string | Uint8Array,
  expect: readonly string[],
  shows: Shows,
  more: Omit<Partial<MadeFiles>, "kind"> = {},
): CorpusCase {
  return {
    name,
    make: () => ({
      kind: "files",
      ...more,
      files: [{ path: "server.pem", bytes: bytes(make()) }, ...(more.files ?? [])],
    }),
    expect,
    shows,
  };
}

const certificatePem = (der: Uint8Array = own.der, ending = "\n"): string => pem("CERTIFICATE", der, ending);
const chainPem = (): string => certificatePem() + certificatePem(intermediate.der);
const CHAIN: Shows = { format: "PEM", items: ["certificate", "certificate"], trusted: true };

const containers: readonly CorpusCase[] = [
  file("a PEM chain", chainPem, [], CHAIN),
  file(
    "a PEM chain with text around it",
    () => `subject=CN\n${certificatePem()}\n\nissuer:\n  whatever\n${certificatePem(intermediate.der)}bye`,
    [],
    CHAIN,
  ),
  file(
    "a PEM chain with CRLF",
    () => certificatePem(own.der, "\r\n") + certificatePem(intermediate.der, "\r\n"),
    [],
    CHAIN,
  ),
  file(
    "a PEM chain with CR alone",
    () => certificatePem(own.der, "\r") + certificatePem(intermediate.der, "\r"),
    [],
    CHAIN,
  ),
  file("a PEM chain with a byte order mark", () => `\xef\xbb\xbf${chainPem()}`, [], CHAIN),
  file("a PEM chain in UTF-16", () => Buffer.from(`\ufeff${chainPem()}`, "utf16le"), [], CHAIN),
  file("a PEM chain with indented lines", () => chainPem().replace(/^/gm, "    "), [], CHAIN),
  file(
    "a PEM chain on one line each",
    () => chainPem().replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, ""),
    [],
    CHAIN,
  ),
  file(
    "a PEM chain with the old label",
    () => chainPem().replaceAll("CERTIFICATE", "X509 CERTIFICATE"),
    [],
    CHAIN,
  ),
  file(
    "a PEM bundle with the intermediate first and the root last",
    () => certificatePem(intermediate.der) + certificatePem() + certificatePem(root.der),
    ["chain-out-of-order", "chain-root-sent"],
    {
      items: ["certificate", "certificate", "certificate"],
      trusted: true,
    },
  ),
  file(
    "a certificate labelled as a request",
    () =>
      certificatePem().replaceAll("CERTIFICATE", "CERTIFICATE REQUEST") + certificatePem(intermediate.der),
    [],
    CHAIN,
  ),
  file(
    "a PEM block without its end",
    () => certificatePem().replace(/-----END.*\n/, ""),
    ["file-unreadable"],
    { items: ["unreadable"], unreadable: /no END line/ },
  ),
  file(
    "a PEM block that the next one interrupts",
    () => certificatePem().replace(/-----END.*\n/, "") + certificatePem() + certificatePem(intermediate.der),
    ["file-unreadable"],
    {
      items: ["unreadable", "certificate", "certificate"],
      unreadable: /next block begins/,
    },
  ),
  file(
    "a PEM block with a character that is not base64",
    () => certificatePem().replace(/\n(.)/, "\n!"),
    ["file-unreadable"],
    { unreadable: /line 2 is not base64/ },
  ),
  file(
    "a PEM block that is empty",
    () => "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    ["file-unreadable"],
    { unreadable: /empty/ },
  ),
  file(
    "a PEM block whose base64 is cut off",
    () => certificatePem().replace(/.{5}\n-----END/, "\n-----END"),
    ["file-unreadable"],
    { unreadable: /truncated|cut off/ },
  ),
  file("a DER certificate", () => own.der, ["chain-incomplete"], { format: "DER", items: ["certificate"] }),
  file("two DER certificates one after the other", () => Buffer.concat([own.der, intermediate.der]), [], {
    format: "DER",
    items: ["certificate", "certificate"],
  }),
  file("a DER certificate that is cut off", () => own.der.subarray(0, 200), ["file-unreadable"], {
    unreadable: /truncated/,
  }),
  file("base64 without armour", () => own.der.toString("base64"), ["chain-incomplete"], {
    format: "base64 of DER",
    items: ["certificate"],
  }),
  file(
    "base64 in lines without armour",
    () => own.der.toString("base64").replace(/.{64}/g, "$&\r\n"),
    ["chain-incomplete"],
    { format: "base64 of DER" },
  ),
  file(
    "a PEM chain whose line ends were lost",
    () => chainPem().replaceAll("\n", "\\n"),
    ["file-unreadable"],
    { format: "PEM", unreadable: /not on a line of its own/ },
  ),
  file("a certificate in hexadecimal", () => own.der.toString("hex"), ["file-unreadable"], {
    format: "hex",
    unreadable: /hexadecimal/,
  }),
  file(
    "a text that begins with the digit 0",
    () => `0${"0 is the tag of a sequence ".repeat(9)}`,
    ["file-unreadable"],
    {
      unreadable: /no certificate/,
    },
  ),
  file("an empty file", () => "", ["file-empty"], { format: "empty", items: [] }),
  file("a file of blank lines", () => "\n \n\t\n", ["file-empty"], { format: "empty", items: [] }),
  file("a text that is no certificate", () => "Dear admin, please find attached", ["file-unreadable"], {
    unreadable: /no certificate, key, request or list/,
  }),
  file(
    "a web page in place of a certificate",
    () => "<!DOCTYPE html><html><body>Log in</body></html>",
    ["file-unreadable"],
    { unreadable: /web page/ },
  ),
  file("an SSH public key", () => "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ me@here\n", ["file-unreadable"], {
    unreadable: /SSH public key/,
  }),
  file("a zip archive", () => Buffer.from("504b030414000000", "hex"), ["file-unreadable"], {
    unreadable: /zip/,
  }),
  file("random bytes", () => Buffer.from("deadbeef00ff".repeat(40), "hex"), ["file-unreadable"], {
    unreadable: /no certificate/,
  }),
  file("DER that is nothing of ours", () => seq(utf8("hello"), int(5)), ["file-unreadable"], {
    unreadable: /neither certificate/,
  }),
];

const pkcs7 = (...certificates: readonly Uint8Array[]): Der =>
  seq(
    oid("1.2.840.113549.1.7.2"),
    ctx(0, seq(int(1), set(), seq(oid("1.2.840.113549.1.7.1")), ctx(0, ...certificates), set())),
  );

/** All constructed parts down to the certificates with indefinite lengths. */
const streamed = (...certificates: readonly Uint8Array[]): Der =>
  indefinite(
    seq(
      oid("1.2.840.113549.1.7.2"),
      indefinite(
        ctx(
          0,
          indefinite(
            seq(int(1), set(), seq(oid("1.2.840.113549.1.7.1")), indefinite(ctx(0, ...certificates)), set()),
          ),
        ),
      ),
    ),
  );

const bags: readonly CorpusCase[] = [
  file("PKCS#7 in DER", () => pkcs7(own.der, intermediate.der), [], {
    format: "PKCS#7",
    items: ["certificate", "certificate"],
    trusted: true,
  }),
  file("PKCS#7 in PEM", () => pem("PKCS7", pkcs7(own.der, intermediate.der)), [], CHAIN),
  file(
    "PKCS#7 labelled as a certificate",
    () => pem("CERTIFICATE", pkcs7(own.der, intermediate.der)),
    [],
    CHAIN,
  ),
  file("PKCS#7 of indefinite lengths", () => streamed(own.der, intermediate.der), [], {
    format: "PKCS#7",
    items: ["certificate", "certificate"],
  }),
  file(
    "PKCS#7 of indefinite lengths without an end",
    () => streamed(own.der).subarray(0, -4),
    ["file-unreadable"],
    { unreadable: /without its end/ },
  ),
  file("PKCS#7 without a certificate", () => pkcs7(), ["file-empty"], { format: "PKCS#7", items: [] }),
  file(
    "PKCS#7 that is an encrypted message",
    () => seq(oid("1.2.840.113549.1.7.3"), ctx(0, seq(int(0)))),
    ["file-unreadable"],
    { unreadable: /encrypted message/ },
  ),
];

function keyPem(key: TestKey, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string {
  return key.privateKey.export({ type, format: "pem" }) as string;
}

const KEYS: readonly KeyKind[] = ["p256", "p384", "rsa2048", "ed25519", "ed448", "dsa2048"];
const KEY: Shows = { format: "PEM", items: ["private-key"] };

const keys: readonly CorpusCase[] = [
  ...KEYS.map((kind) =>
    file(
      `a PKCS#8 key of kind ${kind}`,
      () => keyPem(testKey(kind, "leaf")),
      kind.startsWith("dsa") ? ["key-weak"] : [],
      KEY,
    ),
  ),
  file("a PKCS#1 key", () => keyPem(testKey("rsa2048"), "pkcs1"), [], KEY),
  file("a SEC1 key", () => keyPem(testKey("p256"), "sec1"), [], KEY),
  file(
    "a SEC1 key behind its parameters",
    () => `${pem("EC PARAMETERS", oid("1.2.840.10045.3.1.7"))}${keyPem(testKey("p256"), "sec1")}`,
    [],
    KEY,
  ),
  file("a key in DER", () => testKey("p256").privateKey.export({ type: "pkcs8", format: "der" }), [], {
    format: "DER",
    items: ["private-key"],
  }),
  file("a weak key", () => keyPem(testKey("rsa1024")), ["key-weak"], KEY),
  file(
    "a public key",
    () => testKey("p256").publicKey.export({ type: "spki", format: "pem" }) as string,
    [],
    { items: ["public-key"] },
  ),
  file(
    "a PKCS#1 public key",
    () => testKey("rsa2048").publicKey.export({ type: "pkcs1", format: "pem" }) as string,
    [],
    { items: ["public-key"] },
  ),
  file(
    "a weak public key",
    () => testKey("rsa1024").publicKey.export({ type: "spki", format: "pem" }) as string,
    ["key-weak"],
    { items: ["public-key"] },
  ),
  file(
    "a key whose parts make no key",
    () => pem("PRIVATE KEY", seq(int(0), seq(oid("1.2.840.113549.1.1.1"), nul()), octetString(seq(int(0))))),
    ["file-unreadable"],
    {
      unreadable: /do not make a key/,
    },
  ),
  file(
    "an ML-DSA key, whose public half this node cannot make",
    () =>
      pem(
        "PRIVATE KEY",
        seq(int(0), seq(oid("2.16.840.1.101.3.4.3.18")), octetString(ctxRaw(0, Buffer.alloc(32, 1)))),
      ),
    [],
    KEY,
  ),
  file(
    "an OpenSSH key",
    () => pem("OPENSSH PRIVATE KEY", Buffer.from("openssh-key-v1\0none")),
    ["file-unreadable"],
    { unreadable: /OpenSSH's own form/ },
  ),
  file(
    "a key and its certificate in one file",
    () => keyPem(own.key) + chainPem(),
    ["key-exposed-with-cert"],
    { items: ["private-key", "certificate", "certificate"] },
  ),
  file(
    "a certificate and the key of another in one file",
    () => chainPem() + keyPem(testKey("p256", "stranger")),
    ["key-mismatch", "key-exposed-with-cert"],
    {
      items: ["certificate", "certificate", "private-key"],
    },
  ),
  file(
    "a key beside the certificate of another",
    () => keyPem(testKey("p256", "stranger")),
    ["key-mismatch"],
    KEY,
    {
      files: [{ path: "server.crt", bytes: bytes(chainPem()) }],
    },
  ),
  file("a key beside its certificate", () => keyPem(own.key), [], KEY, {
    files: [{ path: "server.crt", bytes: bytes(chainPem()) }],
  }),
];

function locked(key: TestKey, cipher: string, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string {
  return key.privateKey.export({ type, format: "pem", cipher, passphrase: "correct horse" }) as string;
}

const password = { password: "correct horse" };
const wrong = { password: "battery staple" };
const OPENED: Shows = { items: ["private-key"] };
const LOCKED: Shows = { items: ["unreadable"] };

const lockedKeys: readonly CorpusCase[] = [
  file(
    "a locked PKCS#8 key, opened",
    () => locked(testKey("p256"), "aes-256-cbc"),
    ["key-encrypted"],
    OPENED,
    password,
  ),
  file(
    "a locked PKCS#8 key of triple DES, opened",
    () => locked(testKey("p256"), "des-ede3-cbc"),
    ["key-encrypted"],
    OPENED,
    password,
  ),
  file(
    "a locked PKCS#8 key without a password",
    () => locked(testKey("p256"), "aes-256-cbc"),
    ["key-encrypted"],
    { ...LOCKED, unreadable: /no password was given/ },
  ),
  file(
    "a locked PKCS#8 key with the wrong password",
    () => locked(testKey("p256"), "aes-256-cbc"),
    ["key-encrypted"],
    { ...LOCKED, unreadable: /password does not open/ },
    wrong,
  ),
  file(
    "a locked PKCS#1 key, opened",
    () => locked(testKey("rsa2048"), "aes-128-cbc", "pkcs1"),
    ["key-encrypted"],
    OPENED,
    password,
  ),
  file(
    "a locked PKCS#1 key of triple DES, opened",
    () => locked(testKey("rsa2048"), "des-ede3-cbc", "pkcs1"),
    ["key-encrypted"],
    OPENED,
    password,
  ),
  file(
    "a locked SEC1 key, opened",
    () => locked(testKey("p256"), "aes-256-cbc", "sec1"),
    ["key-encrypted"],
    OPENED,
    password,
  ),
  file(
    "a locked PKCS#1 key with the wrong password",
    () => locked(testKey("rsa2048"), "aes-128-cbc", "pkcs1"),
    ["key-encrypted"],
    LOCKED,
    wrong,
  ),
  file(
    "a locked PKCS#1 key without a password",
    () => locked(testKey("rsa2048"), "aes-128-cbc", "pkcs1"),
    ["key-encrypted"],
    LOCKED,
  ),
  file(
    "a key locked with millions of millions of rounds",
    () => {
      const rounds = seq(octetString(Buffer.alloc(8)), int(999_999_999_999));
      const scheme = seq(
        oid("1.2.840.113549.1.5.13"),
        seq(
          seq(oid("1.2.840.113549.1.5.12"), rounds),
          seq(oid("2.16.840.1.101.3.4.1.42"), octetString(Buffer.alloc(16))),
        ),
      );
      return pem("ENCRYPTED PRIVATE KEY", seq(scheme, octetString(Buffer.alloc(48))));
    },
    ["file-unreadable"],
    { unreadable: /999999999999 rounds/ },
    password,
  ),
];

export interface RequestRecipe {
  readonly key?: TestKey;
  readonly names?: readonly string[];
  readonly hash?: Hash;
  readonly by?: TestKey;
}

function request({
  key = testKey("p256"),
  names = [HOST],
  hash = "sha256",
  by = key,
}: RequestRecipe = {}): string {
  const wanted = names.length === 0 ? [] : [seq(oid("1.2.840.113549.1.9.14"), set(seq(san(...names))))];
  const body = seq(int(0), commonName(HOST), key.spki, ctx(0, ...wanted));
  return pem("CERTIFICATE REQUEST", signed(body, signer(by, { hash })));
}

const REQUEST: Shows = { format: "PEM", items: ["request"] };

const requests: readonly CorpusCase[] = [
  file("a signing request", () => request(), [], REQUEST),
  file("a signing request with an RSA key", () => request({ key: testKey("rsa2048") }), [], REQUEST),
  file("a signing request with an Ed25519 key", () => request({ key: testKey("ed25519") }), [], REQUEST),
  file(
    "a signing request with the old label",
    () => request().replaceAll("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    [],
    REQUEST,
  ),
  file(
    "a signing request signed by another key",
    () => request({ by: testKey("p256", "stranger") }),
    ["csr-signature"],
    REQUEST,
  ),
  file(
    "a signing request for a weak key",
    () => request({ key: testKey("rsa1024") }),
    ["csr-weak-key"],
    REQUEST,
  ),
  file("a signing request signed with SHA-1", () => request({ hash: "sha1" }), ["csr-weak-key"], REQUEST),
  file("a signing request without names", () => request({ names: [] }), ["csr-no-names"], REQUEST),
  file(
    "a signing request that is cut off",
    () => pem("CERTIFICATE REQUEST", split(Buffer.from(request().replace(/-----.*/g, ""), "base64")).body),
    ["file-unreadable"],
    {
      items: ["unreadable"],
    },
  ),
];

export interface ListRecipe {
  readonly nextUpdate?: Date | null;
  readonly thisUpdate?: Date;
  readonly hash?: Hash;
  readonly key?: TestKey;
  readonly entries?: readonly Der[];
  readonly issuer?: Der;
  readonly extensions?: readonly Der[];
}

/** A revocation list of the corpus' intermediate (RFC 5280 §5.1). */
export function revocationList(recipe: ListRecipe = {}): Der {
  const by = signer(recipe.key ?? intermediate.key, { hash: recipe.hash ?? "sha256" });
  const entries = recipe.entries ?? [
    seq(int(4711), utcTime(days(-9)), seq(extension("2.5.29.21", int(1, 0x0a)))),
  ];
  const body = seq(
    int(1),
    by.algorithm,
    recipe.issuer ?? intermediate.subject,
    utcTime(recipe.thisUpdate ?? days(-1)),
    ...(recipe.nextUpdate === null ? [] : [utcTime(recipe.nextUpdate ?? days(6))]),
    ...(entries.length === 0 ? [] : [seq(...entries)]),
    ctx(0, seq(extension("2.5.29.20", int(7)), ...(recipe.extensions ?? []))),
  );
  return signed(body, by);
}

const LIST: Shows = { format: "PEM", items: ["crl"] };
const listPem = (recipe?: ListRecipe): string => pem("X509 CRL", revocationList(recipe));

const lists: readonly CorpusCase[] = [
  file("a revocation list", () => listPem(), [], LIST),
  file("a revocation list in DER", () => revocationList(), [], { format: "DER", items: ["crl"] }),
  file("a revocation list without entries", () => listPem({ entries: [] }), [], LIST),
  file(
    "a revocation list that was to be replaced",
    () => listPem({ thisUpdate: days(-9), nextUpdate: days(-2) }),
    ["crl-expired"],
    LIST,
  ),
  file("a revocation list of tomorrow", () => listPem({ thisUpdate: days(1) }), ["crl-expired"], LIST),
  file("a revocation list without a next one", () => listPem({ nextUpdate: null }), ["crl-expired"], LIST),
  file("a revocation list signed with SHA-1", () => listPem({ hash: "sha1" }), ["crl-weak-signature"], LIST),
  file(
    "a revocation list signed with MD5",
    () => listPem({ hash: "md5", key: testKey("rsa2048") }),
    ["crl-weak-signature"],
    LIST,
  ),
  file(
    "a revocation list with an entry that is none",
    () => listPem({ entries: [seq(utf8("x"))] }),
    ["file-unreadable"],
    { unreadable: /serial number/ },
  ),
];

const leaves: readonly CorpusCase[] = [
  file(
    "a leaf alone, expired",
    () => certificatePem(leaf({ notAfter: days(-1) }).der) + certificatePem(intermediate.der),
    ["cert-expired"],
    { trusted: false },
  ),
  file(
    "a leaf without names",
    () =>
      certificatePem(leaf({ extensions: { [OID.san]: undefined } }).der) + certificatePem(intermediate.der),
    ["cert-no-san"],
    { trusted: true },
  ),
  file("a self-signed certificate in a file", () => certificatePem(issue().der), ["cert-self-signed"], {
    trusted: false,
  }),
  file("an authority in a file", () => certificatePem(root.der), [], { trusted: true }),
  file(
    "a certificate that is no certificate",
    () => pem("CERTIFICATE", seq(seq(int(1)), seq(), int(1))),
    ["file-unreadable"],
    { items: ["unreadable"] },
  ),
];

export const FILE_CASES: readonly CorpusCase[] = [
  ...containers,
  ...bags,
  ...keys,
  ...lockedKeys,
  ...requests,
  ...lists,
  ...leaves,
];
