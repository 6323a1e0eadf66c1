/**
 * Scrapes at a steady pace until the count, the time or the user says stop, and tells each interval as it ends.
 *
 * The first scrape has to succeed. One that fails later is noted, and the next interval spans it: nothing is lost
 * that the endpoint still counts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nowUs } from "../../../core/clock.ts";
import { NetkitError } from "../../../core/errors.ts";
import type { ParsedExpectation } from "../../../core/expectation.ts";
import { checkExpectations, judgeExpectations } from "./expectations.ts";
import { familyResults } from "./families.ts";
import { type FetchPlan, shownUrl } from "./fetch.ts";
import type { SeriesFilter } from "./filter.ts";
import type { ScrapeFailure, StatsInterval, StatsResult } from "./result.ts";
import { findScrape, type Scraped, scrapeAt } from "./scrape.ts";
import { Tracker } from "./tracker.ts";

export interface StatsPlan {
  readonly url: URL;
  readonly fetch: FetchPlan;
  readonly filter: SeriesFilter;
  /** From one scrape to the next. */
  readonly intervalMs: number;
  /** Intervals; Infinity until something else ends it. */
  readonly count: number;
  /** From the first scrape; Infinity for no end. */
  readonly durationMs: number;
}

export interface StatsHooks {
  readonly version: string;
  readonly expectations: readonly ParsedExpectation[];
  /** Ends it; what was found until then is the result. */
  readonly signal: AbortSignal;
  readonly onInterval?: (interval: StatsInterval) => void;
  readonly onFailure?: (failure: ScrapeFailure) => void;
}

/** @throws NetkitError when the first scrape fails or an expectation cannot be judged */
export async function runStats(plan: StatsPlan, hooks: StatsHooks): Promise<StatsResult> {
  const { signal } = hooks;
  const first = await findScrape(plan.url, plan.fetch, signal);
  const startedAt = new Date().toISOString();
  const whole = new Tracker(first, plan.filter);
  const refusal = refusalOf(whole, plan, hooks, first);
  const failures: ScrapeFailure[] = [];
  let last = first;
  const pace = new Pace(plan);
  let number = 0;
  while (number < plan.count && (await pace.next(signal))) {
    let scraped: Scraped;
    try {
      scraped = await scrapeAt(first.url, plan.fetch, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof NetkitError)) throw error;
      const failure = { at: new Date().toISOString(), code: error.code, message: sentence(error) };
      failures.push(failure);
      hooks.onFailure?.(failure);
      // Two scrapes have to be had somehow, but not for ever.
      if (plan.count !== Number.POSITIVE_INFINITY && failures.length >= plan.count) break;
      continue;
    }
    whole.add(scraped);
    // Many programs expose a metric only once it has a value: what was not there at first has this chance.
    if (refusal !== undefined && number === 0) {
      const still = refusalOf(whole, plan, hooks, first);
      if (still !== undefined) throw still;
    }
    const tracker = new Tracker(last, plan.filter);
    tracker.add(scraped);
    last = scraped;
    number++;
    hooks.onInterval?.({
      schema: "netkit.stats-interval/1",
      number,
      at: new Date().toISOString(),
      seconds: tracker.seconds,
      families: familyResults(tracker),
    });
  }
  if (refusal !== undefined && number === 0 && !signal.aborted) throw refusal;
  return {
    schema: "netkit.stats/1",
    version: hooks.version,
    url: shownUrl(first.url),
    format: first.exposition.format,
    startedAt,
    seconds: whole.seconds,
    scrapes: whole.scrapes,
    failures,
    interrupted: signal.aborted,
    filters: plan.filter.texts,
    families: familyResults(whole),
    gone: whole.gone,
    warnings: last.exposition.warnings,
    expectations: judgeExpectations(hooks.expectations, whole, failures.length),
  };
}

function sentence(error: NetkitError): string {
  return error.why === undefined ? error.message : `${error.message}: ${error.why}`;
}

/** Why there would be nothing to show, or nothing to judge. */
function refusalOf(tracker: Tracker, plan: StatsPlan, hooks: StatsHooks, { url }: Scraped): unknown {
  if (tracker.families.size > 0) {
    try {
      checkExpectations(hooks.expectations, tracker);
      return undefined;
    } catch (error) {
      return error;
    }
  }
  const filtered = plan.filter.texts.length > 0;
  const [stage, code] = filtered
    ? (["usage", "NK_USAGE"] as const)
    : (["protocol", "NK_STATS_FORMAT"] as const);
  return new NetkitError(stage, code, `there is nothing to show of ${shownUrl(url)}`, {
    subject: filtered ? "--filter" : shownUrl(url),
    why: filtered ? `no series fits ${plan.filter.texts.join(" ")}` : "it exposes no metric",
    next: filtered ? "leave --filter away to see all names" : "name the path of its metrics",
  });
}

/** Absolute: what one scrape takes does not push the next back; instants that have passed are left out. */
class Pace {
  readonly #startUs = nowUs();
  readonly #intervalUs: number;
  readonly #endUs: number;
  #tick = 0;

  constructor({ intervalMs, durationMs }: StatsPlan) {
    this.#intervalUs = intervalMs * 1000;
    this.#endUs = durationMs * 1000;
  }

  /** False when there is no further scrape. */
  async next(signal: AbortSignal): Promise<boolean> {
    const passed = nowUs() - this.#startUs;
    this.#tick = Math.max(this.#tick + 1, Math.ceil(passed / this.#intervalUs));
    const due = this.#tick * this.#intervalUs;
    // A timer that fires a little early still ends it.
    if (due > this.#endUs + 1000) return false;
    try {
      await sleep(Math.max(0, (due - passed) / 1000), undefined, { signal });
    } catch {
      return false;
    }
    return !signal.aborted;
  }
}
