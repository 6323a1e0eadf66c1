/** The server asks for a client certificate. */
import { reached } from "../shared/addresses.ts";
import { defineRule, unanswered } from "../shared/define.ts";

export const clientCertificate = defineRule(
  {
    id: "client-certificate",
    title: "A client certificate is asked for",
    severity: "info",
    about: "feature",
    probes: ["features"],
    why:
      "Clients without a fitting certificate are turned away, or treated as strangers. The names of the accepted authorities " +
      "travel to everybody who connects, in the clear up to TLS 1.2. A server that lets the handshake go on may still refuse " +
      "afterwards, as nginx does by HTTP status 400.",
    fix: "Nothing, if it is meant.",
    references: ["RFC 8446 section 4.3.2", "RFC 5246 section 7.4.4"],
  },
  function* (subject) {
    for (const { address, where } of reached(subject)) {
      const { features } = address;
      if (features === undefined || features.clientCertificate === "none") continue;
      if (features.clientCertificate === "unknown") {
        yield unanswered(where, "a client certificate is asked for", "no handshake came far enough to tell");
        continue;
      }
      const how =
        features.clientCertificate === "required"
          ? "is required"
          : "is asked for, and the handshake goes on without one";
      yield {
        status: "note",
        message: `a client certificate ${how}`,
        where,
        evidence: features.clientAuthorities.map((name) => `accepted authority: ${name}`),
      };
    }
  },
);
