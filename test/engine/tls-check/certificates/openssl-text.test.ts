/** Facts of certificates, field by field, against what `openssl x509 -text` prints of them. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseCertificate } from "../../../../src/engine/tls-check/certificates/certificate.ts";
import type { Certificate, GeneralName } from "../../../../src/engine/tls-check/certificates/model.ts";
import { EKU_NAMES } from "../../../../src/engine/tls-check/certificates/oids.ts";
import { mozillaAuthorities } from "../../../../src/engine/tls-check/certificates/trust-stores.ts";
import { testKey } from "../../../support/corpus/keys.ts";
import {
  authorities,
  authorityInfo,
  basicConstraints,
  crlUrls,
  extendedKeyUsage,
  issue,
  keyUsage,
  leaf,
  mustStaple,
  nameConstraints,
  OID,
  policies,
  san,
} from "../../../support/corpus/maker.ts";
import { hasOpenssl, Workshop } from "../../../support/corpus/openssl.ts";
import { bmp, ctx, ctxRaw, int, oid, pem, seq, set, utf8 } from "../../../support/der-writer.ts";

/** As OpenSSL 3 prints them. */
const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: "TLS Web Server Authentication",
  clientAuth: "TLS Web Client Authentication",
  codeSigning: "Code Signing",
  emailProtection: "E-mail Protection",
  timeStamping: "Time Stamping",
  OCSPSigning: "OCSP Signing",
  anyExtendedKeyUsage: "Any Extended Key Usage",
};

const USES: Readonly<Record<string, string>> = {
  digitalSignature: "Digital Signature",
  contentCommitment: "Non Repudiation",
  keyEncipherment: "Key Encipherment",
  dataEncipherment: "Data Encipherment",
  keyAgreement: "Key Agreement",
  keyCertSign: "Certificate Sign",
  cRLSign: "CRL Sign",
  encipherOnly: "Encipher Only",
  decipherOnly: "Decipher Only",
};

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  secp224r1: "P-224",
  prime192v1: "P-192",
};

/** The lines of a section, without their indentation. */
class Text {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  one(pattern: RegExp): string | undefined {
    return pattern.exec(this.#text)?.[1]?.trim();
  }

  /** Contents of an extension: the lines below its title that are indented further. */
  extension(title: string): { readonly lines: readonly string[]; readonly critical: boolean } | undefined {
    const lines = this.#text.split("\n");
    const at = lines.findIndex((line) => line.trim() === `${title}:` || line.trim() === `${title}: critical`);
    if (at < 0) return undefined;
    const indent = lines[at]!.search(/\S/);
    const end = lines.findIndex(
      (line, index) => index > at && line.trim() !== "" && line.search(/\S/) <= indent,
    );
    return {
      lines: lines.slice(at + 1, end < 0 ? undefined : end).map((line) => line.trim()),
      critical: lines[at]!.endsWith("critical"),
    };
  }
}

const colons = (hex: string): string => hex.toUpperCase().replace(/..(?=.)/g, "$&:");

function names(list: readonly GeneralName[]): string {
  // Directory names have a form of their own in OpenSSL's text.
  return list
    .filter(({ kind }) => kind !== "directory")
    .map(({ kind, value }) => {
      const label = {
        dns: "DNS",
        ip: "IP Address",
        email: "email",
        uri: "URI",
        directory: "DirName",
        other: "othername",
        rid: "Registered ID",
      }[kind];
      return `${label}:${value}`;
    })
    .join(", ");
}

/** Both readings in the same shape. */
function ours(certificate: Certificate): Record<string, unknown> {
  const { publicKey } = certificate;
  return {
    version: certificate.version,
    serial: certificate.serial.replace(/^0+(?=.)/, ""),
    signatureAlgorithm: certificate.signatureAlgorithm,
    issuer: certificate.issuer.text,
    subject: certificate.subject.text,
    notBefore: new Date(certificate.notBeforeMs).toISOString(),
    notAfter: new Date(certificate.notAfterMs).toISOString(),
    sha256: certificate.sha256,
    sha1: certificate.sha1,
    bits: publicKey.type === "ed25519" || publicKey.type === "ed448" ? undefined : publicKey.bits,
    exponent: publicKey.exponent?.toString(),
    modulus: publicKey.modulus?.toString(16),
    curve: publicKey.type === "ec" ? publicKey.curve : undefined,
    subjectAltNames:
      certificate.subjectAltNames === undefined ? undefined : names(certificate.subjectAltNames),
    basicConstraints: certificate.basicConstraints,
    keyUsage: certificate.keyUsage?.uses.map((use) => USES[use]).join(", "),
    extendedKeyUsage: certificate.extendedKeyUsage
      ?.map((purpose) => PURPOSES[EKU_NAMES[purpose] ?? ""] ?? purpose)
      .join(", "),
    subjectKeyId: certificate.subjectKeyId === undefined ? undefined : colons(certificate.subjectKeyId),
    authorityKeyId: certificate.authorityKeyId === undefined ? undefined : colons(certificate.authorityKeyId),
    policies: certificate.policies.map((policy) => (policy === "2.5.29.32.0" ? "X509v3 Any Policy" : policy)),
    ocsp: certificate.ocspUrls,
    issuers: certificate.issuerUrls,
    crls: certificate.crlUrls,
    mustStaple: certificate.mustStaple,
    signature: certificate.signatureAlgorithm.startsWith("dsa")
      ? undefined
      : Buffer.from(certificate.signature).toString("hex"),
  };
}

function theirs(der: Uint8Array): Record<string, unknown> {
  const output = execFileSync(
    "openssl",
    [
      "x509",
      "-inform",
      "DER",
      "-noout",
      "-text",
      "-nameopt",
      "RFC2253,-esc_msb,utf8",
      "-fingerprint",
      "-sha256",
      "-serial",
      "-modulus",
    ],
    { input: der, encoding: "utf8" },
  );
  const text = new Text(output);
  const rsa = /Exponent: (\d+)/.exec(output)?.[1];
  const curve = text.one(/ASN1 OID: (\S+)/);
  const bc = text.extension("X509v3 Basic Constraints");
  const pathLength = /pathlen:(\d+)/.exec(bc?.lines[0] ?? "")?.[1];
  const aia = text.extension("Authority Information Access")?.lines ?? [];
  const aki = text.extension("X509v3 Authority Key Identifier")?.lines ?? [];
  const keyId = aki
    .map((line) => line.replace(/^keyid:/, ""))
    .find((line) => /^([0-9A-F]{2}:)+[0-9A-F]{2}$/.test(line));
  const urls = (prefix: string): string[] =>
    aia.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
  return {
    version: Number(text.one(/Version: (\d)/)),
    serial: text
      .one(/^serial=-?([0-9A-F]+)/m)
      ?.toLowerCase()
      .replace(/^0+(?=.)/, ""),
    signatureAlgorithm: text.one(/Signature Algorithm: (.*)/),
    issuer: text.one(/Issuer: ?(.*)/) ?? "",
    subject: text.one(/Subject: ?(.*)/) ?? "",
    notBefore: new Date(text.one(/Not Before *: (.*)/)!).toISOString(),
    notAfter: new Date(text.one(/Not After *: (.*)/)!).toISOString(),
    sha256: text
      .one(/^sha256 Fingerprint=(.*)$/im)
      ?.replaceAll(":", "")
      .toLowerCase(),
    sha1: createHash("sha1").update(der).digest("hex"),
    bits:
      output.includes("ED25519") || output.includes("ED448")
        ? undefined
        : Number(text.one(/Public-Key: \((\d+) bit\)/)),
    exponent: rsa,
    modulus: rsa === undefined ? undefined : text.one(/^Modulus=([0-9A-F]+)$/m)?.toLowerCase(),
    curve: curve === undefined ? undefined : (CURVES[curve] ?? curve),
    subjectAltNames: text
      .extension("X509v3 Subject Alternative Name")
      ?.lines[0]?.replace(/(, )?DirName:.*$/, ""),
    basicConstraints:
      bc === undefined
        ? undefined
        : {
            ca: bc.lines[0]!.includes("CA:TRUE"),
            pathLength: pathLength === undefined ? undefined : Number(pathLength),
            critical: bc.critical,
          },
    keyUsage: text.extension("X509v3 Key Usage")?.lines[0],
    extendedKeyUsage: text.extension("X509v3 Extended Key Usage")?.lines[0],
    subjectKeyId: text.extension("X509v3 Subject Key Identifier")?.lines[0],
    authorityKeyId: keyId,
    policies: (text.extension("X509v3 Certificate Policies")?.lines ?? []).flatMap(
      (line) => /^Policy: (.*)$/.exec(line)?.[1] ?? [],
    ),
    ocsp: urls("OCSP - URI:"),
    issuers: urls("CA Issuers - URI:"),
    crls: (text.extension("X509v3 CRL Distribution Points")?.lines ?? []).flatMap(
      (line) => /^URI:(.*)$/.exec(line)?.[1] ?? [],
    ),
    mustStaple: text.extension("TLS Feature")?.lines[0]?.includes("status_request") ?? false,
    signature: signatureIn(output),
  };
}

/** Undefined for DSA, which OpenSSL prints as two numbers. */
function signatureIn(output: string): string | undefined {
  const start = output.lastIndexOf("Signature Value:");
  const value = output
    .slice(start + 16, output.search(/^(sha256 Fingerprint|serial=)/im))
    .replace(/^[\s\S]*Trailer Field.*$/m, "");
  return /^\s*r:/.test(value) ? undefined : value.replace(/[\s:]/g, "");
}

function compare(der: Uint8Array): void {
  const certificate = parseCertificate(der);
  if (certificate.kind !== "certificate") throw new Error(certificate.why);
  expect(ours(certificate)).toEqual(theirs(der));
}

const FULL = {
  extensions: {
    [OID.san]: san(
      "www.example.org",
      "*.example.org",
      "192.0.2.1",
      "a@example.org",
      "https://example.org/x?y=z",
      ctxRaw(8, oid("1.2.3.4.5").subarray(2)),
    ),
    [OID.aia]: authorityInfo(
      ["ocsp", "http://ocsp.example.org/"],
      ["issuers", "http://ca.example.org/i.der"],
      ["ocsp", "http://ocsp2.example.org/"],
    ),
    [OID.crlUrls]: crlUrls("http://crl.example.org/1.crl", "http://crl.example.org/2.crl"),
    [OID.policies]: policies("2.23.140.1.2.1", "1.2.3.4", "2.5.29.32.0"),
    [OID.feature]: mustStaple(),
    [OID.eku]: extendedKeyUsage("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.9", "1.2.3.4.5.6"),
    [OID.ku]: keyUsage(0, 1, 2, 3, 4, 7, 8),
  },
};

const name = (...rdns: readonly Buffer[]): Buffer => seq(...rdns.map((rdn) => set(rdn)));
const attribute = (type: string, value: Buffer): Buffer => seq(oid(type), value);

const WRITTEN: readonly (readonly [string, () => Uint8Array])[] = [
  ["a plain leaf", () => leaf().der],
  ["every extension", () => leaf(FULL).der],
  ["a root", () => authorities().root.der],
  ["an intermediate with a path length", () => authorities().intermediate.der],
  ...(
    [
      "p224",
      "p192",
      "p384",
      "p521",
      "secp256k1",
      "rsa1024",
      "rsa2048",
      "rsa2048e3",
      "ed25519",
      "ed448",
      "dsa2048",
    ] as const
  ).map((kind) => [`a key of kind ${kind}`, () => leaf({ key: testKey(kind) }).der] as const),
  ...(["rsa2048", "ed25519", "ed448", "dsa2048"] as const).map(
    (kind) =>
      [`signed by itself with a key of kind ${kind}`, () => issue({ key: testKey(kind) }).der] as const,
  ),
  ["signed with SHA-384", () => leaf({ signing: { hash: "sha384" } }).der],
  ["version 1", () => issue({ version: null, onlyExtensions: [] }).der],
  ["a serial number with its highest bit set", () => leaf({ serial: int(0xf1f2f3f4n) }).der],
  ["a negative path", () => issue({ ca: true, extensions: { [OID.bc]: basicConstraints(true, 12) } }).der],
  ["times after 2050", () => leaf({ notAfter: new Date("2051-02-03T04:05:06Z") }).der],
  [
    "a name with everything that is escaped",
    () =>
      leaf({
        subject: name(
          attribute("2.5.4.6", Buffer.from("13024445", "hex")),
          attribute("2.5.4.10", utf8(' #Ein "Name", mit <allem>; und + \\ ')),
          attribute("2.5.4.11", bmp("Prüfstelle Ω")),
          attribute("0.9.2342.19200300.100.1.25", Buffer.from("16076578616d706c65", "hex")),
          attribute("2.5.4.3", utf8("日本語")),
        ),
      }).der,
  ],
  [
    "a relative name of two attributes",
    () => leaf({ subject: seq(set(attribute("2.5.4.3", utf8("A")), attribute("2.5.4.10", utf8("B")))) }).der,
  ],
  [
    "name constraints",
    () =>
      issue({
        ca: true,
        extensions: {
          [OID.nc]: nameConstraints(
            [ctxRaw(2, "a.example")],
            [ctx(4, name(attribute("2.5.4.3", utf8("x"))))],
          ),
        },
      }).der,
  ],
];

describe.skipIf(!hasOpenssl)("facts are those of openssl x509 -text", () => {
  test.each(WRITTEN)("for %s", (_name, make) => compare(make()));

  test("for every authority of Mozilla's list", { timeout: 60_000 }, () => {
    for (const authority of mozillaAuthorities()) compare(authority.der);
  });

  test("for certificates that openssl itself makes", () => {
    using shop = new Workshop();
    shop.write("key", testKey("rsa2048").privateKey.export({ type: "pkcs8", format: "pem" }));
    shop.write("ca.pem", pem("CERTIFICATE", authorities().root.der));
    const subject =
      "/C=DE/ST=Berlin/L=Berlin/O=Beispiel GmbH/OU=IT/CN=openssl.example/emailAddress=a@openssl.example";
    const made = [
      ["-addext", "subjectAltName=DNS:openssl.example,IP:2001:db8::1,IP:192.0.2.1,email:a@b.example"],
      [
        "-addext",
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "-addext",
        "extendedKeyUsage=serverAuth,clientAuth",
      ],
      ["-addext", "certificatePolicies=1.2.3.4,2.23.140.1.2.1", "-addext", "tlsfeature=status_request"],
      ["-sha512", "-set_serial", "0x8000000000000000", "-days", "1"],
      ["-sigopt", "rsa_padding_mode:pss"],
    ];
    for (const options of made) {
      shop.openssl(
        "req",
        "-x509",
        "-key",
        "key",
        "-subj",
        subject,
        "-outform",
        "DER",
        "-out",
        "out",
        ...options,
      );
      const der = shop.read("out");
      const certificate = parseCertificate(der);
      if (certificate.kind !== "certificate") throw new Error(certificate.why);
      const { subjectAltNames: ourNames, ...rest } = ours(certificate);
      const { subjectAltNames: theirNames, ...theirRest } = theirs(der);
      expect(rest).toEqual(theirRest);
      // OpenSSL writes IPv6 addresses in full.
      expect(ourNames).toEqual(
        (theirNames as string | undefined)?.replace("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
      );
      expect(certificate.oddities).toEqual([]);
    }
  });
});
