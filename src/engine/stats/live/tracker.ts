/**
 * All series of an endpoint over a number of scrapes: one interval (two scrapes), or a whole watch.
 *
 * Growth is gathered from interval to interval, so that a reset in the middle loses only what was never scraped.
 */
import type { Exposition, Family } from "./exposition/family.ts";
import type { SeriesFilter } from "./filter.ts";
import { startTracking, type Tracked, track, trackAppeared, wasReset } from "./growth.ts";

export interface Scrape {
  /** Monotonic, at the first byte of the answer. */
  readonly atUs: number;
  readonly exposition: Exposition;
}

export interface TrackedFamily {
  /** As it was last exposed. */
  family: Family;
  readonly series: Map<string, Tracked>;
}

export class Tracker {
  readonly families = new Map<string, TrackedFamily>();
  readonly #filter: SeriesFilter;
  readonly #startUs: number;
  #last: Scrape;
  #scrapes = 1;

  constructor(first: Scrape, filter: SeriesFilter) {
    this.#filter = filter;
    this.#startUs = first.atUs;
    this.#last = first;
    for (const family of this.#taken(first)) this.#place(family);
  }

  get scrapes(): number {
    return this.#scrapes;
  }

  get seconds(): number {
    return (this.#last.atUs - this.#startUs) / 1e6;
  }

  /** Series that were there and are not any more. */
  get gone(): number {
    let gone = 0;
    for (const [name, { series }] of this.families) {
      const now = this.#last.exposition.families.get(name);
      for (const key of series.keys()) if (now?.series.has(key) !== true) gone++;
    }
    return gone;
  }

  /** Whether the last scrape has it. */
  isPresent(name: string, key: string): boolean {
    return this.#last.exposition.families.get(name)?.series.has(key) === true;
  }

  add(scrape: Scrape): void {
    const seconds = (scrape.atUs - this.#last.atUs) / 1e6;
    // What was not there was at 0 all the while.
    const sinceStart = (scrape.atUs - this.#startUs) / 1e6;
    const restarted = hasRestarted(this.#last.exposition, scrape.exposition);
    for (const family of this.#taken(scrape)) {
      const placed = this.families.get(family.name);
      // Another kind under the same name is another thing.
      if (placed === undefined || placed.family.kind !== family.kind) {
        const added = this.#place(family);
        for (const tracked of added.series.values()) trackAppeared(tracked, sinceStart);
        continue;
      }
      placed.family = family;
      for (const [key, series] of family.series) {
        const tracked = placed.series.get(key);
        if (tracked !== undefined) track(tracked, series, seconds, restarted);
        else {
          const started = startTracking(series);
          trackAppeared(started, sinceStart);
          placed.series.set(key, started);
        }
      }
    }
    this.#last = scrape;
    this.#scrapes++;
  }

  #place(family: Family): TrackedFamily {
    const series = new Map([...family.series].map(([key, one]) => [key, startTracking(one)] as const));
    const placed = { family, series };
    this.families.set(family.name, placed);
    return placed;
  }

  *#taken({ exposition }: Scrape): Generator<Family, void, undefined> {
    for (const family of exposition.families.values()) {
      if (!this.#filter.takesName(family.name)) continue;
      const series = new Map([...family.series].filter(([, { labels }]) => this.#filter.takesLabels(labels)));
      if (series.size > 0 || family.series.size === 0) yield { ...family, series };
    }
  }
}

const START_TIME = "process_start_time_seconds";

/**
 * The process says that it began later, and something it counts fell: then everything was reset, also what has
 * already passed its old value. Either sign alone can have other reasons (one worker of several, a series dropped).
 */
function hasRestarted(before: Exposition, after: Exposition): boolean {
  const startOf = ({ families }: Exposition): number | undefined => {
    const [only] = families.get(START_TIME)?.series.values() ?? [];
    return only?.sample.kind === "gauge" ? only.sample.value : undefined;
  };
  const [old, now] = [startOf(before), startOf(after)];
  if (old === undefined || now === undefined || !(now > old)) return false;
  for (const [name, family] of after.families) {
    const past = before.families.get(name);
    if (past?.kind !== family.kind || family.kind === "gauge-histogram") continue;
    for (const [key, series] of family.series) {
      const was = past.series.get(key);
      if (was !== undefined && wasReset(was, series)) return true;
    }
  }
  return false;
}
