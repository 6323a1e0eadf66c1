/** Flags of what a flood sends and expects over protocols that carry messages, frames or raw bytes. */
import * as Flags from "@oclif/core/flags";
import { countFlag, shown, sizeFlag } from "./flag-types.ts";

export const messageFlags = {
  size: sizeFlag({
    summary: "Bytes of a message, when there is no --body (ws: framed: tcp: tls: udp:).",
    defaultHelp: shown("64"),
    helpGroup: "message",
  }),
  data: Flags.string({
    summary: "Rows (CSV with a head, or JSON a line) for {{column}} in the body (ws: framed:).",
    helpValue: "<file>",
    helpGroup: "message",
  }),
  sink: Flags.boolean({
    summary: "Send as fast as the peer takes it, without requests (tcp: tls:).",
    helpGroup: "message",
  }),
  source: Flags.boolean({
    summary: "Read as fast as the peer sends, without requests (tcp: tls:).",
    helpGroup: "message",
  }),
  text: Flags.boolean({ summary: "Send text messages instead of binary ones (ws:).", helpGroup: "message" }),
  "ws-deflate": Flags.boolean({
    summary: "Compress messages by permessage-deflate; the server has to agree (ws:).",
    helpGroup: "message",
  }),
  "fan-out": Flags.boolean({
    summary: "One more connection sends, all -c listen; times each receipt (ws:).",
    helpGroup: "message",
  }),
  echo: Flags.boolean({
    summary: "An answer has to be what was sent; another one is an error.",
    helpGroup: "message",
  }),
  "frame-width": Flags.string({
    summary: "Bytes of the length in front of each frame (framed:).",
    options: ["1", "2", "4", "8", "varint"],
    defaultHelp: shown("4"),
    helpGroup: "message",
  }),
  "frame-endian": Flags.string({
    summary: "The order of those bytes.",
    options: ["big", "little"],
    defaultHelp: shown("big"),
    helpGroup: "message",
  }),
  "frame-includes-header": Flags.boolean({
    summary: "The length counts its own bytes too.",
    helpGroup: "message",
  }),
  "frame-id": Flags.string({
    summary: "Answers come in any order, matched by an id here in the payload.",
    helpValue: "<offset:width>",
    helpGroup: "message",
  }),
  "answer-bytes": countFlag({
    summary: "An answer is this many bytes (tcp: tls:).",
    defaultHelp: shown("as many as were sent"),
    helpGroup: "message",
  }),
  "answer-until": Flags.string({
    summary: "An answer ends with this text; \\r, \\n and \\x00 are read as such.",
    helpValue: "<text>",
    helpGroup: "message",
  }),
  "answer-match": Flags.string({
    summary: "An answer ends with what this regular expression finds.",
    helpValue: "<regexp>",
    helpGroup: "message",
  }),
};
