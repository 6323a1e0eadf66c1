/**
 * One look at an endpoint: which path has the figures, which format they are in, and a clear word where there are none.
 *
 * A URL that names a path is taken at its word. A bare origin is asked for `/metrics`, where nearly all have it and
 * `netkit serve` shows most, and then for `/` itself.
 */
import { NetkitError } from "../../../core/errors.ts";
import type { Exposition } from "./exposition/family.ts";
import { readExposition } from "./exposition/read.ts";
import { type Fetched, type FetchPlan, fetchText, shownUrl } from "./fetch.ts";
import { readServeStats } from "./serve-stats.ts";
import type { Scrape } from "./tracker.ts";

export interface Scraped extends Scrape {
  /** Where it was found: later scrapes go there at once. */
  readonly url: URL;
}

/** @throws NetkitError when there is no answer, or none that has figures (exit 3) */
export async function findScrape(url: URL, plan: FetchPlan, signal?: AbortSignal): Promise<Scraped> {
  if (url.pathname !== "/" || url.search !== "") return await scrapeAt(url, plan, signal);
  try {
    return await scrapeAt(new URL("/metrics", url), plan, signal);
  } catch (error) {
    if (!(error instanceof NetkitError) || !NOT_THERE.includes(error.code)) throw error;
    // What is wrong with the usual path says more than what is wrong with the front page.
    return await scrapeAt(url, plan, signal).catch(() => {
      throw error;
    });
  }
}

const NOT_THERE: readonly string[] = ["NK_STATS_STATUS", "NK_STATS_FORMAT"];

/** @throws NetkitError */
export async function scrapeAt(url: URL, plan: FetchPlan, signal?: AbortSignal): Promise<Scraped> {
  const answer = await fetchText(url, plan, signal);
  return { url, atUs: answer.atUs, exposition: expositionOf(answer) };
}

function expositionOf(answer: Fetched): Exposition {
  const { status, contentType, text } = answer;
  if (status !== 200) throw wrongStatus(answer);
  if (text.trim() === "") {
    throw noFigures(answer, "it is empty", "check that the exporter has anything registered");
  }
  if (contentType.includes("html") || /^\s*<(?:!doctype|html|\?xml)/i.test(text)) {
    throw noFigures(
      answer,
      "it is a web page",
      `name the path of its metrics, like ${at(answer, "/metrics")}`,
    );
  }
  if (contentType.includes("json") || /^\s*[{[]/.test(text)) {
    const ours = jsonOf(answer);
    if (ours !== undefined) return ours;
  }
  if (contentType.includes("protobuf")) {
    throw noFigures(answer, "it is in protobuf, which netkit does not read", "ask for its text format");
  }
  const format = contentType === "application/openmetrics-text" ? "openmetrics" : "prometheus";
  const read = readExposition(text, format);
  if (read.kind === "exposition") return read.exposition;
  const where = `line ${read.line} ${read.reason}${read.text === "" ? "" : `: ${JSON.stringify(read.text)}`}`;
  const name = format === "openmetrics" ? "OpenMetrics" : "Prometheus text";
  throw noFigures(answer, `it is not ${name}: ${where}`, "check the path; promtool check metrics tells more");
}

/** Undefined where it is no JSON: a quoted name of Prometheus 3 begins with a brace too. */
function jsonOf(answer: Fetched): Exposition | undefined {
  let document: unknown;
  try {
    document = JSON.parse(answer.text);
  } catch {
    return undefined;
  }
  const ours = readServeStats(document);
  if (ours !== undefined) return ours;
  const schema = (document as { schema?: unknown } | null)?.schema;
  const told = typeof schema === "string" ? ` of schema ${JSON.stringify(schema.slice(0, 40))}` : "";
  const why = `it is JSON${told}, and not what netkit serve tells of itself (netkit.serve-stats/1)`;
  throw noFigures(answer, why, `name the path of its metrics, like ${at(answer, "/metrics")}`);
}

function at({ url }: Fetched, path: string): string {
  return shownUrl(new URL(path, url.origin));
}

function wrongStatus(answer: Fetched): NetkitError {
  const { url, status } = answer;
  const next =
    status === 401 || status === 403
      ? "give what it asks for with --bearer, --basic-auth or --header"
      : status === 404
        ? "name the path of its metrics; netkit serve has them on its admin listener, 9090 by default"
        : "look at the server's log";
  return new NetkitError("protocol", "NK_STATS_STATUS", `${shownUrl(url)} has no figures`, {
    subject: shownUrl(url),
    why: `it answers with status ${status}`,
    next,
  });
}

function noFigures({ url }: Fetched, why: string, next: string): NetkitError {
  const message = `what ${shownUrl(url)} answers has no figures`;
  return new NetkitError("protocol", "NK_STATS_FORMAT", message, { subject: shownUrl(url), why, next });
}
