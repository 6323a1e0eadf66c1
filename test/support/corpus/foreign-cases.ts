/**
 * Cases made by other hands: openssl and keytool (where installed) and @peculiar/x509, so that the corpus does
 * not only hold what its own writer thinks of.
 */
import { webcrypto } from "node:crypto";
import { provideMetadataReflection } from "../../../src/core/tls/reflect.ts";
import { pem } from "../der-writer.ts";
import type { CorpusCase, Made, MadeFiles } from "./case.ts";
import { testKey } from "./keys.ts";
import { AT, authorities, days, HOST, leaf } from "./maker.ts";
import { hasKeytool, hasLegacyProvider, hasOpenssl, Workshop } from "./openssl.ts";

type Shows = NonNullable<CorpusCase["shows"]>;

const PASSWORD = "pass wörd";

/** What openssl makes in a folder with leaf.pem, leaf.key and chain.pem. */
function made(
  name: string,
  possible: boolean,
  make: (shop: Workshop) => Partial<MadeFiles> & { readonly bytes: Uint8Array },
  expect: readonly string[],
  shows: Shows,
): CorpusCase {
  return {
    name,
    make: () => {
      if (!possible) return undefined;
      using shop = new Workshop();
      const own = leaf();
      shop.write("leaf.pem", pem("CERTIFICATE", own.der));
      shop.write("chain.pem", pem("CERTIFICATE", authorities().intermediate.der));
      shop.write("leaf.key", own.key.privateKey.export({ type: "pkcs8", format: "pem" }));
      shop.write("rsa.key", testKey("rsa2048").privateKey.export({ type: "pkcs8", format: "pem" }));
      shop.write("password", PASSWORD);
      const { bytes, ...more } = make(shop);
      return { kind: "files", ...more, files: [{ path: "server", bytes }] };
    },
    expect,
    shows,
  };
}

const EXPORT = [
  "pkcs12",
  "-export",
  "-inkey",
  "leaf.key",
  "-in",
  "leaf.pem",
  "-certfile",
  "chain.pem",
  "-out",
  "out",
] as const;
const BAGS: Shows = {
  format: "PKCS#12",
  items: ["certificate", "certificate", "private-key"],
  trusted: true,
};
const password = { password: PASSWORD };

function pkcs12(
  name: string,
  args: readonly string[],
  legacy = false,
  more: Partial<MadeFiles> = password,
): CorpusCase {
  return made(
    name,
    legacy ? hasLegacyProvider : hasOpenssl,
    (shop) => {
      shop.openssl(
        ...EXPORT,
        ...(more.password === undefined ? ["-passout", "pass:"] : ["-passout", "file:password"]),
        ...args,
      );
      return { bytes: shop.read("out"), ...more };
    },
    // A key in the open beside certificates is what PKCS#12 is for; opened, it says that it was locked.
    args.includes("-keypbe") && args.includes("NONE") ? [] : ["key-encrypted"],
    BAGS,
  );
}

const CERTIFICATE_SETS: readonly (readonly [string, readonly string[]])[] = [
  ["AES-256 and SHA-256", []],
  ["AES-128", ["-keypbe", "AES-128-CBC", "-certpbe", "AES-128-CBC"]],
  ["triple DES", ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"]],
  ["two-key triple DES", ["-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-2DES"]],
  ["triple DES by PBES2", ["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"]],
  ["certificates in the open", ["-certpbe", "NONE"]],
  ["no lock on the key either", ["-certpbe", "NONE", "-keypbe", "NONE"]],
  ["a MAC of SHA-512", ["-macalg", "sha512"]],
  ["no MAC", ["-nomac"]],
  ["100,000 rounds", ["-iter", "100000"]],
];

const LEGACY_SETS: readonly (readonly [string, readonly string[]])[] = [
  ["RC2-40 and triple DES, as Windows and OpenSSL 1 make it", ["-legacy"]],
  ["RC2-128", ["-legacy", "-keypbe", "PBE-SHA1-RC2-128", "-certpbe", "PBE-SHA1-RC2-128"]],
  ["RC4-128", ["-legacy", "-keypbe", "PBE-SHA1-RC4-128", "-certpbe", "PBE-SHA1-RC4-128"]],
  ["RC4-40", ["-legacy", "-keypbe", "PBE-SHA1-RC4-40", "-certpbe", "PBE-SHA1-RC4-40"]],
];

const pkcs12Files: readonly CorpusCase[] = [
  ...CERTIFICATE_SETS.map(([name, args]) => pkcs12(`PKCS#12 with ${name}`, args)),
  ...LEGACY_SETS.map(([name, args]) => pkcs12(`PKCS#12 with ${name}`, args, true)),
  pkcs12("PKCS#12 with an empty password", [], false, {}),
  made(
    "PKCS#12 without its password",
    hasOpenssl,
    (shop) => {
      shop.openssl(...EXPORT, "-passout", "file:password");
      return { bytes: shop.read("out") };
    },
    ["file-unreadable"],
    { format: "PKCS#12", items: ["unreadable"], unreadable: /no password was given/ },
  ),
  made(
    "PKCS#12 with the wrong password",
    hasOpenssl,
    (shop) => {
      shop.openssl(...EXPORT, "-passout", "file:password");
      return { bytes: shop.read("out"), password: "other" };
    },
    ["file-unreadable"],
    { format: "PKCS#12", items: ["unreadable"], unreadable: /password does not open/ },
  ),
  made(
    "PKCS#12 with a name on its key",
    hasOpenssl,
    (shop) => {
      shop.openssl(...EXPORT, "-passout", "file:password", "-name", "web");
      return { bytes: shop.read("out"), ...password };
    },
    ["key-encrypted"],
    BAGS,
  ),
  made(
    "PKCS#12 in PEM",
    hasOpenssl,
    (shop) => {
      shop.openssl(...EXPORT, "-passout", "file:password");
      return { bytes: Buffer.from(pem("PKCS12", shop.read("out"))), ...password };
    },
    ["key-encrypted"],
    { ...BAGS, format: "PEM" },
  ),
];

const KEY: Shows = { items: ["private-key"] };

function lockedKey(name: string, possible: boolean, args: readonly string[]): CorpusCase {
  return made(
    name,
    possible,
    (shop) => {
      shop.openssl(...args, "-out", "out");
      return { bytes: shop.read("out"), ...password };
    },
    ["key-encrypted"],
    KEY,
  );
}

const keys: readonly CorpusCase[] = [
  lockedKey("a key locked with scrypt", hasOpenssl, [
    "pkcs8",
    "-topk8",
    "-in",
    "leaf.key",
    "-scrypt",
    "-passout",
    "file:password",
  ]),
  lockedKey("a key locked with PBES2 and HMAC-SHA-512", hasOpenssl, [
    "pkcs8",
    "-topk8",
    "-in",
    "rsa.key",
    "-v2",
    "aes192",
    "-v2prf",
    "hmacWithSHA512",
    "-passout",
    "file:password",
  ]),
  lockedKey("a key locked with MD5 and DES", hasLegacyProvider, [
    "pkcs8",
    "-topk8",
    "-in",
    "leaf.key",
    "-v1",
    "PBE-MD5-DES",
    "-provider",
    "default",
    "-provider",
    "legacy",
    "-passout",
    "file:password",
  ]),
  lockedKey("a key locked with SHA-1 and RC2-64", hasLegacyProvider, [
    "pkcs8",
    "-topk8",
    "-in",
    "leaf.key",
    "-v1",
    "PBE-SHA1-RC2-64",
    "-provider",
    "default",
    "-provider",
    "legacy",
    "-passout",
    "file:password",
  ]),
  lockedKey("a traditional key locked with DES", hasLegacyProvider, [
    "rsa",
    "-in",
    "rsa.key",
    "-traditional",
    "-des",
    "-provider",
    "default",
    "-provider",
    "legacy",
    "-passout",
    "file:password",
  ]),
  lockedKey("a traditional key locked with Camellia", hasOpenssl, [
    "rsa",
    "-in",
    "rsa.key",
    "-traditional",
    "-camellia256",
    "-passout",
    "file:password",
  ]),
  made(
    "a traditional DSA key",
    hasOpenssl,
    (shop) => {
      shop.write("dsa.key", testKey("dsa2048").privateKey.export({ type: "pkcs8", format: "pem" }));
      shop.openssl("dsa", "-in", "dsa.key", "-out", "out");
      return { bytes: shop.read("out") };
    },
    ["key-weak"],
    KEY,
  ),
];

/** A Java store with the key and chain of the corpus, made by keytool from a PKCS#12 file. */
function javaStore(
  name: string,
  type: string,
  given: string | undefined,
  expect: readonly string[],
  shows: Shows,
): CorpusCase {
  return made(
    name,
    hasOpenssl && hasKeytool,
    (shop) => {
      shop.openssl(...EXPORT, "-passout", "pass:changeit", "-name", "web");
      shop.keytool(
        "-importkeystore",
        "-srckeystore",
        "out",
        "-srcstoretype",
        "PKCS12",
        "-srcstorepass",
        "changeit",
        "-destkeystore",
        "store",
        "-deststoretype",
        type,
        "-deststorepass",
        "changeit",
      );
      return { bytes: shop.read("store"), ...(given === undefined ? {} : { password: given }) };
    },
    expect,
    shows,
  );
}

const javaFiles: readonly CorpusCase[] = [
  javaStore("a JKS store, opened", "JKS", "changeit", ["key-encrypted"], {
    format: "JKS",
    items: ["private-key", "certificate", "certificate"],
    trusted: true,
  }),
  javaStore("a JKS store without its password", "JKS", undefined, ["key-encrypted"], {
    format: "JKS",
    items: ["unreadable", "certificate", "certificate"],
  }),
  javaStore("a JKS store with the wrong password", "JKS", "other", ["file-unreadable", "key-encrypted"], {
    items: ["unreadable", "unreadable", "certificate", "certificate"],
  }),
  javaStore("a JCEKS store, opened", "JCEKS", "changeit", ["key-encrypted"], {
    format: "JCEKS",
    items: ["private-key", "certificate", "certificate"],
  }),
  javaStore("a Java store of type PKCS12, opened", "PKCS12", "changeit", ["key-encrypted"], {
    format: "PKCS#12",
    items: ["private-key", "certificate", "certificate"],
  }),
  made(
    "a JKS store of trusted certificates",
    hasKeytool,
    (shop) => {
      shop.keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "ca",
        "-file",
        "chain.pem",
        "-keystore",
        "store",
        "-storetype",
        "JKS",
        "-storepass",
        "changeit",
      );
      return { bytes: shop.read("store") };
    },
    [],
    { format: "JKS", items: ["certificate"] },
  ),
  made(
    "a JKS store that is cut off",
    hasKeytool,
    (shop) => {
      shop.keytool(
        "-importcert",
        "-noprompt",
        "-alias",
        "ca",
        "-file",
        "chain.pem",
        "-keystore",
        "store",
        "-storetype",
        "JKS",
        "-storepass",
        "changeit",
      );
      return { bytes: shop.read("store").subarray(0, 200) };
    },
    ["file-unreadable"],
    { items: ["unreadable"], unreadable: /ends inside an entry/ },
  ),
];

const opensslFiles: readonly CorpusCase[] = [
  made(
    "a certificate as openssl req makes it",
    hasOpenssl,
    (shop) => {
      shop.openssl(
        "req",
        "-x509",
        "-key",
        "leaf.key",
        "-subj",
        `/CN=${HOST}`,
        "-addext",
        `subjectAltName=DNS:${HOST}`,
        "-days",
        "30",
        "-out",
        "out",
      );
      return { bytes: shop.read("out"), plan: { atMs: Date.now() } };
    },
    ["cert-ca-as-leaf", "cert-self-signed"],
    { items: ["certificate"] },
  ),
  made(
    "a trusted certificate in OpenSSL's own form",
    hasOpenssl,
    (shop) => {
      shop.openssl("x509", "-in", "leaf.pem", "-trustout", "-addtrust", "serverAuth", "-out", "out");
      return { bytes: shop.read("out") };
    },
    ["chain-incomplete"],
    { items: ["certificate"] },
  ),
  made(
    "PKCS#7 as openssl makes it",
    hasOpenssl,
    (shop) => {
      shop.openssl("crl2pkcs7", "-nocrl", "-certfile", "leaf.pem", "-certfile", "chain.pem", "-out", "out");
      return { bytes: shop.read("out") };
    },
    [],
    { items: ["certificate", "certificate"], trusted: true },
  ),
  made(
    "a signing request as openssl makes it",
    hasOpenssl,
    (shop) => {
      shop.openssl(
        "req",
        "-new",
        "-key",
        "rsa.key",
        "-subj",
        `/CN=${HOST}`,
        "-addext",
        `subjectAltName=DNS:${HOST}`,
        "-out",
        "out",
      );
      return { bytes: shop.read("out") };
    },
    [],
    { items: ["request"] },
  ),
  made(
    "a signing request with RSASSA-PSS",
    hasOpenssl,
    (shop) => {
      shop.openssl(
        "req",
        "-new",
        "-key",
        "rsa.key",
        "-sigopt",
        "rsa_padding_mode:pss",
        "-subj",
        `/CN=${HOST}`,
        "-addext",
        `subjectAltName=DNS:${HOST}`,
        "-out",
        "out",
      );
      return { bytes: shop.read("out") };
    },
    [],
    { items: ["request"] },
  ),
];

async function peculiar(options: {
  readonly names?: readonly string[];
  readonly notAfter?: Date;
  readonly hash?: string;
  readonly rsa?: boolean;
}): Promise<Made> {
  provideMetadataReflection();
  const x509 = await import("@peculiar/x509");
  const hash = options.hash ?? "SHA-256";
  const algorithm = options.rsa
    ? { name: "RSASSA-PKCS1-v1_5", hash, publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
    : { name: "ECDSA", namedCurve: "P-384", hash };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "51525354555657585960616263646566",
      name: `CN=${HOST}, O=Straße \\, Söhne, C=DE`,
      notBefore: days(-10),
      notAfter: options.notAfter ?? days(60),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          (options.names ?? [HOST]).map((value) => ({ type: "dns", value })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const der = Buffer.from(certificate.rawData);
  return { kind: "chain", sent: [der], given: [der], plan: { atMs: AT.getTime() } };
}

const peculiarCases: readonly CorpusCase[] = [
  {
    name: "a certificate as @peculiar/x509 makes it",
    make: () => peculiar({}),
    expect: [],
    shows: { trusted: true },
  },
  {
    name: "one of @peculiar/x509 with RSA and SHA-1",
    make: () => peculiar({ rsa: true, hash: "SHA-1" }),
    expect: ["cert-weak-signature"],
    shows: { trusted: true },
  },
  {
    name: "one of @peculiar/x509 that expired",
    make: () => peculiar({ notAfter: days(-1) }),
    expect: ["cert-expired", "cert-self-signed"],
    shows: { trusted: false },
  },
  {
    name: "one of @peculiar/x509 for another host",
    make: () => peculiar({ names: ["other.example"] }),
    expect: ["cert-name-mismatch", "cert-common-name-only"],
  },
];

export const FOREIGN_CASES: readonly CorpusCase[] = [
  ...pkcs12Files,
  ...keys,
  ...javaFiles,
  ...opensslFiles,
  ...peculiarCases,
];
