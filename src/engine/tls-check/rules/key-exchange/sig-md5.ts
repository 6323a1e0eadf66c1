/** The server signs its handshake over MD5. */
import { reached } from "../shared/addresses.ts";
import { defineRule, unanswered } from "../shared/define.ts";
import { hashByte, schemeName } from "../shared/groups.ts";

export const sigMd5 = defineRule(
  {
    id: "sig-md5",
    title: "The handshake is signed over MD5",
    severity: "high",
    about: "key-exchange",
    probes: ["signatures"],
    why:
      "Collisions of MD5 take seconds. A server that signs its key exchange over MD5 when asked can be impersonated by " +
      "somebody who prepares two handshakes with the same hash (SLOTH).",
    fix:
      "Update the TLS library, or name the schemes that are wanted.\n" +
      "nginx:    ssl_conf_command SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;\n" +
      "Apache:   SSLOpenSSLConfCmd SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256\n" +
      "HAProxy:  ssl-default-bind-sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256\n" +
      'Node:     tls.createServer({ sigalgs: "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256" })',
    references: ["RFC 9155", "CVE-2015-7575"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const md5 = address.signatures12.filter((code) => hashByte(code) === 1);
      if (md5.length === 0) {
        const gap = address.gaps.signatures12;
        if (gap !== undefined) yield unanswered(where, "TLS 1.2 signs the key exchange over MD5", gap);
        continue;
      }
      yield {
        message: "TLS 1.2 signs the key exchange over MD5 when asked to",
        where,
        evidence: [md5.map(schemeName).join(", ")],
      };
    }
  },
);
