/**
 * An error for people: what failed, on what, why, and the next thing to try.
 *
 *     netkit flood: "10" is not a duration
 *        on  --duration
 *       try  write it like 250ms, 10s or 1m30s
 */
import type { NetkitError } from "../../core/errors.ts";
import { paletteOf, printable, type TextOptions, wrap } from "./style.ts";

export function renderError(error: NetkitError, command: string, options: TextOptions): string {
  const palette = paletteOf(options);
  const head = wrap(`${command}: ${printable(error.message)}`, options.width).map((line) =>
    palette.bad(line),
  );
  const rows: (readonly [string, string | undefined])[] = [
    // A subject that the message shows already would only say it twice.
    ["on", error.subject !== undefined && error.message.includes(error.subject) ? undefined : error.subject],
    ["why", error.why],
    ["try", error.next],
  ];
  const details = rows.flatMap(([label, text]) => {
    if (text === undefined || text === "") return [];
    const lines = wrap(printable(text), options.width - 7);
    return lines.map((line, at) => `${palette.label((at === 0 ? label : "").padStart(5))}  ${line}`);
  });
  return `${[...head, ...details].join("\n")}\n`;
}
