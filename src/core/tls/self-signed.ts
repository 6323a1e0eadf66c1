/**
 * A certificate made in memory, for a test server that has none: self-signed, ECDSA P-256, good for
 * localhost and the names given. It never touches the disk; clients trust it by its fingerprint or by
 * `--cacert` with its PEM.
 */
import { webcrypto as crypto } from "node:crypto";
import { isIP } from "node:net";
import { type Credentials, parseCredentials } from "./credentials.ts";
import { provideMetadataReflection } from "./reflect.ts";

export interface SelfSignedOptions {
  /** Default: five minutes ago, so that a clock that is a little behind accepts it. */
  readonly notBefore?: Date;
  /** Default: 30 days after `notBefore`. */
  readonly notAfter?: Date;
}

const ALWAYS = ["localhost", "127.0.0.1", "::1"] as const;
const VALID_DAYS = 30;
const DAY_MS = 86_400_000;
const SKEW_MS = 5 * 60_000;

/** Its certificate may sign itself only: it is no CA, so trusting it trusts this one server. */
export async function generateSelfSigned(
  names: readonly string[] = [],
  options: SelfSignedOptions = {},
): Promise<Credentials> {
  provideMetadataReflection();
  // Heavy (some 100 ms to load), so only those who need a certificate pay for it.
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = options.notBefore ?? new Date(Date.now() - SKEW_MS);
  const notAfter = options.notAfter ?? new Date(notBefore.getTime() + VALID_DAYS * DAY_MS);
  const all = [...new Set([...ALWAYS, ...names])];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: "CN=netkit self-signed",
      notBefore,
      notAfter,
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension(
          all.map((name) => ({ type: isIP(name) === 0 ? "dns" : "ip", value: name })),
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const body = pkcs8.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  const key = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
  return parseCredentials(certificate.toString("pem"), key);
}

/** 127 random bits: positive, as RFC 5280 section 4.1.2.2 wants it, and never zero in its first octet. */
function serialNumber(): string {
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(16)));
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}
