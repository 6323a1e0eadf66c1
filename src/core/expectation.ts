/**
 * What a user expects of a measurement, as text and as a judgement: `--expect 'p99<200ms'`.
 *
 *     expectation = [ "[" endpoint "]" ] metric operator limit [ "over" duration ]
 *     metric      = name { "." name }               p99.9  error_rate  tls.daysLeft  latency.connect.p99
 *     operator    = "<" | "<=" | ">" | ">=" | "==" | "!="
 *     limit       = value | "baseline" [ ("+" | "-") (percentage | value) ]
 *     value       = duration | rate | byte rate | percentage | size | number
 *
 * `over 10s` means: in every window of 10 s. A percentage beside `baseline` is always relative to the
 * baseline's own figure. Parsing knows no metric: which ones exist, and in what unit, is told by the command
 * (`KnownMetrics`), so that a misspelt one is refused before the run and not after it.
 *
 * A figure that does not exist (no request succeeded, so there is no p99) never satisfies anything.
 */
import { type NetkitError, usageError } from "./errors.ts";
import { assertNever } from "./exhaustive.ts";
import {
  DIMENSION_EXAMPLES,
  DIMENSION_NOUNS,
  type Dimension,
  fits,
  parseQuantity,
  type Quantity,
  showBeside,
  showValue,
} from "./quantity.ts";
import { maskUrl } from "./secrets.ts";
import { didYouMeanOneOf } from "./suggest.ts";
import { formatMicros } from "./units.ts";

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";

export type Limit =
  | ({ readonly kind: "absolute" } & Quantity)
  /** Baseline + baseline × `change`, a share that may be negative. */
  | { readonly kind: "baseline-relative"; readonly change: number }
  /** Baseline + `offset`, whose value may be negative. */
  | { readonly kind: "baseline-offset"; readonly offset: Quantity };

export interface ParsedExpectation {
  /** As written, without the secrets that the name of an endpoint may hold. */
  readonly text: string;
  /** As results name it: a path whose secrets are masked. */
  readonly endpoint: string | undefined;
  /** Percentiles read `p99.9` at the end, however they were written. */
  readonly metric: string;
  readonly operator: Operator;
  readonly limit: Limit;
  /** Length of the windows of `over`, in seconds. */
  readonly windowSeconds: number | undefined;
}

/** Metric name → unit. `pNN` at the end of a name stands for every percentile: `service.pNN`. */
export type KnownMetrics = Readonly<Record<string, Dimension>>;

export interface WindowValue {
  /** Seconds since the start of the measurement. */
  readonly start: number;
  /** Undefined where the window has no such figure. */
  readonly value: number | undefined;
}

/** Where the figures come from. Values are in the unit of the metric's dimension. */
export interface ExpectationLookup {
  readonly known: KnownMetrics;
  /** Names that `[name]` may have; absent where the command has only one endpoint. */
  readonly endpoints?: readonly string[];
  /** Undefined when nothing was measured that could give it. */
  value(metric: string, endpoint?: string): number | undefined;
  /** Consecutive windows; only whole ones. Absent where the command keeps no history. */
  windows?(metric: string, seconds: number, endpoint?: string): Iterable<WindowValue>;
  /** The same metric of the baseline. Absent without a baseline. */
  baseline?(metric: string, endpoint?: string): number | undefined;
}

export interface Judgement {
  readonly text: string;
  /** In the metric's unit; of windows, the worst. Null where there is no figure. */
  readonly observed: number | null;
  readonly holds: boolean;
  /** One sentence, with units. */
  readonly detail: string;
}

const EXAMPLE = "'p99<200ms', 'error_rate<1%', 'rate>=950/s', 'p99<300ms over 10s' or 'p95<baseline+10%'";
// Greedy, so that a name such as http://[::1]:80/ may hold brackets itself.
const SHAPE =
  /^(?:\[(?<endpoint>.+)\]\s*)?(?<metric>[A-Za-z_]\w*(?:\.\w+)*)\s*(?<operator><=|>=|==|!=|<|>)\s*(?<rest>[^<>=!\s].*)$/s;
const PERCENTILE = /(^|\.)p(\d+)(?:[._](\d+))?$/;

/** @throws NetkitError `NK_USAGE` that quotes the text and shows an example. */
export function parseExpectation(text: string): ParsedExpectation {
  // Up to the last bracket, or to the end where it is missing: what is refused is shown too.
  const given = text.replace(/^\s*\[(?:.+(?=\])|.+)/s, maskUrl);
  const source = given.trim();
  const groups = SHAPE.exec(source)?.groups;
  if (groups === undefined) throw reject(given, "is not an expectation");
  const [limitText, windowText] = splitOver(groups.rest!);
  return {
    text: source,
    endpoint: groups.endpoint?.trim(),
    metric: canonicalMetric(groups.metric!, given),
    operator: groups.operator as Operator,
    limit: parseLimit(limitText, given),
    windowSeconds: windowText === undefined ? undefined : parseWindow(windowText, given),
  };
}

/** The percentile at the end of a metric's name, and the name before it: `service.p99.9` → `service.`, 99.9. */
export function percentileOf(metric: string): { prefix: string; percentile: number } | undefined {
  const match = PERCENTILE.exec(metric);
  if (match === null) return undefined;
  const percentile = Number(`${match[2]}.${match[3] ?? 0}`);
  return { prefix: metric.slice(0, match.index) + match[1]!, percentile };
}

/**
 * Refuses, before anything is measured, what could never be judged: an unknown metric or endpoint, a limit in
 * another unit, a baseline or windows where there are none.
 *
 * @throws NetkitError `NK_USAGE` that names what is known.
 */
export function checkExpectation(
  expectation: ParsedExpectation,
  known: KnownMetrics,
  offers: {
    readonly endpoints?: readonly string[];
    readonly windows: boolean;
    readonly baseline: boolean;
    /** Where a person finds all the metrics: `netkit flood --help`. */
    readonly list?: string;
  },
): Dimension {
  const { text, metric, endpoint, limit } = expectation;
  const dimension = dimensionOf(metric, known);
  if (dimension === undefined) {
    throw reject(text, `names "${metric}", which is not measured here`, nearest(metric, known, offers.list));
  }
  if (endpoint !== undefined && !offers.endpoints?.includes(endpoint)) {
    throw reject(
      text,
      `names the endpoint "${endpoint}", which does not exist`,
      offers.endpoints === undefined ? "leave the [name] away" : listEndpoints(offers.endpoints),
    );
  }
  const given =
    limit.kind === "absolute" ? limit : limit.kind === "baseline-offset" ? limit.offset : undefined;
  if (given !== undefined && !fits(given, dimension)) {
    const right = `write it like ${metric}${expectation.operator}${DIMENSION_EXAMPLES[dimension]}`;
    throw reject(
      text,
      `compares ${metric}, ${DIMENSION_NOUNS[dimension]}, with ${DIMENSION_NOUNS[given.dimension]}`,
      right,
    );
  }
  if (limit.kind !== "absolute" && !offers.baseline) {
    throw reject(text, "needs a baseline, and none is given", "name one with --baseline FILE");
  }
  if (expectation.windowSeconds !== undefined && !offers.windows) {
    throw reject(text, 'has "over", and this command keeps no history', 'leave "over" away');
  }
  return dimension;
}

/** @throws NetkitError `NK_USAGE` under the rules of `checkExpectation`. */
export function evaluate(expectation: ParsedExpectation, lookup: ExpectationLookup): Judgement {
  const { metric, endpoint, limit, operator, windowSeconds } = expectation;
  const dimension = checkExpectation(expectation, lookup.known, {
    ...(lookup.endpoints === undefined ? {} : { endpoints: lookup.endpoints }),
    windows: lookup.windows !== undefined,
    baseline: lookup.baseline !== undefined,
  });
  const base = limit.kind === "absolute" ? undefined : lookup.baseline?.(metric, endpoint);
  const bound = limitValue(limit, base);
  const absent = (detail: string): Judgement => ({
    text: expectation.text,
    observed: null,
    holds: false,
    detail,
  });
  if (bound === undefined) return absent(`the baseline has no ${metric}`);
  const wanted = `${operator} ${showValue(bound, dimension)}${
    base === undefined ? "" : ` (baseline ${showValue(base, dimension)})`
  }`;

  if (windowSeconds === undefined) {
    const value = figure(lookup.value(metric, endpoint));
    if (value === undefined) return absent(`${metric} has no value: nothing was measured that gives it`);
    const holds = compare(value, operator, bound);
    const shown = showBeside(value, bound, dimension);
    const detail = `${metric} is ${shown}, ${holds ? "as expected" : "expected"} ${wanted}`;
    return { text: expectation.text, observed: value, holds, detail };
  }

  const length = formatMicros(windowSeconds * 1e6);
  let worst: { readonly start: number; readonly value: number } | undefined;
  let total = 0;
  let failed = 0;
  for (const { start, value: given } of lookup.windows?.(metric, windowSeconds, endpoint) ?? []) {
    const value = figure(given);
    if (value === undefined)
      return absent(`${metric} has no value in the ${length} from ${formatStart(start)}`);
    total++;
    if (!compare(value, operator, bound)) failed++;
    if (worst === undefined || isWorse(value, worst.value, operator, bound)) worst = { start, value };
  }
  if (worst === undefined) return absent(`the measurement holds no whole window of ${length}`);
  const where = `${showBeside(worst.value, bound, dimension)} in the ${length} from ${formatStart(worst.start)}`;
  const detail =
    failed === 0
      ? `${metric} is ${wanted} in all ${total} windows, at worst ${where}`
      : `${metric} is not ${wanted} in ${failed} of ${total} windows, at worst ${where}`;
  return { text: expectation.text, observed: worst.value, holds: failed === 0, detail };
}

function reject(text: string, why: string, next = `write it like ${EXAMPLE}`): NetkitError {
  return usageError(`"${text}" ${why}`, next, text);
}

/** The known names that may be meant, and where the others stand. */
function nearest(metric: string, known: KnownMetrics, list: string | undefined): string {
  const names = Object.keys(known).flatMap((name) =>
    name.includes("pNN") ? ["50", "90", "95", "99", "99.9"].map((at) => name.replace("NN", at)) : [name],
  );
  const guess = didYouMeanOneOf(metric, names) ?? `write a name such as ${names.slice(0, 3).join(", ")}.`;
  return list === undefined ? guess : `${guess} ${list} has them all.`;
}

/** More names than this say less. */
const MOST_ENDPOINTS = 8;

function listEndpoints(names: readonly string[]): string {
  const shown = names.slice(0, MOST_ENDPOINTS).map((name) => `[${name}]`);
  const hidden = names.length - shown.length;
  return `the endpoints are ${shown.join(" ")}${hidden > 0 ? ` and ${hidden} more` : ""}`;
}

function splitOver(rest: string): [limit: string, window: string | undefined] {
  const match = /^(.*?)\s+over(?:\s+(.*))?$/s.exec(rest.trimEnd());
  return match === null ? [rest.trimEnd(), undefined] : [match[1]!, match[2] ?? ""];
}

function parseWindow(text: string, whole: string): number {
  const length = parseQuantity(text);
  if (length?.dimension !== "duration" || length.value <= 0) {
    throw reject(whole, `has no window after "over"`, "write it like 'p99<300ms over 10s'");
  }
  return length.value / 1e6;
}

function canonicalMetric(name: string, text: string): string {
  const match = PERCENTILE.exec(name);
  if (match === null) return name;
  const fraction = match[3]?.replace(/0+$/, "") ?? "";
  const percentile = `${Number(match[2])}${fraction === "" ? "" : `.${fraction}`}`;
  if (Number(percentile) > 100) throw reject(text, `names the percentile ${percentile}, and 100 is the last`);
  return `${name.slice(0, match.index)}${match[1]}p${percentile}`;
}

function parseLimit(text: string, whole: string): Limit {
  const match = /^baseline\b\s*(?:([+-])\s*(.+))?$/s.exec(text);
  if (match === null) {
    const quantity = parseQuantity(text);
    if (quantity === undefined) throw reject(whole, `has a limit that is no value: "${text}"`);
    return { kind: "absolute", ...quantity };
  }
  if (match[2] === undefined) return { kind: "baseline-relative", change: 0 };
  const sign = match[1] === "-" ? -1 : 1;
  const quantity = /^[+-]/.test(match[2]) ? undefined : parseQuantity(match[2]);
  if (quantity === undefined) throw reject(whole, `adds no value to the baseline: "${match[2]}"`);
  if (match[2].endsWith("%")) return { kind: "baseline-relative", change: sign * quantity.value };
  return { kind: "baseline-offset", offset: { ...quantity, value: sign * quantity.value } };
}

function dimensionOf(metric: string, known: KnownMetrics): Dimension | undefined {
  const percentile = percentileOf(metric);
  const name = percentile === undefined ? metric : `${percentile.prefix}pNN`;
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

function limitValue(limit: Limit, base: number | undefined): number | undefined {
  switch (limit.kind) {
    case "absolute":
      return limit.value;
    case "baseline-relative":
      return base === undefined ? undefined : base + base * limit.change;
    case "baseline-offset":
      return base === undefined ? undefined : base + limit.offset.value;
    default:
      return assertNever(limit);
  }
}

function figure(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

function compare(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "==":
      return value === bound;
    case "!=":
      return value !== bound;
    default:
      return assertNever(operator);
  }
}

function isWorse(value: number, than: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case "<":
    case "<=":
      return value > than;
    case ">":
    case ">=":
      return value < than;
    case "==":
      return Math.abs(value - bound) > Math.abs(than - bound);
    case "!=":
      return Math.abs(value - bound) < Math.abs(than - bound);
    default:
      return assertNever(operator);
  }
}

function formatStart(seconds: number): string {
  return `${String(Number(seconds.toFixed(1)))} s`;
}
