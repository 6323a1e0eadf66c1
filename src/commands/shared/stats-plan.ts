/** The StatsPlan of `netkit stats URL` and `stats watch`, from their settings. */
import { parseEndpoint } from "../../core/endpoint.ts";
import { usageError } from "../../core/errors.ts";
import { type ParsedExpectation, parseExpectation } from "../../core/expectation.ts";
import { parseFilters } from "../../engine/stats/live/filter.ts";
import type { StatsPlan } from "../../engine/stats/live/run.ts";
import { planRequest, type RequestInputs, type RequestSettings } from "./request-plan.ts";
import { planTls, type TlsSettings } from "./tls-plan.ts";

export interface LiveSettings extends Pick<RequestSettings, "header" | "basic-auth" | "bearer">, TlsSettings {
  readonly interval?: number | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly expect?: readonly string[] | undefined;
  readonly timeout?: number | undefined;
  readonly "unix-socket"?: string | undefined;
}

export interface PlannedStats {
  readonly plan: StatsPlan;
  readonly expectations: readonly ParsedExpectation[];
}

/** Shorter, and a scrape would overtake the one before. */
const LEAST_INTERVAL_MS = 10;
/** The longest that a timer takes. */
const MOST_MS = 2 ** 31 - 1;

/** @throws NetkitError (exit 2) */
export async function planStats(
  url: string,
  settings: LiveSettings,
  bounds: Pick<StatsPlan, "count" | "durationMs">,
  inputs: RequestInputs,
): Promise<PlannedStats> {
  const endpoint = parseEndpoint(url, "stats");
  const intervalMs = settings.interval ?? 1000;
  const timeoutMs = settings.timeout ?? 10_000;
  checkTime("--interval", intervalMs, LEAST_INTERVAL_MS);
  checkTime("--timeout", timeoutMs, 1);
  const { headers } = await planRequest(
    { header: settings.header, "basic-auth": settings["basic-auth"], bearer: settings.bearer },
    [endpoint],
    inputs,
  );
  return {
    plan: {
      url: new URL(`${endpoint.origin}${endpoint.path}`),
      fetch: {
        headers,
        tls: await planTls(settings, inputs),
        unixSocket: settings["unix-socket"],
        timeoutMs,
      },
      filter: parseFilters(settings.filter ?? []),
      intervalMs,
      ...bounds,
    },
    expectations: (settings.expect ?? []).map((text) => parseExpectation(text)),
  };
}

function checkTime(flag: string, ms: number, least: number): void {
  if (ms >= least && ms <= MOST_MS) return;
  throw usageError(`${flag} is out of range`, `give from ${least}ms to 24d`, flag);
}
