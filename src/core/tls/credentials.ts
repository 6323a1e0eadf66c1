/**
 * A certificate chain and its private key: loaded, checked against each other, and described as data.
 *
 * What comes out of here works in a TLS server: the key belongs to the first certificate, both parse, the
 * key is not locked. What a user should know and a server can live with (expired, not valid yet, no names)
 * is a list of warnings, not an exception.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { NetkitError, systemCodeOf, wrapSystemError } from "../errors.ts";

export interface Credentials {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM of the private key, never locked. */
  readonly key: string;
  readonly leaf: X509Certificate;
  /** DNS names and addresses of the subject alternative name extension, in its order. */
  readonly names: readonly string[];
  /** SHA-256 over the DER of the leaf: upper-case hex pairs with colons. */
  readonly fingerprint256: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly warnings: readonly CredentialWarning[];
}

/** What a client will object to. */
export type CredentialWarning =
  | { readonly kind: "expired"; readonly at: Date }
  | { readonly kind: "not-yet-valid"; readonly at: Date }
  | { readonly kind: "expires-soon"; readonly at: Date; readonly days: number }
  /** No subject alternative name: clients that follow RFC 9525 match no host with it. */
  | { readonly kind: "no-names" };

export interface CredentialSources {
  /** A file, or PEM text itself. */
  readonly cert: string;
  /** A file, or PEM text itself. */
  readonly key: string;
  /** Unlocks an encrypted key. */
  readonly passphrase?: string | undefined;
}

const EXPIRES_SOON_DAYS = 14;
const DAY_MS = 86_400_000;

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** Reads both sources and checks them; see `parseCredentials`. */
export async function loadCredentials(sources: CredentialSources): Promise<Credentials> {
  const [cert, key] = await Promise.all([readPem(sources.cert), readPem(sources.key)]);
  return parseCredentials(cert, key, {
    certLabel: labelOf(sources.cert, "the certificate"),
    keyLabel: labelOf(sources.key, "the key"),
    passphrase: sources.passphrase,
  });
}

export interface ParseOptions {
  /** How messages call the two: file names, usually. */
  readonly certLabel?: string;
  readonly keyLabel?: string;
  readonly passphrase?: string | undefined;
  /** For the warnings. */
  readonly now?: Date;
}

/** @throws NetkitError of stage `file` with a sentence on which of the two is wrong, and how. */
export function parseCredentials(cert: string, key: string, options: ParseOptions = {}): Credentials {
  const certLabel = options.certLabel ?? "the certificate";
  const keyLabel = options.keyLabel ?? "the key";
  const chain = parseCertificates(cert, certLabel);
  const leaf = chain[0]!;
  const privateKey = parseKey(key, keyLabel, options.passphrase);
  if (!leaf.checkPrivateKey(privateKey)) throw keyMismatch(chain, privateKey, certLabel, keyLabel);
  const notBefore = new Date(leaf.validFrom);
  const notAfter = new Date(leaf.validTo);
  const names = alternativeNames(leaf);
  return {
    cert: chain.map((certificate) => certificate.toString()).join(""),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    leaf,
    names,
    fingerprint256: leaf.fingerprint256,
    notBefore,
    notAfter,
    warnings: warningsFor(names, notBefore, notAfter, options.now ?? new Date()),
  };
}

/** PEM text of the certificates in a file (or in PEM text), each one parsed once to be sure. */
export async function loadCertificateAuthorities(source: string): Promise<string> {
  const certificates = parseCertificates(await readPem(source), labelOf(source, "the CA"));
  return certificates.map((certificate) => certificate.toString()).join("");
}

/** DNS names and IP addresses a certificate is for, IPv6 in its short form. */
export function alternativeNames(certificate: X509Certificate): string[] {
  const names: string[] = [];
  // Node writes `DNS:a.example, IP Address:127.0.0.1`, and JSON strings for values with odd characters.
  const entry = /(DNS|IP Address|[A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g;
  for (const [, kind, value] of (certificate.subjectAltName ?? "").matchAll(entry)) {
    if (kind !== "DNS" && kind !== "IP Address") continue;
    const name = value!.startsWith('"') ? String(JSON.parse(value!)) : value!;
    names.push(isIPv6(name) ? new URL(`http://[${name}]`).hostname.slice(1, -1) : name);
  }
  return names;
}

function isPem(source: string): boolean {
  return source.includes("-----BEGIN ");
}

function labelOf(source: string, fallback: string): string {
  return isPem(source) ? fallback : source;
}

async function readPem(source: string): Promise<string> {
  if (isPem(source)) return source;
  try {
    return await readFile(source, "utf8");
  } catch (error) {
    throw wrapSystemError(error, "read", source);
  }
}

function fileError(
  code: `NK_${string}`,
  label: string,
  why: string,
  next: string,
  cause?: unknown,
): NetkitError {
  return new NetkitError("file", code, `cannot use ${label}`, { subject: label, why, next, cause });
}

function parseCertificates(pem: string, label: string): X509Certificate[] {
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  const certificates = blocks.filter(([, kind]) => kind === "CERTIFICATE" || kind === "X509 CERTIFICATE");
  if (certificates.length === 0) {
    const kinds = [...new Set(blocks.map(([, kind]) => kind!.toLowerCase()))].join(", ");
    const why = kinds === "" ? "there is no PEM text in it" : `it holds no certificate, but: ${kinds}`;
    throw fileError("NK_TLS_CERT_UNREADABLE", label, why, "name a PEM file with -----BEGIN CERTIFICATE-----");
  }
  return certificates.map(([text], index) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      const why = `certificate ${index + 1} of ${certificates.length} in it cannot be parsed`;
      throw fileError("NK_TLS_CERT_UNREADABLE", label, why, "export the certificate again as PEM", error);
    }
  });
}

function parseKey(pem: string, label: string, passphrase: string | undefined): KeyObject {
  const block = [...pem.matchAll(PEM_BLOCK)].find(([, kind]) => kind!.endsWith("PRIVATE KEY"));
  if (block === undefined) {
    const why = "it holds no private key";
    throw fileError("NK_TLS_KEY_UNREADABLE", label, why, "name a PEM file with -----BEGIN PRIVATE KEY-----");
  }
  const locked = block[0].includes("ENCRYPTED");
  if (locked && passphrase === undefined) {
    throw fileError(
      "NK_TLS_KEY_LOCKED",
      label,
      "the private key is encrypted",
      "unlock it with `openssl pkey -in FILE -out FILE.plain`, and keep that file private",
    );
  }
  try {
    return createPrivateKey(passphrase === undefined ? block[0] : { key: block[0], passphrase });
  } catch (error) {
    if (locked) {
      throw fileError("NK_TLS_KEY_LOCKED", label, "the passphrase does not open it", "check it", error);
    }
    const why = `the private key cannot be parsed (${systemCodeOf(error) ?? "not PKCS #1, PKCS #8 or SEC1"})`;
    throw fileError("NK_TLS_KEY_UNREADABLE", label, why, "export the key again as PEM", error);
  }
}

/** Which belongs where: the key of another certificate in the file, or of none of them. */
function keyMismatch(
  chain: readonly X509Certificate[],
  key: KeyObject,
  certLabel: string,
  keyLabel: string,
): NetkitError {
  const owner = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  const subject = (certificate: X509Certificate): string => certificate.subject.replaceAll("\n", ", ");
  const first = subject(chain[0]!) || "a certificate without a subject";
  if (owner > 0) {
    const why = `${keyLabel} belongs to certificate ${owner + 1} in ${certLabel} (${subject(chain[owner]!)}), but the first one is ${first}`;
    return fileError(
      "NK_TLS_KEY_MISMATCH",
      certLabel,
      why,
      "put the server's own certificate first, then its issuers",
    );
  }
  const certKind = chain[0]!.publicKey.asymmetricKeyType;
  const kinds =
    certKind === key.asymmetricKeyType
      ? ""
      : ` (an ${key.asymmetricKeyType} key, an ${certKind} certificate)`;
  const why = `${keyLabel} is not the private key of ${certLabel}, which is for ${first}${kinds}`;
  return fileError(
    "NK_TLS_KEY_MISMATCH",
    keyLabel,
    why,
    "pass the key that was made together with this certificate",
  );
}

function warningsFor(
  names: readonly string[],
  notBefore: Date,
  notAfter: Date,
  now: Date,
): CredentialWarning[] {
  const warnings: CredentialWarning[] = [];
  const days = (notAfter.getTime() - now.getTime()) / DAY_MS;
  if (days < 0) warnings.push({ kind: "expired", at: notAfter });
  else if (days < EXPIRES_SOON_DAYS) {
    warnings.push({ kind: "expires-soon", at: notAfter, days: Math.floor(days) });
  }
  if (notBefore > now) warnings.push({ kind: "not-yet-valid", at: notBefore });
  if (names.length === 0) warnings.push({ kind: "no-names" });
  return warnings;
}
