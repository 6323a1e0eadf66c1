/** A request without the names that the certificate needs. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";

export const csrNoNames = defineRule(
  {
    id: "csr-no-names",
    title: "The request holds no names",
    severity: "medium",
    about: "file",
    probes: ["files"],
    why:
      "Without subject alternative names in the request the certificate gets the ones that the authority adds by itself, or " +
      "none: then no client accepts it.",
    fix: 'openssl req -new -key key.pem -addext "subjectAltName=DNS:www.example.org,DNS:example.org" …',
    references: ["RFC 2985 section 5.4.2", "RFC 9525 section 6.3"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "request")) {
      const names = (item.subjectAltNames ?? []).filter(({ kind }) => kind === "dns" || kind === "ip");
      if (names.length > 0) continue;
      yield {
        message: "the request asks for no DNS name or address",
        where,
        evidence: [`subject: ${item.subject.text || "empty"}`],
      };
    }
  },
);
