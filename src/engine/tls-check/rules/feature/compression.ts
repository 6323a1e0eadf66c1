/** TLS compression is accepted. */
import { judgeAnswers } from "../shared/answers.ts";
import { defineRule } from "../shared/define.ts";

export const compression = defineRule(
  {
    id: "compression",
    title: "TLS compression is accepted",
    severity: "medium",
    about: "feature",
    probes: ["features"],
    why:
      "Compression inside TLS makes the length of a record depend on its content, which gives secrets away when somebody " +
      "else controls part of it. TLS 1.3 has no compression, and libraries have it off.",
    fix:
      "Update the TLS library, or switch compression off.\n" +
      "nginx:    off since 1.3.2 (OpenSSL 1.0.0)\n" +
      "Apache:   SSLCompression off\n" +
      "HAProxy:  off since 1.5\n" +
      "Node:     always off\n" +
      "Postgres: off since 14",
    references: ["CVE-2012-4929", "RFC 3749", "RFC 9325 section 3.3"],
  },
  (subject) =>
    judgeAnswers(subject, {
      ask: (address) => address.features?.compression,
      question: "TLS compression is accepted",
      offered: () => ({ message: "TLS compression is accepted" }),
    }),
);
