/**
 * permessage-deflate (RFC 7692), always without context takeover: each message is compressed by itself, so a connection
 * keeps no window between messages and both sides may work in one call.
 *
 *     offer     permessage-deflate; server_no_context_takeover; client_no_context_takeover
 *     answer    the same, with server_max_window_bits where the offer limits it
 */
import { Buffer } from "node:buffer";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { listMembers } from "../http1/tokens.ts";
import { shownText } from "../http1/violation.ts";

export const DEFLATE_NAME = "permessage-deflate";

const NO_TAKEOVER = "server_no_context_takeover; client_no_context_takeover";

/** What a client offers. */
export const DEFLATE_OFFER = `${DEFLATE_NAME}; ${NO_TAKEOVER}`;

/** What ends the flushed block of each message and is not sent (section 7.2.1). */
const TAIL = Buffer.of(0x00, 0x00, 0xff, 0xff);
/** A last block of nothing: an inflater that does not come to its end was given half a block. */
const LAST_BLOCK = Buffer.of(0x01, 0x00, 0x00, 0xff, 0xff);
/** An empty message (section 7.2.3.6). */
const EMPTY_BLOCK = Buffer.of(0x00);
const MAX_WINDOW_BITS = 15;
/** zlib writes raw blocks with windows of 512 bytes and more. */
const MIN_WINDOW_BITS = 9;

/** What was agreed on. */
export interface Deflate {
  /** For what the server sends: 9 to 15. */
  readonly windowBits: number;
  /** The value of Sec-WebSocket-Extensions that says so. */
  readonly answer: string;
}

/** The first offer of a client that a server can take, or undefined (section 5.1). `fields`: Sec-WebSocket-Extensions. */
export function chooseDeflate(fields: readonly string[]): Deflate | undefined {
  for (const { name, parameters } of extensionsOf(fields)) {
    if (name !== DEFLATE_NAME || parameters === undefined) continue;
    const windowBits = offeredWindow(parameters);
    if (windowBits === undefined) continue;
    const limit = parameters.has("server_max_window_bits") ? `; server_max_window_bits=${windowBits}` : "";
    return { windowBits, answer: `${DEFLATE_OFFER}${limit}` };
  }
  return undefined;
}

/** Bits of the window that an offer leaves to the server; undefined for an offer that must be declined. */
function offeredWindow(parameters: ReadonlyMap<string, string | undefined>): number | undefined {
  let windowBits: number | undefined = MAX_WINDOW_BITS;
  for (const [name, value] of parameters) {
    switch (name) {
      case "server_no_context_takeover":
      case "client_no_context_takeover":
        if (value !== undefined) return undefined;
        break;
      case "client_max_window_bits":
        if (value !== undefined && !isWindow(value)) return undefined;
        break;
      case "server_max_window_bits":
        if (!isWindow(value)) return undefined;
        windowBits = Number(value);
        break;
      default:
        return undefined;
    }
  }
  return windowBits < MIN_WINDOW_BITS ? undefined : windowBits;
}

/** Why an answer to `DEFLATE_OFFER` cannot be accepted (section 7.1); undefined when it can. */
export function deflateAnswerFault(extensions: string): string | undefined {
  const answers = extensionsOf([extensions]);
  if (answers.length !== 1) return "more than one extension was agreed on";
  const { parameters } = answers[0]!;
  if (parameters === undefined) return "a parameter of permessage-deflate is malformed or repeated";
  for (const [name, value] of parameters) {
    const sound =
      name === "server_max_window_bits"
        ? isWindow(value)
        : NO_TAKEOVER.split("; ").includes(name) && value === undefined;
    if (!sound) {
      const shown = shownText(value === undefined ? name : `${name}=${value}`);
      return `${shown} of permessage-deflate was not offered`;
    }
  }
  return parameters.has("server_no_context_takeover")
    ? undefined
    : "server_no_context_takeover was offered and is not in the answer";
}

/** Sections 7.1.2.1 and 7.1.2.2: 8 to 15, without leading zeros. */
function isWindow(value: string | undefined): boolean {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value);
}

interface Extension {
  readonly name: string;
  /** Undefined when one is malformed or stands there twice. */
  readonly parameters: ReadonlyMap<string, string | undefined> | undefined;
}

function extensionsOf(fields: readonly string[]): readonly Extension[] {
  return listMembers(fields)
    .filter((member) => member !== "")
    .map((member) => {
      const [name, ...rest] = member.split(";").map((part) => part.trim().toLowerCase());
      return { name: name!, parameters: parametersOf(rest) };
    });
}

function parametersOf(texts: readonly string[]): Extension["parameters"] {
  const parameters = new Map<string, string | undefined>();
  for (const text of texts) {
    const parts = /^([a-z_]+)(?:\s*=\s*(?:"([^"\\]*)"|([^\s"=]+)))?$/.exec(text);
    if (parts === null || parameters.has(parts[1]!)) return undefined;
    parameters.set(parts[1]!, parts[2] ?? parts[3]);
  }
  return parameters;
}

/** A message as its compressed payload. */
export function deflateMessage(payload: Uint8Array, windowBits: number = MAX_WINDOW_BITS): Buffer {
  const block = deflateRawSync(payload, { windowBits, finishFlush: constants.Z_SYNC_FLUSH });
  return payload.length === 0 ? EMPTY_BLOCK : block.subarray(0, block.length - TAIL.length);
}

/** A compressed payload as its message, of no more than `maxBytes`; no more than that is ever held. */
export function inflateMessage(payload: Uint8Array, maxBytes: number): Buffer | "corrupt" | "too-large" {
  try {
    return inflateRawSync(Buffer.concat([payload, TAIL, LAST_BLOCK]), {
      maxOutputLength: Math.max(1, maxBytes),
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? "too-large" : "corrupt";
  }
}
