/**
 * `--filter`: which series are looked at.
 *
 *     requests            names that hold the word
 *     http_*_total        names of that shape
 *     route=/echo         a label, its value of that shape too
 *
 * A series is taken when one of the name filters fits (or there is none) and, of each label named, one of its values.
 */
import { usageError } from "../../../core/errors.ts";
import type { Labels } from "./exposition/family.ts";

export interface SeriesFilter {
  /** As written. */
  readonly texts: readonly string[];
  takesName(name: string): boolean;
  takesLabels(labels: Labels): boolean;
}

type Test = (text: string) => boolean;

/** @throws NetkitError `NK_USAGE` */
export function parseFilters(texts: readonly string[]): SeriesFilter {
  const names: Test[] = [];
  const labels = new Map<string, Test[]>();
  for (const text of texts) {
    const label = parseLabel(text);
    if (label === undefined) names.push(nameTest(text.trim()));
    else labels.set(label.name, [...(labels.get(label.name) ?? []), shape(label.value)]);
    if (text.trim() === "")
      throw usageError("a filter is empty", "write it like http_* or route=/", "--filter");
  }
  return {
    texts,
    takesName: (name) => names.length === 0 || names.some((test) => test(name)),
    takesLabels: (own) =>
      [...labels].every(([name, tests]) => {
        const value = own.find(([known]) => known === name)?.[1] ?? "";
        return tests.some((test) => test(value));
      }),
  };
}

/** `route=/`, `route="/"` or `{route="/"}`; undefined where no `=` stands. */
export function parseLabel(text: string): { readonly name: string; readonly value: string } | undefined {
  const match = /^\{?\s*([^=\s{}]+)\s*=\s*(.*?)\s*\}?$/s.exec(text.trim());
  if (match === null) return undefined;
  return { name: match[1]!, value: match[2]!.replace(/^"(.*)"$/s, "$1") };
}

function nameTest(text: string): Test {
  return text.includes("*") ? shape(text) : (name) => name.includes(text);
}

/** `*` stands for anything. */
export function shape(text: string): Test {
  const parts = text.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*?")}$`, "s");
  return (value) => pattern.test(value);
}
