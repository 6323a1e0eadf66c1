/**
 * One line of an exposition: Prometheus text 0.0.4 and OpenMetrics 1.0, which differ in little.
 *
 *     # TYPE name kind      # HELP name words      # UNIT name unit      # EOF
 *     name{label="value",…} value [timestamp] [# {label="value",…} value [timestamp]]
 *
 * Also the quoted names of Prometheus 3: `{"a.name",label="value"} 1`. A line that breaks the rules is a value.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
import type { Labels } from "./family.ts";

export interface SampleLine {
  readonly kind: "sample";
  readonly name: string;
  /** In the order of the line. */
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since 1970 (0.0.4) or seconds (OpenMetrics); null where there is none. */
  readonly timestamp: number | null;
}

export type Line =
  | SampleLine
  | { readonly kind: "type" | "help" | "unit"; readonly name: string; readonly text: string }
  | { readonly kind: "eof" }
  /** Empty, or a comment for people. */
  | { readonly kind: "nothing" }
  | { readonly kind: "violation"; readonly reason: string };

/** More labels than any series of use has; each costs time at every scrape. */
export const MAX_LABELS = 256;

const NOTHING: Line = { kind: "nothing" };
const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const BLANK = /[ \t]*/y;
const WORD = /[^ \t]+/y;
const FINITE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const META = /^#[ \t]+(TYPE|HELP|UNIT)[ \t]+("(?:[^"\\]|\\.)*"|[^ \t]+)(?:[ \t]+(.*))?$/;

/** @param line without its line end */
export function parseLine(line: string): Line {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  const start = skip(BLANK, text, 0);
  if (start === text.length) return NOTHING;
  return text[start] === "#" ? comment(text.slice(start).trimEnd()) : new Reader(text, start).sample();
}

/** As Go's ParseFloat reads it, without its hexadecimal form; undefined for what is no number. */
export function parseNumber(text: string): number | undefined {
  if (FINITE.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?nan$/i.test(text) ? Number.NaN : undefined;
}

function comment(text: string): Line {
  if (/^#[ \t]+EOF$/.test(text)) return { kind: "eof" };
  const match = META.exec(text);
  if (match === null) return NOTHING;
  const [, keyword, name, rest = ""] = match;
  const kind = keyword!.toLowerCase() as "type" | "help" | "unit";
  const plain = name!.startsWith('"') ? unescaped(name!.slice(1, -1)) : name!;
  return { kind, name: plain, text: kind === "help" ? unescaped(rest) : rest.trim() };
}

/** What may not be escaped stands for itself, as OpenMetrics has it. */
function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\\n"])/g, (_, char: string) => (char === "n" ? "\n" : char));
}

function skip(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** Reads left to right; the first rule that is broken ends it. */
class Reader {
  readonly #text: string;
  #at: number;
  #broken: string | undefined;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  sample(): Line {
    let name = this.#take(NAME);
    this.#blank();
    const labels: (readonly [string, string])[] = [];
    if (this.#peek() === "{") {
      const quoted = this.#labels(labels);
      if (quoted !== undefined && name !== "") this.#break("has two names");
      name = quoted ?? name;
    }
    if (name === "") this.#break("does not begin with the name of a metric");
    const value = this.#number("value");
    const timestamp = this.#optionalNumber();
    this.#exemplar();
    if (this.#broken !== undefined) return { kind: "violation", reason: this.#broken };
    return { kind: "sample", name, labels, value, timestamp };
  }

  /** Gives the quoted name that stands among the labels, if one does. */
  #labels(into: (readonly [string, string])[]): string | undefined {
    let name: string | undefined;
    this.#at++;
    for (;;) {
      this.#blank();
      if (this.#peek() === "}") {
        this.#at++;
        return name;
      }
      if (this.#peek() === '"') {
        const quoted = this.#quoted();
        this.#blank();
        if (this.#peek() === "=") this.#pair(quoted, into);
        else if (name === undefined) name = quoted;
        else this.#break("has two names");
      } else {
        const label = this.#take(LABEL_NAME);
        if (label === "") this.#break("has a label without a name");
        this.#blank();
        this.#pair(label, into);
      }
      this.#blank();
      if (this.#peek() === ",") this.#at++;
      else if (this.#peek() !== "}") this.#break("has labels that do not end with }");
      if (this.#broken !== undefined) return name;
    }
  }

  #pair(label: string, into: (readonly [string, string])[]): void {
    if (this.#peek() !== "=") {
      this.#break(`has no = behind the label ${label}`);
      return;
    }
    this.#at++;
    this.#blank();
    if (this.#peek() !== '"') {
      this.#break(`has a value of the label ${label} that is not quoted`);
      return;
    }
    const value = this.#quoted();
    if (into.length === MAX_LABELS) {
      this.#break(`has more than ${MAX_LABELS} labels`);
      return;
    }
    if (into.some(([known]) => known === label)) {
      this.#break(`has the label ${label} twice`);
      return;
    }
    into.push([label, value]);
  }

  #quoted(): string {
    const from = this.#at + 1;
    let at = from;
    while (at < this.#text.length && this.#text[at] !== '"') at += this.#text[at] === "\\" ? 2 : 1;
    if (at >= this.#text.length) {
      this.#at = this.#text.length;
      this.#break("has a quotation mark that is never closed");
      return "";
    }
    this.#at = at + 1;
    return unescaped(this.#text.slice(from, at));
  }

  #number(what: string): number {
    this.#blank();
    const word = this.#take(WORD);
    const value = parseNumber(word);
    if (value === undefined) this.#break(word === "" ? `has no ${what}` : `has a ${what} that is no number`);
    return value ?? Number.NaN;
  }

  #optionalNumber(): number | null {
    this.#blank();
    const next = this.#peek();
    return next === undefined || next === "#" ? null : this.#number("timestamp");
  }

  /** Read for its form only: an example of one observation says nothing about the others. */
  #exemplar(): void {
    this.#blank();
    if (this.#peek() === undefined) return;
    if (this.#peek() !== "#") {
      this.#break("goes on after its timestamp");
      return;
    }
    this.#at++;
    this.#blank();
    if (this.#peek() !== "{") {
      this.#break("has an exemplar without labels");
      return;
    }
    this.#labels([]);
    this.#number("value of an exemplar");
    this.#optionalNumber();
    this.#blank();
    if (this.#peek() !== undefined) this.#break("goes on after its exemplar");
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #blank(): void {
    this.#at = skip(BLANK, this.#text, this.#at);
  }

  #take(pattern: RegExp): string {
    const from = this.#at;
    this.#at = skip(pattern, this.#text, from);
    return this.#text.slice(from, this.#at);
  }

  #break(reason: string): void {
    this.#broken ??= reason;
  }
}
