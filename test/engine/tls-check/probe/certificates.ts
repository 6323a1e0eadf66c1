// Certificates for tests, as DER, made in memory.
import { webcrypto as crypto } from "node:crypto";
import { provideMetadataReflection } from "../../../../src/core/tls/reflect.ts";

const ALGORITHMS = {
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
} as const;

const made = new Map<keyof typeof ALGORITHMS, Promise<Buffer>>();

/** Self-signed for localhost; the same one each time. */
export function selfSignedDer(kind: keyof typeof ALGORITHMS = "ec"): Promise<Buffer> {
  const existing = made.get(kind) ?? make(kind);
  made.set(kind, existing);
  return existing;
}

async function make(kind: keyof typeof ALGORITHMS): Promise<Buffer> {
  provideMetadataReflection();
  const x509 = await import("@peculiar/x509");
  const algorithm = ALGORITHMS[kind];
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { serialNumber: "01", name: "CN=localhost", signingAlgorithm: algorithm, keys },
    crypto,
  );
  return Buffer.from(certificate.rawData);
}
