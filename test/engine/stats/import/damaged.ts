// Sources of importers, damaged at random: whatever comes out is a sound run or a refusal in words, soon.
import fc from "fast-check";
import { expect } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import { runSchema } from "../../../../src/report/schemas/run.ts";
import { imported } from "./imported.ts";

/** Texts that figures and names do not expect to be replaced by. */
const ODD = [
  ...["", "-1", "0", "1e999", "NaN", "-0", "9007199254740993", "0x10", "1,5", "١٢", "null", "{}", "[]"],
  ...['"', "\u0000", "\ufeff", "=1+1", "9".repeat(400), "{".repeat(2000), " ", "\t", "2026-13-45T99:99:99Z"],
];

type Damage = (text: string) => string;

const place = fc.nat({ max: 1_000_000 });
const damages: fc.Arbitrary<Damage> = fc.oneof(
  place.map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc.tuple(place, fc.nat({ max: 0xff })).map(([at, code]) => (text: string) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + String.fromCharCode(code) + text.slice(from + 1);
  }),
  fc.tuple(place, fc.constantFrom(...ODD)).map(([at, odd]) => (text: string) => {
    const figures = [...text.matchAll(/-?\d+(?:\.\d+)?|"[^"]*"/g)];
    const found = figures[at % Math.max(1, figures.length)];
    return found === undefined
      ? odd
      : text.slice(0, found.index) + odd + text.slice(found.index + found[0].length);
  }),
  fc.tuple(place, place).map(([from, to]) => (text: string) => {
    const lines = text.split("\n");
    const [moved] = lines.splice(from % lines.length, 1);
    lines.splice(to % (lines.length + 1), 0, moved!);
    return lines.join("\n");
  }),
  place.map((at) => (text: string) => {
    const lines = text.split("\n");
    return lines.toSpliced(at % lines.length, 0, lines[at % lines.length]!).join("\n");
  }),
  place.map((at) => (text: string) => {
    const lines = text.split("\n");
    return lines.toSpliced(at % lines.length, 1).join("\n");
  }),
);

/** A property for fast-check: damage as often as it likes. */
export function survivesDamage(source: string): fc.IAsyncPropertyWithHooks<[Damage[]]> {
  return fc.asyncProperty(fc.array(damages, { minLength: 1, maxLength: 4 }), async (all) => {
    const text = all.reduce((damaged, damage) => damage(damaged), source);
    try {
      const run = await imported(text);
      expect(runSchema.parse(run)).toEqual(run);
      const { requests, succeeded, failed, censored } = run.totals;
      expect(succeeded + failed + censored).toBe(requests);
    } catch (error) {
      if (!(error instanceof NetkitError)) throw error;
    }
  });
}
