import type { FileFacts, Item } from "../../../../../src/engine/tls-check/certificates/model.ts";
import type { Subject } from "../../../../../src/engine/tls-check/rules/rule.ts";
import {
  AT,
  authority,
  certificateItem,
  chain,
  chainOf,
  DAY,
  endpoint,
  file,
  fileFacts,
  key,
  name,
  privateKey,
  request,
  revocationList,
  rsaKey,
  unreadable,
} from "../../../../support/tls-facts.ts";
import type { Cases } from "../contract.ts";

const A = key({}, "a");
const B = key({}, "b");

const one = (...items: readonly Item[]): Subject => file(fileFacts("x.pem", ...items));

const certFile = (path: string, id: string): FileFacts =>
  fileFacts(path, certificateItem({ publicKey: key({}, id) }));
const keyFile = (path: string, id: string): FileFacts => fileFacts(path, privateKey(key({}, id)));

/** The key's own check, with the other files of the command. */
const beside = (own: FileFacts, ...companions: readonly FileFacts[]): Subject => file(own, { companions });

const servingA = chainOf({ publicKey: A });
const withFiles = (...companions: readonly FileFacts[]): Subject =>
  endpoint([{}], { chains: [servingA], companions });

export const FILE_CASES: Cases = {
  "key-mismatch": {
    finds: {
      "a key beside a certificate of another": {
        subject: beside(keyFile("key.pem", "a"), certFile("cert.pem", "b")),
        severity: "critical",
        says: "key.pem does not belong to cert.pem: it belongs to no certificate given",
      },
      "a key that belongs to a third file": {
        subject: beside(keyFile("key.pem", "a"), certFile("cert.pem", "b"), certFile("other.pem", "a")),
        says: "key.pem does not belong to cert.pem: it belongs to other.pem",
      },
      "files that are named alike": {
        subject: beside(keyFile("web.key", "a"), certFile("web.crt", "b"), certFile("mail.crt", "c")),
        says: "web.key does not belong to web.crt",
      },
      "key and certificate in one file": {
        subject: one(certificateItem({ publicKey: A }), privateKey(B)),
        says: "the certificate in the same file",
      },
      "a key among certificates none of which stands out": {
        subject: beside(keyFile("server.key", "a"), certFile("x.crt", "b"), certFile("y.crt", "c")),
        says: "belongs to none of the certificates given: x.crt, y.crt",
      },
      "a key beside an endpoint": {
        subject: withFiles(keyFile("key.pem", "b")),
        says: "key.pem does not belong to the certificate that https://www.example.org serves",
      },
      "a key that has its certificate, which the endpoint does not serve": {
        subject: withFiles(certFile("cert.pem", "b"), keyFile("key.pem", "b")),
        says: "it belongs to cert.pem",
      },
    },
    silent: {
      "a pair": beside(keyFile("key.pem", "a"), certFile("cert.pem", "a")),
      "a bundle": one(
        certificateItem({ publicKey: A }),
        { ...authority(), where: "PEM block 2" },
        privateKey(A),
      ),
      "a key alone": one(privateKey(A)),
      "a key of one of many certificates": beside(
        keyFile("server.key", "b"),
        certFile("x.crt", "a"),
        certFile("y.crt", "b"),
      ),
      "the endpoint's own key": withFiles(keyFile("key.pem", "a")),
      "a key beside the endpoint's own that belongs to a certificate given": withFiles(
        keyFile("key.pem", "a"),
        keyFile("k1.pem", "b"),
        certFile("c1.pem", "b"),
      ),
      "the same file named twice": beside(
        keyFile("key.pem", "a"),
        keyFile("key.pem", "a"),
        certFile("cert.pem", "a"),
      ),
    },
  },
  "key-weak": {
    finds: {
      "RSA of 1024 bits": { subject: one(privateKey(rsaKey(1024))), severity: "high" },
      "a public key of 512 bits": {
        subject: one({ kind: "public-key", publicKey: rsaKey(512), where: "DER" }),
        severity: "critical",
      },
    },
    silent: {
      "P-256": one(privateKey()),
      "a certificate, of which another rule speaks": one(certificateItem({ publicKey: rsaKey(512) })),
    },
  },
  "key-encrypted": {
    finds: {
      "a key under a password that was given": {
        subject: one(privateKey(A, { encrypted: true })),
        severity: "info",
        status: "note",
      },
    },
    silent: {
      "a plain key": one(privateKey()),
      "a locked container, of which another rule speaks": one(unreadable("PKCS#12", true)),
    },
    open: { "a key whose password is missing": one(unreadable("private key", true)) },
  },
  "key-exposed-with-cert": {
    finds: { "both in one PEM file": { subject: one(certificateItem(), privateKey()), severity: "low" } },
    silent: {
      "a key alone": one(privateKey()),
      "certificates alone": one(certificateItem()),
      "an encrypted key": one(certificateItem(), privateKey(A, { encrypted: true })),
      "a PKCS#12 container": file({
        ...fileFacts("x.p12", certificateItem(), privateKey()),
        format: "PKCS#12",
      }),
      "an endpoint": endpoint(),
    },
  },
  "file-unreadable": {
    finds: {
      "a damaged certificate": { subject: one(unreadable("certificate")), severity: "high" },
      "a damaged block among good ones": { subject: one(certificateItem(), unreadable("certificate")) },
    },
    silent: {
      "a good file": one(certificateItem()),
      "a locked key, of which another rule speaks": one(unreadable("private key", true)),
    },
    open: { "a locked container": one(unreadable("PKCS#12", true)) },
  },
  "file-empty": {
    finds: { "a file without items": { subject: one(), severity: "high" } },
    silent: { "a file with one": one(certificateItem()), "an endpoint": endpoint() },
  },
  "csr-signature": {
    finds: {
      "a signature that does not hold": {
        subject: one(request({ signatureValid: false })),
        severity: "high",
      },
    },
    silent: { "a sound request": one(request()) },
  },
  "csr-weak-key": {
    finds: {
      "RSA of 512 bits": { subject: one(request({ publicKey: rsaKey(512) })), severity: "critical" },
      "a signature over SHA-1": { subject: one(request({ signatureHash: "sha1" })), severity: "medium" },
    },
    silent: { "a sound request": one(request()) },
  },
  "csr-no-names": {
    finds: {
      "a common name only": {
        subject: one(request({ subjectAltNames: undefined })),
        severity: "medium",
        says: "no DNS name",
      },
    },
    silent: { "a sound request": one(request()) },
  },
  "crl-expired": {
    finds: {
      "a list past its nextUpdate": {
        subject: one(revocationList({ nextUpdateMs: AT - DAY })),
        severity: "high",
        says: "2026-11-22",
      },
      "a list of tomorrow": { subject: one(revocationList({ thisUpdateMs: AT + DAY })), severity: "medium" },
      "a list without nextUpdate": {
        subject: one(revocationList({ nextUpdateMs: undefined })),
        severity: "low",
      },
    },
    silent: {
      "a current list": one(revocationList()),
      "a certificate": file(fileFacts("c.pem"), { chains: [chain()] }),
    },
  },
  "crl-weak-signature": {
    finds: {
      "SHA-1": {
        subject: one(revocationList({ signatureHash: "sha1", issuer: name("Old CA") })),
        severity: "medium",
      },
      MD5: { subject: one(revocationList({ signatureHash: "md5" })), severity: "high" },
    },
    silent: { "SHA-256": one(revocationList()) },
  },
};
