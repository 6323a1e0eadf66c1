/** Flags of the way that connections take: which address a name has, which socket, which TLS. */
import * as Flags from "@oclif/core/flags";

export const resolveFlag = Flags.string({
  summary: "Take this address for a host and port; may be repeated.",
  helpValue: "<host:port:address>",
  helpGroup: "way",
  multiple: true,
  multipleNonGreedy: true,
});

export const unixSocketFlag = Flags.string({
  summary: "Connect to this socket instead of the host.",
  helpValue: "<path>",
  helpGroup: "way",
});

export const tlsWayFlags = {
  sni: Flags.string({
    summary: "Name to ask for and to find in the certificate.",
    helpValue: "<name>",
    helpGroup: "tls",
  }),
  "tls-min": Flags.string({
    summary: "Lowest version.",
    options: ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
    helpGroup: "tls",
  }),
  "tls-max": Flags.string({
    summary: "Highest version.",
    options: ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
    helpGroup: "tls",
  }),
};
