/**
 * Settings of tls-check, as the user wrote them, to a CheckPlan, which the engine carries out.
 *
 * Every default stands in TLS_CHECK_DEFAULTS; what is read from files is in `tls-check-files.ts`. Everything that can
 * be refused is refused here, before the first connection.
 */
import { Buffer } from "node:buffer";
import { usageError } from "../../core/errors.ts";
import { didYouMean } from "../../core/suggest.ts";
import { ruleIds } from "../../engine/tls-check/explain.ts";
import type { CheckPlan, ProbeLimits, Scope } from "../../engine/tls-check/plan.ts";
import { SEVERITIES, type Severity } from "../../engine/tls-check/rules/rule.ts";
import { readTargets, targetLines } from "../../engine/tls-check/targets.ts";
import {
  readAuthorities,
  readClientIdentity,
  readCtLogs,
  readExpectedChain,
  readPassword,
  readPolicy,
} from "./tls-check-files.ts";

/** What `tls-check` does when nobody says otherwise. */
const TLS_CHECK_DEFAULTS = {
  days: 21,
  failOn: ["medium"] as readonly string[],
  timeoutMs: 5000,
  retries: 2,
  concurrency: 8,
  /** The default nginx takes 80; a server with every suite of OpenSSL 250. */
  maxConnections: 500,
  /** A full scan keeps a core busy for a while; reading certificates mostly waits. */
  parallelTargets: { full: 4, "certificate-only": 32 } as Readonly<Record<Scope, number>>,
} as const;

/** Parsed settings; absent ones are `undefined`. Durations are milliseconds. */
export interface TlsCheckSettings {
  readonly target?: readonly string[] | undefined;
  readonly targets?: string | undefined;
  readonly "certificate-only"?: boolean | undefined;
  readonly sni?: string | undefined;
  readonly days?: number | undefined;
  readonly "lifetime-left"?: number | undefined;
  readonly at?: string | undefined;
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly "password-file"?: string | undefined;
  readonly "expect-cert"?: string | undefined;
  readonly "ct-logs"?: string | undefined;
  readonly revocation?: boolean | undefined;
  readonly policy?: string | undefined;
  readonly "fail-on"?: readonly string[] | undefined;
  readonly "max-connections"?: number | undefined;
  readonly rate?: number | undefined;
  readonly timeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly "parallel-targets"?: number | undefined;
  readonly "no-intrusive"?: boolean | undefined;
}

/** What the plan needs from outside. */
export interface CheckInputs {
  /** `-` reads standard input. @throws NetkitError of stage `file`. */
  readonly readBytes: (path: string) => Promise<Uint8Array>;
  readonly nowMs: number;
}

/** @throws NetkitError (exit 2) for settings or files that cannot be used. */
export async function buildCheckPlan(settings: TlsCheckSettings, inputs: CheckInputs): Promise<CheckPlan> {
  const scope: Scope = settings["certificate-only"] === true ? "certificate-only" : "full";
  const { readBytes } = inputs;
  const password = await readPassword(settings["password-file"], readBytes);
  const identity = await readClientIdentity(settings.cert, settings.key, password, readBytes);
  const share = settings["lifetime-left"];
  return {
    targets: await planTargets(settings, readBytes),
    scope,
    limits: planLimits(settings),
    parallelTargets: settings["parallel-targets"] ?? TLS_CHECK_DEFAULTS.parallelTargets[scope],
    intrusive: settings["no-intrusive"] !== true,
    atMs: settings.at === undefined ? inputs.nowMs : parseMoment(settings.at),
    daysLeft: settings.days ?? TLS_CHECK_DEFAULTS.days,
    lifetimeLeftPercent: share === undefined ? undefined : share * 100,
    extraAuthorities: await readAuthorities(settings.cacert, readBytes),
    expectChain: await readExpectedChain(settings["expect-cert"], password, readBytes),
    clientCert: identity?.cert,
    clientKey: identity?.key,
    password,
    ctLogs: await readCtLogs(settings["ct-logs"], readBytes),
    revocation: settings.revocation === true,
    policy: await readPolicy(settings.policy, readBytes),
    failOn: parseFailOn(settings["fail-on"] ?? TLS_CHECK_DEFAULTS.failOn),
  };
}

async function planTargets(
  settings: TlsCheckSettings,
  readBytes: CheckInputs["readBytes"],
): Promise<CheckPlan["targets"]> {
  const list = settings.targets;
  const lines = list === undefined ? [] : targetLines(Buffer.from(await readBytes(list)).toString("utf8"));
  const words = [...(settings.target ?? []), ...lines];
  if (words.length === 0) {
    throw usageError(
      list === undefined ? "tls-check needs a target" : `no target is in ${list}`,
      "name a host, a URL or a file, like https://example.com or server.pem",
      list,
    );
  }
  const targets = await readTargets(words, settings.sni);
  const seen = new Set<string>();
  // The same target twice would only be scanned twice.
  return targets.filter(({ kind, name }) => {
    const key = `${kind} ${name}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function planLimits(settings: TlsCheckSettings): ProbeLimits {
  return {
    maxConnections: settings["max-connections"] ?? TLS_CHECK_DEFAULTS.maxConnections,
    concurrency: settings.concurrency ?? TLS_CHECK_DEFAULTS.concurrency,
    ratePerSecond: positive(settings.rate, "--rate", "20/s"),
    timeoutMs: positive(settings.timeout, "--timeout", "5s") ?? TLS_CHECK_DEFAULTS.timeoutMs,
    retries: settings.retries ?? TLS_CHECK_DEFAULTS.retries,
  };
}

function positive(value: number | undefined, flag: string, example: string): number | undefined {
  if (value === undefined || value > 0) return value;
  throw usageError(`${flag} must be more than 0`, `write it like ${flag} ${example}`, flag);
}

/** A day is its beginning in UTC. */
export function parseMoment(text: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text.trim());
  const ms = isDate ? Date.parse(text.trim()) : Number.NaN;
  // `2026-02-30` is read as a day of March.
  const asked = text.trim().slice(0, 10);
  const rolledOver = !Number.isNaN(Date.parse(asked)) && new Date(asked).toISOString().slice(0, 10) !== asked;
  if (Number.isNaN(ms) || rolledOver) {
    throw usageError(`"${text}" is not a date`, "write it like 2027-03-15 or 2027-03-15T12:00:00Z", "--at");
  }
  return ms;
}

/** Severities and rule ids; `none` lets nothing decide. */
export function parseFailOn(words: readonly string[]): CheckPlan["failOn"] {
  if (words.length === 1 && words[0] === "none") return [];
  return words
    .flatMap((word) => word.split(","))
    .map((word) => {
      const name = word.trim();
      if (isSeverity(name)) return name;
      const ids = ruleIds();
      if (ids.includes(name)) return { rule: name };
      if (name === "none") {
        throw usageError(
          '"none" stands alone',
          "leave the other --fail-on away, or leave none away",
          "--fail-on",
        );
      }
      const known = [...SEVERITIES, ...ids];
      throw usageError(
        `"${name}" is neither a severity nor a rule`,
        didYouMean(
          name,
          known,
          (one) => one,
          `use ${SEVERITIES.join(", ")}, none, or a rule of --list-rules`,
        ),
        "--fail-on",
      );
    });
}

function isSeverity(word: string): word is Severity {
  return (SEVERITIES as readonly string[]).includes(word);
}
