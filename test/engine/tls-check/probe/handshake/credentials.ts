// Keys and certificates for the servers of these tests, made once for each kind, in memory.
import { createPrivateKey, webcrypto as crypto, type KeyObject } from "node:crypto";
import { provideMetadataReflection } from "../../../../../src/core/tls/reflect.ts";

const ALGORITHMS = {
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
  ec: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
} as const;

export interface TestCredentials {
  readonly der: Buffer;
  readonly key: KeyObject;
  readonly certPem: string;
  readonly keyPem: string;
}

const made = new Map<keyof typeof ALGORITHMS, Promise<TestCredentials>>();

export function credentials(kind: keyof typeof ALGORITHMS = "rsa"): Promise<TestCredentials> {
  const existing = made.get(kind) ?? make(kind);
  made.set(kind, existing);
  return existing;
}

async function make(kind: keyof typeof ALGORITHMS): Promise<TestCredentials> {
  provideMetadataReflection();
  const x509 = await import("@peculiar/x509");
  const algorithm = ALGORITHMS[kind];
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    { serialNumber: "01", name: "CN=localhost", signingAlgorithm: algorithm, keys },
    crypto,
  );
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
  return {
    der: Buffer.from(certificate.rawData),
    key,
    certPem: certificate.toString("pem"),
    keyPem: key.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}
