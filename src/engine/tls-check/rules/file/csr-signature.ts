/** A request that its own key did not sign. */
import { defineRule } from "../shared/define.ts";
import { items } from "../shared/files.ts";

export const csrSignature = defineRule(
  {
    id: "csr-signature",
    title: "The request's signature does not hold",
    severity: "high",
    about: "file",
    probes: ["files"],
    why:
      "The signature shows that who asks has the private key. Without it the authority refuses the request; it was damaged, " +
      "or its key or content was exchanged.",
    fix: "Make the request anew: openssl req -new -key key.pem -out request.pem",
    references: ["RFC 2986 section 4.2"],
  },
  function* (subject) {
    for (const { item, where } of items(subject, "request")) {
      if (item.signatureValid === true) continue;
      if (item.signatureValid === undefined) {
        yield {
          status: "inconclusive",
          message: "the request's signature is of a kind that cannot be verified here",
          where,
          evidence: [item.signatureAlgorithm],
        };
        continue;
      }
      yield {
        message: "the request was not signed by its own key",
        where,
        evidence: [item.signatureAlgorithm],
      };
    }
  },
);
