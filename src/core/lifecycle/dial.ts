/**
 * From a name to a connection that is ready: resolve, connect, secure, each phase stamped and bounded.
 *
 *     start ──resolve──► resolved ──connect──► connected ──secure──► secured = ready
 *
 * Guarantees: the outcome is a value, with a report of what was reached and every address tried; a failure
 * has the stage and the stable code of the phase that failed; whatever happens, no socket but the returned
 * one is left open, no timer is running and nothing listens to the caller's signal.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { connect as connectSocket, isIP, type Socket } from "node:net";
import { type Clock, monotonicClock } from "../clock.ts";
import { NetkitError, wrapSystemError } from "../errors.ts";
import { Deadline } from "./deadline.ts";
import type { DialOptions, DialReport, DialResult, DialStamps, Lookup, TlsReport } from "./dial-types.ts";
import { type Address, type Attempt, type Connector, interleave, raceToConnect } from "./happy-eyeballs.ts";
import { secure, tlsReportOf } from "./secure.ts";

const RESOLVE_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 10_000;
const SECURE_TIMEOUT_MS = 10_000;
const ATTEMPT_DELAY_MS = 250;
/** RFC 8305 section 5: an attempt delay below 10 ms must not be used. */
const MIN_ATTEMPT_DELAY_MS = 10;

/** What a dial has found out so far. */
interface Progress {
  addresses: readonly Address[];
  attempts: readonly Attempt[];
  tls: TlsReport | undefined;
  stamps: { -readonly [Stamp in keyof DialStamps]: DialStamps[Stamp] };
}

export async function dial(options: DialOptions, signal?: AbortSignal): Promise<DialResult> {
  const clock = options.clock ?? monotonicClock;
  const startUs = clock.nowUs();
  const progress: Progress = {
    addresses: [],
    attempts: [],
    tls: undefined,
    stamps: {
      startUs,
      resolvedUs: undefined,
      connectedUs: undefined,
      securedUs: undefined,
      endUs: startUs,
    },
  };
  try {
    progress.addresses = await resolve(options, signal);
    progress.stamps.resolvedUs = clock.nowUs();
    options.onPhase?.("resolved");
    const plain = await connect(options, progress, clock, signal);
    progress.stamps.connectedUs = clock.nowUs();
    options.onPhase?.("connected");
    const socket = options.tls === undefined ? plain : await secureWithin(options, plain, signal);
    if (socket !== plain) {
      progress.stamps.securedUs = clock.nowUs();
      progress.tls = tlsReportOf(socket);
      options.onPhase?.("secured");
    }
    return { kind: "ready", socket, report: reportOf(options, progress, clock) };
  } catch (error) {
    const failure = signal?.aborted && error === signal.reason ? aborted(options, error) : error;
    const wrapped = wrapSystemError(failure, "connect to", targetOf(options));
    return { kind: "failed", error: wrapped, report: reportOf(options, progress, clock) };
  }
}

/** The addresses in the order to be tried. */
async function resolve(options: DialOptions, signal: AbortSignal | undefined): Promise<readonly Address[]> {
  if (options.path !== undefined) return [];
  const { host, family, localAddress } = options;
  const literal = isIP(host);
  const found: readonly Address[] =
    literal === 0 ? await lookUp(options, signal) : [{ address: host, family: literal === 6 ? 6 : 4 }];
  const localFamily = localAddress === undefined ? 0 : isIP(localAddress);
  const usable = found.filter(
    (one) =>
      (family === undefined || one.family === family) && (localFamily === 0 || one.family === localFamily),
  );
  if (usable.length === 0) throw noUsableAddress(options, found);
  return interleave(usable);
}

async function lookUp(options: DialOptions, signal: AbortSignal | undefined): Promise<readonly Address[]> {
  const { host } = options;
  const timeoutMs = options.timeouts?.resolveMs ?? RESOLVE_TIMEOUT_MS;
  const timeoutError = (): Error =>
    new NetkitError("dns", "NK_DNS_TIMEOUT", `could not resolve ${host}`, {
      subject: host,
      why: `the resolver did not answer within ${timeoutMs} ms`,
      next: "check the network and the resolver in /etc/resolv.conf",
    });
  using deadline = new Deadline({ timeoutMs, signal, timeoutError });
  deadline.signal.throwIfAborted();
  const lookup = options.lookup ?? lookupBySystem;
  try {
    return await deadline.race(lookup(host, deadline.signal));
  } catch (error) {
    if (deadline.outcome !== "pending") throw error;
    throw wrapSystemError(error, "resolve", host);
  }
}

/** getaddrinfo answers A and AAAA together, so the resolution delay of RFC 8305 section 3 has no place here. */
const lookupBySystem: Lookup = async (host) => {
  const answers = await systemLookup(host, { all: true, verbatim: true });
  return answers.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

async function connect(
  options: DialOptions,
  progress: Progress,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const timeoutMs = options.timeouts?.connectMs ?? CONNECT_TIMEOUT_MS;
  using deadline = new Deadline({
    timeoutMs,
    signal,
    timeoutError: () => connectTimeout(options, timeoutMs),
  });
  const { path } = options;
  // A unix socket is a race with one runner, whose address is its path.
  const addresses = path === undefined ? progress.addresses : [{ address: path, family: 4 as const }];
  const result = await raceToConnect({
    addresses,
    connect: options.connect ?? connectorFor(options),
    attemptDelayMs: Math.max(MIN_ATTEMPT_DELAY_MS, options.attemptDelayMs ?? ATTEMPT_DELAY_MS),
    clock,
    signal: deadline.signal,
  });
  progress.attempts = path === undefined ? result.attempts : [];
  if (result.kind === "won") return result.socket;
  if (result.kind === "cut") throw deadline.signal.reason;
  throw allFailed(options, result.errors, progress.attempts);
}

function connectorFor(options: DialOptions): Connector {
  const { path, port, localAddress } = options;
  const shared = { allowHalfOpen: true, noDelay: true };
  if (path !== undefined) return () => connectSocket({ path, ...shared });
  const local = localAddress === undefined ? {} : { localAddress };
  return ({ address, family }) =>
    connectSocket({ host: address, port, family, autoSelectFamily: false, ...local, ...shared });
}

async function secureWithin(
  options: DialOptions,
  plain: Socket,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const timeoutMs = options.timeouts?.secureMs ?? SECURE_TIMEOUT_MS;
  return secure(plain, options.host, options.tls ?? {}, timeoutMs, signal);
}

function reportOf(options: DialOptions, progress: Progress, clock: Clock): DialReport {
  const { addresses, attempts, tls, stamps } = progress;
  const winner = attempts.find(({ outcome }) => outcome.kind === "connected");
  stamps.endUs = clock.nowUs();
  return {
    host: options.host,
    port: options.port,
    path: options.path,
    addresses,
    attempts,
    remote: winner && { address: winner.address, family: winner.family },
    stamps,
    tls,
  };
}

function targetOf(options: DialOptions): string {
  if (options.path !== undefined) return options.path;
  return options.host.includes(":") ? `[${options.host}]:${options.port}` : `${options.host}:${options.port}`;
}

function noUsableAddress(options: DialOptions, found: readonly Address[]): NetkitError {
  const has = found.length === 0 ? "no address" : `only ${found.map(({ address }) => address).join(", ")}`;
  const wanted = options.localAddress === undefined ? "" : ` that ${options.localAddress} can reach`;
  const family = options.family === undefined ? "" : ` of IPv${options.family}`;
  return new NetkitError("dns", "NK_DNS_NO_ADDRESS", `could not connect to ${targetOf(options)}`, {
    subject: options.host,
    why: `the name has ${has}, none${family}${wanted}`,
    next: "allow the other address family, or check the name's records",
  });
}

function connectTimeout(options: DialOptions, timeoutMs: number): NetkitError {
  const target = targetOf(options);
  return new NetkitError("connect", "NK_CONNECT_TIMEOUT", `could not connect to ${target}`, {
    subject: target,
    why: `nobody answered within ${timeoutMs} ms; a firewall that drops packets looks like this`,
    next: "check the address and the route, or raise --timeout",
  });
}

/** The first failure decides the code; with several addresses, `why` says how each of them failed. */
function allFailed(
  options: DialOptions,
  errors: readonly Error[],
  attempts: readonly Attempt[],
): NetkitError {
  const first = wrapSystemError(errors[0], "connect to", targetOf(options));
  if (attempts.length < 2) return first;
  const each = attempts.map(
    ({ address, outcome }) => `${address}: ${outcome.kind === "failed" ? outcome.code : outcome.kind}`,
  );
  return new NetkitError(first.stage, first.code as `NK_${string}`, first.message, {
    subject: first.subject,
    why: `every address failed (${each.join("; ")}); ${first.why}`,
    next: first.next,
    cause: new AggregateError(errors),
  });
}

function aborted(options: DialOptions, cause: unknown): NetkitError {
  const target = targetOf(options);
  return new NetkitError("connect", "NK_ABORTED", `stopped connecting to ${target}`, {
    subject: target,
    why: "it was told to stop",
    cause,
  });
}
