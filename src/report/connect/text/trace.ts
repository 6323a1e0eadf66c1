/** A line of `--trace`: when, which layer, which way, what, and its bytes. */
import { formatMicros } from "../../../core/units.ts";
import { type Palette, paletteOf, printable, type TextOptions, truncate } from "../../text/style.ts";

export interface TracedLine {
  readonly atUs: number;
  readonly layer: string;
  readonly direction: "out" | "in" | "note";
  readonly what: string;
  readonly bytes: Uint8Array | undefined;
}

const ARROWS = { out: "→", in: "←", note: "·" } as const;
/** Of long ones the beginning tells enough. */
const MOST_BYTES = 256;
const ROW = 16;

export function renderTrace(line: TracedLine, options: TextOptions): string {
  const palette = paletteOf(options);
  const { atUs, layer, direction, what, bytes } = line;
  const head = `${formatMicros(atUs).padStart(9)}  ${ARROWS[direction]} ${layer.padEnd(11)} ${printable(what)}`;
  const ink = direction === "out" ? palette.label : direction === "in" ? palette.good : palette.dim;
  return `${[ink(truncate(head, options.width)), ...dump(bytes, palette)].join("\n")}\n`;
}

function dump(bytes: Uint8Array | undefined, palette: Palette): string[] {
  if (bytes === undefined || bytes.length === 0) return [];
  const lines: string[] = [];
  for (let from = 0; from < Math.min(bytes.length, MOST_BYTES); from += ROW) {
    const row = bytes.subarray(from, from + ROW);
    const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    const halves = `${digits.slice(0, 8).join(" ")}  ${digits.slice(8).join(" ")}`.padEnd(48);
    lines.push(palette.dim(`           ${halves}  ${text.join("")}`));
  }
  if (bytes.length > MOST_BYTES)
    lines.push(palette.dim(`           … ${bytes.length - MOST_BYTES} bytes more`));
  return lines;
}
