/**
 * Ink and width: the palette of all text reports, and text measured in terminal columns.
 *
 * A report gets its width and colour level as numbers and asks no environment for them.
 */
import { Chalk, type ChalkInstance } from "chalk";

export interface TextOptions {
  /** Columns that no line may pass. */
  readonly width: number;
  /** 0 none, 1 sixteen colours, 2 two hundred and fifty-six, 3 true colour. */
  readonly color: 0 | 1 | 2 | 3;
}

export interface Palette {
  readonly title: ChalkInstance;
  readonly label: ChalkInstance;
  readonly dim: ChalkInstance;
  readonly figure: ChalkInstance;
  readonly bar: ChalkInstance;
  readonly good: ChalkInstance;
  readonly warn: ChalkInstance;
  readonly bad: ChalkInstance;
}

export function paletteOf(options: TextOptions): Palette {
  const ink = new Chalk({ level: options.color });
  return {
    title: ink.bold,
    label: ink.cyan,
    dim: ink.dim,
    figure: ink.bold,
    bar: ink.cyan,
    good: ink.green,
    warn: ink.yellow,
    bad: ink.red,
  };
}

const ANSI = /\u001b\[[0-9;]*m/g;
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** The segmenter's time grows with the square of the length: a long text goes through it piece by piece. */
const PIECE = 512;
/** What belongs to the character before it: marks, joiners, the second half of a pair. */
const CONTINUES = /\p{M}|\u200d|[\udc00-\udfff]/u;

function* graphemes(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length; ) {
    let end = Math.min(text.length, from + PIECE);
    // A character may have any number of marks; one that has as many as this is cut.
    for (let back = 0; back < 64 && end < text.length && CONTINUES.test(text[end]!); back++) end--;
    for (const { segment } of SEGMENTER.segment(text.slice(from, end))) yield segment;
    from = end;
  }
}

// East Asian wide and fullwidth forms, and pictographs: two columns each (Unicode UAX #11).
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes on a terminal; colour codes take none. */
export function displayWidth(text: string): number {
  const plain = text.replace(ANSI, "");
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let columns = 0;
  for (const segment of graphemes(plain)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** Controls, line and paragraph separators, and what turns the direction of writing (Unicode UAX #9). */
const STEERING = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Makes text from a peer safe to print: control characters become visible, so no escape code passes. */
export function printable(text: string): string {
  return text.replace(STEERING, (char) => {
    const code = char.charCodeAt(0);
    if (code === 0x09 || code === 0x0a || code === 0x0d) return " ";
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** Cuts plain text to at most `columns`, with an ellipsis where something is missing. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let used = 0;
  for (const segment of graphemes(text)) {
    const next = WIDE.test(segment) ? 2 : 1;
    if (used + next > columns - 1) break;
    kept += segment;
    used += next;
  }
  return `${kept}…`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - displayWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/** UTF-16 units that one column may take: a family of emoji has eleven. */
const MOST_UNITS = 16;

/** Plain text in lines of at most `columns`, broken at spaces; a longer word is cut where it must be. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const joined = line === "" ? word : `${line} ${word}`;
    // What is longer than any such line needs no measuring.
    if (joined.length <= columns * MOST_UNITS && displayWidth(joined) <= columns) {
      line = joined;
      continue;
    }
    if (line !== "") lines.push(line);
    const pieces = cutWord(word, columns);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1)!;
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** In one pass: names from a peer may have any length. */
function cutWord(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns) return [word];
  const pieces: string[] = [];
  let from = 0;
  let used = 0;
  let at = 0;
  for (const segment of graphemes(word)) {
    const next = WIDE.test(segment) ? 2 : 1;
    if (used + next > columns && at > from) {
      pieces.push(word.slice(from, at));
      from = at;
      used = 0;
    }
    used += next;
    at += segment.length;
  }
  return [...pieces, word.slice(from)];
}

/** A wrapped paragraph whose first line starts with `first` and the others are indented under it. */
export function hanging(first: string, text: string, columns: number): string[] {
  const indent = displayWidth(first);
  const lines = wrap(text, Math.max(20, columns - indent));
  return lines.map((line, at) => (at === 0 ? first + line : " ".repeat(indent) + line));
}

/** Plain parts joined with two spaces, broken between parts and never inside one. */
export function flow(parts: readonly string[], columns: number, separator = "  "): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last}${separator}${part}`;
    if (last !== undefined && displayWidth(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(part);
  }
  return lines;
}
