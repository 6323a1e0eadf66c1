import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Credentials,
  loadCertificateAuthorities,
  loadCredentials,
  parseCredentials,
} from "../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../src/core/tls/self-signed.ts";
import { refusal } from "../../support/refusal.ts";

let one: Credentials;
let two: Credentials;
beforeAll(async () => {
  one = await generateSelfSigned(["one.example", "*.wild.example", "192.0.2.7"]);
  two = await generateSelfSigned(["two.example"]);
});

describe("self-signed certificate", () => {
  test("is for localhost, both loopback addresses and the names given, and valid for 30 days", () => {
    expect(one.names).toEqual([
      "localhost",
      "127.0.0.1",
      "::1",
      "one.example",
      "*.wild.example",
      "192.0.2.7",
    ]);
    const days = (one.notAfter.getTime() - one.notBefore.getTime()) / 86_400_000;
    expect(days).toBe(30);
    expect(one.notBefore.getTime()).toBeLessThan(Date.now());
    expect(one.warnings).toEqual([]);
  });

  test("is ECDSA on P-256, no CA, and has a fingerprint", () => {
    expect(one.leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
    expect(one.leaf.ca).toBe(false);
    expect(one.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(one.fingerprint256).not.toBe(two.fingerprint256);
    expect(one.leaf.verify(one.leaf.publicKey)).toBe(true);
  });
});

describe("loading credentials", () => {
  test("takes PEM text and files, leaf first, and a file that holds both", async () => {
    const folder = mkdtempSync(join(tmpdir(), "netkit-credentials-"));
    const both = join(folder, "both.pem");
    writeFileSync(both, `${one.key}\n${one.cert}`);
    const loaded = await loadCredentials({ cert: both, key: both });
    expect(loaded.fingerprint256).toBe(one.fingerprint256);
    expect((await loadCredentials({ cert: one.cert, key: both })).cert).toBe(loaded.cert);
    rmSync(folder, { recursive: true });
  });

  test("a file that is not there is named", async () => {
    const error = await loadCredentials({ cert: "/nowhere/cert.pem", key: one.key }).catch((e: unknown) => e);
    expect(error).toMatchObject({ stage: "file", code: "NK_FILE_NOT_FOUND", subject: "/nowhere/cert.pem" });
  });

  test("a key of another certificate is refused with a sentence on which belongs where", () => {
    const labels = { certLabel: "server.pem", keyLabel: "server.key" };
    const error = refusal(() => parseCredentials(one.cert, two.key, labels));
    expect(error).toMatchObject({ stage: "file", code: "NK_TLS_KEY_MISMATCH", subject: "server.key" });
    expect(error.why).toContain("server.key is not the private key of server.pem");
  });

  test("a chain in the wrong order is told as that", () => {
    const error = refusal(() =>
      parseCredentials(two.cert + one.cert, one.key, { keyLabel: "k", certLabel: "c" }),
    );
    expect(error.why).toContain("k belongs to certificate 2 in c");
    expect(error.next).toContain("first");
  });

  test("a key of another kind is told as that", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(refusal(() => parseCredentials(one.cert, pem)).why).toContain("an ed25519 key, an ec certificate");
  });

  test("an encrypted key is refused clearly, opened with its passphrase, and not with another", () => {
    const locked = createPrivateKey(one.key)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "sesame" })
      .toString();
    const error = refusal(() => parseCredentials(one.cert, locked));
    expect(error).toMatchObject({ code: "NK_TLS_KEY_LOCKED", why: "the private key is encrypted" });
    expect(parseCredentials(one.cert, locked, { passphrase: "sesame" }).fingerprint256).toBe(
      one.fingerprint256,
    );
    const wrong = refusal(() => parseCredentials(one.cert, locked, { passphrase: "parsley" }));
    expect(wrong.code).toBe("NK_TLS_KEY_LOCKED");
  });

  test.each([
    ["no PEM", "hello", "NK_TLS_CERT_UNREADABLE", "no PEM text"],
    [
      "a broken certificate",
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
      "NK_TLS_CERT_UNREADABLE",
      "certificate 1 of 1",
    ],
  ])("%s in place of the certificate", (_name, cert, code, why) => {
    const error = refusal(() => parseCredentials(cert, one.key));
    expect(error.code).toBe(code);
    expect(error.why).toContain(why);
  });

  test("certificate and key swapped", () => {
    expect(refusal(() => parseCredentials(one.key, one.cert)).why).toContain("private key");
    expect(refusal(() => parseCredentials(one.cert, one.cert)).why).toContain("no private key");
  });

  test("expired, not valid yet and soon to expire are warnings", () => {
    const warningAt = (now: Date) => parseCredentials(one.cert, one.key, { now }).warnings;
    const daysBeforeEnd = (days: number) => new Date(one.notAfter.getTime() - days * 86_400_000);
    expect(warningAt(daysBeforeEnd(-1))).toEqual([{ kind: "expired", at: one.notAfter }]);
    expect(warningAt(daysBeforeEnd(3.5))).toEqual([{ kind: "expires-soon", at: one.notAfter, days: 3 }]);
    expect(warningAt(daysBeforeEnd(31))).toEqual([{ kind: "not-yet-valid", at: one.notBefore }]);
  });

  test("certificate authorities are checked and given as PEM", async () => {
    const pem = await loadCertificateAuthorities(one.cert + two.cert);
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    await expect(loadCertificateAuthorities(one.key)).rejects.toMatchObject({
      code: "NK_TLS_CERT_UNREADABLE",
    });
  });
});
