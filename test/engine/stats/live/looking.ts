// An endpoint in memory for the tests of the tracker: expositions as text, a second apart.
import { readExposition } from "../../../../src/engine/stats/live/exposition/read.ts";
import { familyResults } from "../../../../src/engine/stats/live/families.ts";
import { parseFilters } from "../../../../src/engine/stats/live/filter.ts";
import type { FamilyResult, SeriesResult } from "../../../../src/engine/stats/live/result.ts";
import { type Scrape, Tracker } from "../../../../src/engine/stats/live/tracker.ts";

export function scrapeOf(text: string, atSeconds: number): Scrape {
  const format = text.includes("# EOF") ? "openmetrics" : "prometheus";
  const read = readExposition(text, format);
  if (read.kind === "violation") throw new Error(`line ${read.line} ${read.reason}`);
  return { atUs: atSeconds * 1e6, exposition: read.exposition };
}

export function tracked(texts: readonly string[], ...filters: string[]): Tracker {
  const [first, ...others] = texts.map(scrapeOf);
  const tracker = new Tracker(first!, parseFilters(filters));
  for (const scrape of others) tracker.add(scrape);
  return tracker;
}

export function familyOf(tracker: Tracker, name: string): FamilyResult {
  const found = familyResults(tracker).find((family) => family.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Of the only series. */
export function seriesOf(tracker: Tracker, name: string): SeriesResult {
  const { series } = familyOf(tracker, name);
  if (series.length !== 1) throw new Error(`${name} has ${series.length} series`);
  return series[0]!;
}

/** Cumulative counts up to 0.1, 0.5 and infinity. */
export function histogram(counts: readonly [number, number, number], labels = "", sum = 1): string {
  const more = labels === "" ? "" : `${labels},`;
  const own = labels === "" ? "" : `{${labels}}`;
  return `h_seconds_bucket{${more}le="0.1"} ${counts[0]}
h_seconds_bucket{${more}le="0.5"} ${counts[1]}
h_seconds_bucket{${more}le="+Inf"} ${counts[2]}
h_seconds_sum${own} ${sum}
h_seconds_count${own} ${counts[2]}
`;
}

export const HISTOGRAM_TYPE = "# TYPE h_seconds histogram\n";
