/**
 * The opening handshake (RFC 6455 section 4), both sides: what a client asks and holds against the answer, what a
 * server reads and answers. Heads come from the HTTP/1.1 parsers; nothing is sent here.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { IS_TOKEN, listMembers } from "../http1/tokens.ts";
import type { HttpHeaders, RequestHead, ResponseHead } from "../http1/types.ts";
import { shownText } from "../http1/violation.ts";

/** Section 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
export const VERSION = "13";
const KEY_BYTES = 16;

/** `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`. */
export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}${GUID}`, "latin1").digest("base64");
}

/** `Sec-WebSocket-Key` of 16 random bytes. @throws RangeError for another number of them. */
export function keyOf(random: Uint8Array): string {
  if (random.length !== KEY_BYTES) throw new RangeError(`a key of ${random.length} bytes instead of 16`);
  return Buffer.from(random).toString("base64");
}

/** The fields a client adds to its GET, in order. */
export function upgradeFields(
  key: string,
  subprotocols: readonly string[] = [],
  extensions?: string,
): readonly (readonly [string, string])[] {
  return [
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", VERSION],
    ["Sec-WebSocket-Key", key],
    ...(subprotocols.length === 0 ? [] : [["Sec-WebSocket-Protocol", subprotocols.join(", ")] as const]),
    ...(extensions === undefined ? [] : [["Sec-WebSocket-Extensions", extensions] as const]),
  ];
}

export interface HandshakeViolation {
  readonly kind: "violation";
  readonly detail: string;
  /** For example `RFC 6455 §4.1`. */
  readonly rfc: string;
}

export type UpgradeAnswer =
  | {
      readonly kind: "agreed";
      readonly subprotocol: string | undefined;
      readonly extensions: string | undefined;
    }
  /** A sound HTTP answer that is not 101. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
  | HandshakeViolation;

export interface Offer {
  readonly key: string;
  readonly subprotocols?: readonly string[];
  /** As sent; the names of those that may be agreed on. */
  readonly extensions?: readonly string[];
}

/** Holds an answer against what was asked (section 4.1, the client's six steps). */
export function readUpgradeAnswer(head: ResponseHead, offer: Offer): UpgradeAnswer {
  if (head.status !== 101) return { kind: "refused", status: head.status, reason: head.reason };
  const { headers } = head;
  if (headers.get("upgrade")?.toLowerCase() !== "websocket") {
    return broken(`Upgrade is ${given(headers, "upgrade")} instead of websocket`, "4.1");
  }
  if (!names(headers, "connection").includes("upgrade")) {
    return broken(`Connection is ${given(headers, "connection")} and does not say Upgrade`, "4.1");
  }
  if (
    headers.all("sec-websocket-accept").length !== 1 ||
    headers.get("sec-websocket-accept") !== acceptOf(offer.key)
  ) {
    return broken("Sec-WebSocket-Accept is not the answer to the key that was sent", "4.1");
  }
  const extensions = headers.all("sec-websocket-extensions");
  const agreed = members(extensions).map((member) => member.split(";")[0]!.trim().toLowerCase());
  const unknown = agreed.find((name) => !(offer.extensions ?? []).includes(name));
  if (unknown !== undefined) return broken(`extension ${shownText(unknown)} was not offered`, "4.1");
  const subprotocol = headers.get("sec-websocket-protocol");
  if (subprotocol !== undefined && !(offer.subprotocols ?? []).includes(subprotocol)) {
    return broken(`subprotocol ${shownText(subprotocol)} was not offered`, "4.1");
  }
  return {
    kind: "agreed",
    subprotocol,
    extensions: extensions.length === 0 ? undefined : extensions.join(", "),
  };
}

export type UpgradeRequest =
  /** To be answered with `upgradeResponse`. */
  | {
      readonly kind: "upgrade";
      readonly key: string;
      readonly subprotocols: readonly string[];
      /** The fields in which extensions are offered. */
      readonly extensions: readonly string[];
    }
  /** An ordinary HTTP request. */
  | { readonly kind: "other" }
  /** To be answered with this status: 400, or 426 with `Sec-WebSocket-Version: 13` (section 4.4). */
  | { readonly kind: "refused"; readonly status: 400 | 426; readonly detail: string; readonly rfc: string };

/** Whether a request opens a WebSocket, and whether it does so by the rules (section 4.2.1). */
export function readUpgradeRequest(head: RequestHead): UpgradeRequest {
  const { headers } = head;
  if (head.upgrade === undefined || !names(headers, "upgrade").includes("websocket"))
    return { kind: "other" };
  if (head.method !== "GET" || head.minor !== 1)
    return refused(400, "the request is not a GET of HTTP/1.1", "4.2.1");
  const version = headers.get("sec-websocket-version");
  if (version !== VERSION) {
    return refused(
      426,
      `version ${version === undefined ? "none" : shownText(version)} instead of 13`,
      "4.4",
    );
  }
  const keys = headers.all("sec-websocket-key");
  if (keys.length !== 1 || !isKey(keys[0]!)) {
    return refused(400, "Sec-WebSocket-Key is not 16 bytes in base64", "4.2.1");
  }
  const subprotocols = members(headers.all("sec-websocket-protocol"));
  if (!subprotocols.every(isToken))
    return refused(400, "Sec-WebSocket-Protocol is not a list of tokens", "4.1");
  return {
    kind: "upgrade",
    key: keys[0]!,
    subprotocols,
    extensions: headers.all("sec-websocket-extensions"),
  };
}

/** The 101 that opens it (section 4.2.2). */
export function upgradeResponse(key: string, subprotocol?: string, extensions?: string): string {
  const chosen = subprotocol === undefined ? "" : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  const agreed = extensions === undefined ? "" : `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  return (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n${chosen}${agreed}\r\n`
  );
}

/** 22 digits of base64 and two signs: 16 bytes, written in the only way. */
function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(text);
}

function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (IS_TOKEN[text.charCodeAt(at)] !== 1) return false;
  return text !== "";
}

/** Empty members count as none (RFC 9110 section 5.6.1). */
function members(values: readonly string[]): readonly string[] {
  return listMembers(values).filter((member) => member !== "");
}

function names(headers: HttpHeaders, field: string): readonly string[] {
  return members(headers.all(field)).map((member) => member.toLowerCase());
}

function given(headers: HttpHeaders, field: string): string {
  const value = headers.get(field);
  return value === undefined ? "absent" : shownText(value);
}

function broken(detail: string, section: string): HandshakeViolation {
  return { kind: "violation", detail, rfc: `RFC 6455 §${section}` };
}

function refused(status: 400 | 426, detail: string, section: string): UpgradeRequest {
  return { kind: "refused", status, detail, rfc: `RFC 6455 §${section}` };
}
