/** The server signs its handshake over SHA-1. */
import { reached } from "../shared/addresses.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { hashByte, schemeName } from "../shared/groups.ts";

export const sigSha1 = defineRule(
  {
    id: "sig-sha1",
    title: "The handshake is signed over SHA-1",
    severity: "low",
    about: "key-exchange",
    probes: ["signatures"],
    why:
      "Collisions of SHA-1 with chosen prefixes have been made since 2020. RFC 9155 forbids SHA-1 in the signatures of " +
      "TLS 1.2; a server that only has SHA-1 locks today's clients out.",
    fix:
      "Update the TLS library, or name the schemes that are wanted.\n" +
      "nginx:    ssl_conf_command SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;\n" +
      "Apache:   SSLOpenSSLConfCmd SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256\n" +
      "HAProxy:  ssl-default-bind-sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256\n" +
      'Node:     tls.createServer({ sigalgs: "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256" })',
    references: ["RFC 9155", "RFC 8446 section 4.2.3"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const sha1 = address.signatures12.filter((code) => hashByte(code) === 2);
      const gap = address.gaps.signatures12;
      if (sha1.length === 0) {
        if (gap !== undefined) yield unanswered(where, "TLS 1.2 signs the key exchange over SHA-1", gap);
        continue;
      }
      const only = sha1.length === address.signatures12.length && gap === undefined;
      yield {
        message: only
          ? "TLS 1.2 signs the key exchange over nothing but SHA-1"
          : "TLS 1.2 signs the key exchange over SHA-1 when asked to",
        where,
        evidence: [sha1.map(schemeName).join(", ")],
      };
    }
  },
);
