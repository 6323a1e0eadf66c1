/** Flags that every command has which sends requests and dials by TLS. */
import * as Flags from "@oclif/core/flags";

export const requestFlags = {
  method: Flags.string({
    char: "X",
    helpValue: "<method>",
    summary: "Request method. Default: GET, or POST with a body.",
    helpGroup: "request",
  }),
  header: Flags.string({
    char: "H",
    summary: "Request header 'Name: value'; may be repeated.",
    helpGroup: "request",
    helpValue: "<header>",
    multiple: true,
    multipleNonGreedy: true,
  }),
  body: Flags.string({ summary: "Request body.", helpValue: "<text>", helpGroup: "request" }),
  "body-file": Flags.string({
    summary: "Request body from a file; - is standard input.",
    helpValue: "<file>",
    helpGroup: "request",
  }),
  "basic-auth": Flags.string({
    summary: "Send this name and password (Basic).",
    helpValue: "<name:password>",
    helpGroup: "request",
  }),
  bearer: Flags.string({
    summary: "Send this token (Bearer).",
    helpValue: "<token>",
    helpGroup: "request",
  }),
};

export const tlsFlags = {
  insecure: Flags.boolean({ summary: "Do not verify the server's certificate.", helpGroup: "tls" }),
  cacert: Flags.string({ summary: "Trust these authorities, PEM.", helpValue: "<file>", helpGroup: "tls" }),
  cert: Flags.string({ summary: "Client certificate, PEM.", helpValue: "<file>", helpGroup: "tls" }),
  key: Flags.string({ summary: "Private key of --cert, PEM.", helpValue: "<file>", helpGroup: "tls" }),
};
