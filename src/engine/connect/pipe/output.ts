/**
 * How what came is shown: as it is, a message a line, or in hexadecimal.
 *
 *     00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a           |Hello, world.|
 */
import { Buffer } from "node:buffer";

export interface OutputFormatter {
  /** Bytes for stdout; may be the payload itself. */
  show(payload: Uint8Array): Uint8Array;
}

export function rawOutput(): OutputFormatter {
  return { show: (payload) => payload };
}

const LINE_FEED = Buffer.from("\n");

/** A message a line. One that holds line feeds takes several: use `--hex` where that matters. */
export function lineOutput(): OutputFormatter {
  return { show: (payload) => Buffer.concat([payload, LINE_FEED]) };
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
