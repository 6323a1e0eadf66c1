/**
 * What a flood speaks, from the scheme of its URL and the flags of messages, frames and answers. A flag that the scheme
 * has no use for is refused, and the message names the schemes that have.
 */
import { Buffer } from "node:buffer";
import type { Endpoint, SchemeFor, WireProtocol } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import { encodeLength, type LengthPrefixOptions } from "../../core/framing/length-prefixed.ts";
import { groupThousands } from "../../core/units.ts";
import { DATAGRAM_HEAD_BYTES, DATAGRAM_MOST_BYTES } from "../../engine/flood/datagram-plan.ts";
import type { AnswerEndPlan, IdField, ProtocolPlan } from "../../engine/flood/plan.ts";
import { markedBody } from "./fan-out-plan.ts";
import { planHttpVersion } from "./http-version.ts";
import type { PlannedRequest } from "./request-plan.ts";
import { isStream, planStream, type StreamSettings } from "./stream-plan.ts";

export interface ProtocolSettings extends StreamSettings {
  readonly http?: string | undefined;
  readonly "handshake-only"?: boolean | undefined;
  readonly size?: number | undefined;
  readonly text?: boolean | undefined;
  readonly "ws-deflate"?: boolean | undefined;
  readonly data?: string | undefined;
  readonly "fan-out"?: boolean | undefined;
  readonly echo?: boolean | undefined;
  readonly "frame-width"?: string | undefined;
  readonly "frame-endian"?: string | undefined;
  readonly "frame-includes-header"?: boolean | undefined;
  readonly "frame-id"?: string | undefined;
  readonly "answer-bytes"?: number | undefined;
  readonly "answer-until"?: string | undefined;
  readonly "answer-match"?: string | undefined;
}

/** What a message holds when nobody says: 64 bytes, as small messages are. */
const DEFAULT_SIZE = 64;
const LETTERS = Buffer.from("netkit0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV");

/** Flag → the protocols that it means something to. */
const MEANT_FOR = {
  size: ["ws", "framed", "raw", "udp"],
  text: ["ws"],
  "ws-deflate": ["ws"],
  "fan-out": ["ws"],
  data: ["ws", "framed"],
  echo: ["ws", "framed", "raw", "udp"],
  "frame-width": ["framed"],
  "frame-endian": ["framed"],
  "frame-includes-header": ["framed"],
  "frame-id": ["framed"],
  "answer-bytes": ["raw"],
  "answer-until": ["raw"],
  "answer-match": ["raw"],
} as const satisfies Record<
  Exclude<keyof ProtocolSettings, "http" | "handshake-only" | keyof StreamSettings>,
  readonly WireProtocol[]
>;

const SCHEMES_OF: Partial<Record<WireProtocol, string>> = {
  ws: "ws: and wss:",
  framed: "framed: and framed+tls:",
  raw: "tcp: and tls:",
  udp: "udp:",
};

export interface PlannedProtocol {
  readonly protocol: ProtocolPlan;
  readonly request: PlannedRequest;
}

/** @throws NetkitError `NK_USAGE` for flags that contradict the scheme or each other */
export function planProtocol(
  settings: ProtocolSettings,
  endpoint: Endpoint<SchemeFor<"flood">>,
  request: PlannedRequest,
  depth: number,
): PlannedProtocol {
  refuseStrangers(settings, endpoint);
  const { protocol: wire } = endpoint;
  const version = planHttpVersion(settings.http, endpoint);
  if (settings["handshake-only"] === true) return planHandshake(settings, endpoint, request, version);
  if (isStream(settings, endpoint)) {
    const { protocol, block } = planStream(settings, endpoint, request.body);
    return { protocol, request: { ...request, method: "GET", body: block } };
  }
  if (wire === "http") {
    return { protocol: { kind: "http", version: version ?? (endpoint.tls ? "agreed" : "1.1") }, request };
  }
  refuseRequestFlags(request, endpoint);
  const body = request.body ?? payloadOf(settings.size ?? DEFAULT_SIZE);
  // Of an upgrade it is the method; the others have none.
  const sent = { ...request, method: "GET", body };
  const echo = settings.echo === true;
  switch (wire) {
    case "ws":
      return planWebSocket(settings, sent, body);
    case "framed": {
      const sizes = request.bodies?.map((one) => one.length) ?? [body.length];
      const length = planLength(settings, mostOf(sizes));
      const id = planId(settings, leastOf(sizes), depth);
      refuseUnknowable(request, id, echo);
      return { protocol: { kind: "framed", length, id, echo }, request: sent };
    }
    case "udp":
      refuseDatagram(body.length);
      return { protocol: { kind: "datagram", echo }, request: sent };
    default:
      return { protocol: { kind: "raw", answer: planAnswer(settings, body.length), echo }, request: sent };
  }
}

function mostOf(sizes: readonly number[]): number {
  return sizes.reduce((most, size) => Math.max(most, size), 0);
}

function leastOf(sizes: readonly number[]): number {
  return sizes.reduce((least, size) => Math.min(least, size), Number.POSITIVE_INFINITY);
}

/** Which row an answer in any order is of is known when its id is read: too late for what came before. */
function refuseUnknowable({ bodies }: PlannedRequest, id: IdField | undefined, echo: boolean): void {
  if (bodies === undefined || id === undefined || !echo) return;
  throw usageError(
    "--echo cannot hold answers in any order (--frame-id) against rows (--data)",
    "leave out one of the three",
    "--echo",
  );
}

function planWebSocket(
  settings: ProtocolSettings,
  request: PlannedRequest,
  message: Uint8Array,
): PlannedProtocol {
  const protocol = {
    kind: "websocket",
    text: settings.text === true,
    echo: settings.echo === true,
    deflate: settings["ws-deflate"] === true,
  } as const;
  if (settings["fan-out"] !== true) return { protocol, request };
  const { markAt, body } = markedBody(message);
  return { protocol: { ...protocol, fanOut: { markAt } }, request: { ...request, body } };
}

function payloadOf(bytes: number): Uint8Array {
  return Buffer.alloc(bytes, LETTERS);
}

/** Nothing is sent, so nothing about messages means anything. */
function planHandshake(
  settings: ProtocolSettings,
  { scheme, protocol }: Endpoint<SchemeFor<"flood">>,
  request: PlannedRequest,
  version: ReturnType<typeof planHttpVersion>,
): PlannedProtocol {
  if (protocol === "udp") {
    throw usageError(
      "--handshake-only means nothing to udp:",
      "leave it out: datagrams have no connection",
      "--handshake-only",
    );
  }
  const given = (Object.keys(MEANT_FOR) as (keyof typeof MEANT_FOR)[]).find(
    (flag) => settings[flag] !== undefined && settings[flag] !== false,
  );
  const asks = request.method !== "GET" || request.headers.length > 0 || request.body !== undefined;
  if (given !== undefined || asks) {
    throw usageError(
      `--handshake-only sends nothing over ${scheme}:`,
      "leave out what describes requests and messages",
      given === undefined ? "--handshake-only" : `--${given}`,
    );
  }
  const isHttp = protocol === "http" || protocol === "ws";
  const both = protocol === "http" && version === undefined ? ["h2", "http/1.1"] : undefined;
  const alpn = isHttp ? (both ?? [version === "2" ? "h2" : "http/1.1"]) : undefined;
  return { protocol: { kind: "handshake", alpn }, request };
}

function refuseDatagram(bytes: number): void {
  if (bytes >= DATAGRAM_HEAD_BYTES && bytes <= DATAGRAM_MOST_BYTES) return;
  throw usageError(
    `a datagram of ${bytes} bytes cannot be sent and told from others`,
    `use ${DATAGRAM_HEAD_BYTES} to ${groupThousands(DATAGRAM_MOST_BYTES)} bytes: the first ${DATAGRAM_HEAD_BYTES} bear its number`,
    "--size",
  );
}

function refuseStrangers(settings: ProtocolSettings, { scheme, protocol, display }: Endpoint): void {
  for (const flag of Object.keys(MEANT_FOR) as (keyof typeof MEANT_FOR)[]) {
    const meantFor: readonly WireProtocol[] = MEANT_FOR[flag];
    if (settings[flag] === undefined || settings[flag] === false || meantFor.includes(protocol)) continue;
    const takers = meantFor.map((wire) => SCHEMES_OF[wire]).join(", ");
    throw usageError(
      `--${flag} means nothing to ${scheme}:`,
      `leave it out, or flood one of ${takers}`,
      display,
    );
  }
}

function refuseRequestFlags({ method, headers }: PlannedRequest, { scheme, protocol }: Endpoint): void {
  // POST is what a body makes of it.
  if (method !== "GET" && method !== "POST") {
    throw usageError(
      `--method means nothing to ${scheme}:`,
      "leave it out: it belongs to http: and https:",
      "-X",
    );
  }
  if (headers.length > 0 && protocol !== "ws") {
    throw usageError(
      `--header means nothing to ${scheme}:`,
      "leave it out: only http: and ws: have headers",
      "-H",
    );
  }
}

function planLength(settings: ProtocolSettings, payloadBytes: number): LengthPrefixOptions {
  const text = settings["frame-width"] ?? "4";
  const width = text === "varint" ? text : (Number(text) as 1 | 2 | 4 | 8);
  const length: LengthPrefixOptions = {
    width,
    littleEndian: settings["frame-endian"] === "little",
    includesHeader: settings["frame-includes-header"] === true,
    maxFrameBytes: Math.max(payloadBytes, 64 * 1024 * 1024),
  };
  if (width === "varint" && (length.includesHeader || length.littleEndian)) {
    throw usageError(
      "a varint has its own order and does not count itself",
      "leave out --frame-endian and --frame-includes-header",
      "--frame-width",
    );
  }
  try {
    encodeLength(payloadBytes, length);
  } catch {
    throw usageError(
      `a payload of ${payloadBytes} bytes does not fit a length of ${text} byte${text === "1" ? "" : "s"}`,
      "use a wider --frame-width or a smaller --size",
      "--frame-width",
    );
  }
  return length;
}

function planId(settings: ProtocolSettings, payloadBytes: number, depth: number): IdField | undefined {
  const text = settings["frame-id"];
  if (text === undefined) return undefined;
  const parts = /^(\d{1,9}):(\d)$/.exec(text);
  const id = { offset: Number(parts?.[1]), width: Number(parts?.[2]) };
  if (parts === null || id.width < 1 || id.width > 6) {
    throw usageError(
      `"${text}" is not a place for an id`,
      "write it like --frame-id 0:4: an offset, and a width of 1 to 6 bytes",
      "--frame-id",
    );
  }
  // Two for each place at least, so that a late answer is told from the one that is waited for.
  if (256 ** id.width < 2 * depth) {
    throw usageError(
      `${id.width} byte${id.width === 1 ? "" : "s"} hold too few ids for ${depth} frames in flight`,
      "use a wider id or a smaller --depth",
      "--frame-id",
    );
  }
  if (id.offset + id.width > payloadBytes) {
    throw usageError(
      `an id at ${text} lies outside of the payload of ${payloadBytes} bytes`,
      "use a larger --size, or a smaller offset",
      "--frame-id",
    );
  }
  return id;
}

function planAnswer(settings: ProtocolSettings, sentBytes: number): AnswerEndPlan {
  const { "answer-bytes": count, "answer-until": until, "answer-match": match } = settings;
  if (until !== undefined) return { kind: "until", terminator: unescaped(until) };
  if (match === undefined) return { kind: "bytes", count: count ?? sentBytes };
  try {
    return { kind: "match", pattern: new RegExp(match, "s") };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw usageError(why, "write it like --answer-match 'OK \\d+\\n'", "--answer-match");
  }
}

/** `\r`, `\n`, `\t`, `\0`, `\\` and `\x41` as a shell passes them on. */
function unescaped(text: string): Uint8Array {
  const plain: Record<string, string> = { r: "\r", n: "\n", t: "\t", 0: "\0", "\\": "\\" };
  const latin1 = Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/\\(?:x([0-9a-fA-F]{2})|([rnt0\\]))/g, (_all, hex: string | undefined, letter: string) =>
      hex === undefined ? plain[letter]! : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  if (latin1 === "") {
    throw usageError(
      "an answer cannot end with nothing",
      "write it like --answer-until '\\r\\n'",
      "--answer-until",
    );
  }
  return Buffer.from(latin1, "latin1");
}
