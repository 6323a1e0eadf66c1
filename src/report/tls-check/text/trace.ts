/** `--trace`: one line for each thing sent and received, and its bytes below it. */
import { formatMillis } from "../../../core/units.ts";
import type { TraceLine } from "../../../engine/tls-check/probe/trace.ts";
import { paletteOf, printable, type TextOptions } from "../../text/style.ts";

const ARROWS = { sent: "→", received: "←", note: "·" } as const;

export function renderTraceLine(
  target: string,
  address: string,
  line: TraceLine,
  options: TextOptions,
): string {
  const palette = paletteOf(options);
  const place = `${formatMillis(line.atMs).padStart(8)} ${target} ${address} #${line.connection}`;
  const head = `${palette.dim(place)} ${palette.label(line.probe)} ${ARROWS[line.direction]} ${printable(line.what)}\n`;
  return line.hex === undefined ? head : `${head}${palette.dim(`         ${line.hex}`)}\n`;
}
