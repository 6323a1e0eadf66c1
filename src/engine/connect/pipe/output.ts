/**
 * How what came is shown: as it is, safely on a terminal, a message a line, or in hexadecimal.
 *
 *     00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a           |Hello, world.|
 */
import { Buffer } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

export interface OutputFormatter {
  /** Bytes for stdout; may be the payload itself. */
  show(payload: Uint8Array): Uint8Array;
}

export function rawOutput(): OutputFormatter {
  return { show: (payload) => payload };
}

const LINE_FEED = Buffer.from("\n");

/**
 * For a terminal: text as it is, and control characters by name (`^[`), so that a peer cannot move the cursor, hide
 * it, or leave the terminal in another mode.
 */
export function terminalOutput(): OutputFormatter {
  const decoder = new StringDecoder("utf8");
  // A carriage return is half of a line's end, or goes back over what was read: the next character tells.
  let held = "";
  return {
    show(payload) {
      const text = held + decoder.write(asBuffer(payload));
      held = text.endsWith("\r") ? "\r" : "";
      return Buffer.from(text.slice(0, text.length - held.length).replace(STEERING, nameOfControl));
    },
  };
}

// All but tab and the ends of lines; of C1 the codes that UTF-8 terminals obey too; separators and turns of direction.
const STEERING =
  /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Caret notation, and `M-^` for C1, as `cat -v` has them. */
function nameOfControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0xff) return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  return code < 0x80
    ? `^${String.fromCharCode(code ^ 0x40)}`
    : `M-^${String.fromCharCode((code & 0x7f) ^ 0x40)}`;
}

/** A message a line. One that holds line feeds takes several: use `--hex` where that matters. */
export function lineOutput(inner: OutputFormatter = rawOutput()): OutputFormatter {
  return { show: (payload) => Buffer.concat([inner.show(payload), LINE_FEED]) };
}

/** A message a line, as digits: the same text is good as input. */
export function hexLineOutput(): OutputFormatter {
  return { show: (payload) => Buffer.from(`${asBuffer(payload).toString("hex")}\n`) };
}

/** Sixteen bytes a line, with their place in the stream so far. */
export function dumpOutput(): OutputFormatter {
  let offset = 0;
  return {
    show(payload) {
      const text = hexDump(payload, offset);
      offset += payload.length;
      return Buffer.from(text);
    },
  };
}

const ROW = 16;

/** @param offset of the first byte in its stream */
export function hexDump(bytes: Uint8Array, offset = 0): string {
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; from += ROW) {
    const row = bytes.subarray(from, from + ROW);
    const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const halves = `${digits.slice(0, 8).join(" ")}  ${digits.slice(8).join(" ")}`.padEnd(49);
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`${(offset + from).toString(16).padStart(8, "0")}  ${halves} |${text.join("")}|\n`);
  }
  return lines.join("");
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
