/** A plain private key in a file of certificates. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";

/** Containers that are made to hold both, under a password. */
const CONTAINER = /PKCS#12|JKS|JCEKS/i;

export const keyExposedWithCert = defineRule(
  {
    id: "key-exposed-with-cert",
    title: "A private key lies in the same file as certificates",
    severity: "low",
    about: "key",
    probes: ["files"],
    why:
      "Certificates are public and get copied, attached and checked in without a thought; a key in the same file goes with " +
      "them. HAProxy and some others want it so; then the file has to be guarded like the key.",
    fix: "Keep the key in a file of its own, readable by the server alone (mode 600).",
    references: ["NIST SP 1800-16"],
  },
  function* (subject) {
    if (subject.file === undefined || CONTAINER.test(subject.file.format)) return;
    if (items(subject, "certificate").length === 0) return;
    for (const { item, where } of items(subject, "private-key")) {
      if (!item.encrypted) yield { message: "a private key lies unencrypted beside certificates", where };
    }
  },
);
