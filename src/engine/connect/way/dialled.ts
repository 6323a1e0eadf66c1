/**
 * From a plan to a connected socket: name, race, proxy, each with its phase; what was found on the way is noted in the
 * progress as it is found, so that a failure has it too.
 */
import { connect as connectSocket, isIP, type Socket } from "node:net";
import type { Clock } from "../../../core/clock.ts";
import { NetkitError, wrapSystemError } from "../../../core/errors.ts";
import { Deadline } from "../../../core/lifecycle/deadline.ts";
import {
  type Address,
  type Attempt,
  type Connector,
  type RaceResult,
  raceToConnect,
} from "../../../core/lifecycle/happy-eyeballs.ts";
import { openTunnel, type TunnelObserver } from "../../../core/lifecycle/proxy.ts";
import type { ConnectPlan } from "../plan.ts";
import { type Resolved, type ResolveOptions, resolve } from "../resolve/resolve.ts";
import type { AttemptResult, PathResult, Resolution } from "../result.ts";
import type { PhaseLog } from "./phase-log.ts";
import type { Note } from "./trace.ts";

/** What has been found out so far. */
export type Progress = {
  -readonly [Field in "resolution" | "attempts" | "remote" | "local" | "proxy" | "probe"]: PathResult[Field];
};

export interface DialContext {
  readonly plan: ConnectPlan;
  readonly phases: PhaseLog;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Only this address; nobody is asked for it. */
  readonly address: Address | undefined;
  readonly note: Note | undefined;
  readonly resolving: Pick<ResolveOptions, "system" | "resolutionDelayMs"> | undefined;
}

/** @throws NetkitError of the phase that failed; no socket is left then. */
export async function dialled(context: DialContext): Promise<Socket> {
  const { plan, phases, progress } = context;
  if (plan.unixSocket !== undefined) {
    phases.begin("connect");
    const path = plan.unixSocket;
    const race = await raceWithin(context, [{ address: path, family: 4 }], undefined, () =>
      connectSocket({ path, allowHalfOpen: true }),
    );
    return winnerOf(race, context);
  }
  using resolved = await addressesOf(context);
  try {
    phases.begin("connect");
    const race = await raceWithin(context, resolved.first, resolved.later, connectorOf(plan));
    progress.attempts = attemptsOf(race, resolved.first, phases.startUs);
    traceAttempts(context);
    const socket = winnerOf(race, context);
    const winner = race.attempts.find(({ outcome }) => outcome.kind === "connected")!;
    const { port } = plan.proxy ?? plan.endpoint;
    progress.remote = { address: winner.address, family: winner.family, port };
    if (plan.proxy !== undefined) await tunnelled(socket, context, plan.proxy);
    return socket;
  } finally {
    progress.resolution = resolved.report();
  }
}

/** Of the endpoint, or of the proxy, which then resolves the endpoint's. @throws NetkitError of stage `dns` */
export async function addressesOf(
  context: DialContext,
): Promise<Pick<Resolved, "first" | "later"> & Disposable & { report(): PathResult["resolution"] }> {
  const { plan, phases, progress, clock, signal, address, resolving } = context;
  if (address !== undefined) {
    const known = progress.resolution;
    return {
      first: [address],
      later: Promise.resolve([]),
      report: () => known,
      [Symbol.dispose]: () => undefined,
    };
  }
  const { host, port } = plan.proxy ?? plan.endpoint;
  if (isIP(host) === 0) phases.begin("dns");
  const options = { ...resolving, clock, pathStartUs: phases.startUs };
  const resolved = await resolve(plan, { host, port }, options, signal);
  const isResolved = resolved.kind === "resolved";
  progress.resolution = isResolved ? resolved.report() : resolved.resolution;
  traceResolution(progress.resolution, context.note);
  if (isResolved) return resolved;
  throw resolved.error;
}

function connectorOf(plan: ConnectPlan): Connector {
  const { localAddress } = plan;
  const { port } = plan.proxy ?? plan.endpoint;
  const local = localAddress === undefined ? {} : { localAddress };
  return ({ address, family }) =>
    connectSocket({
      host: address,
      port,
      family,
      autoSelectFamily: false,
      allowHalfOpen: true,
      noDelay: true,
      ...local,
    });
}

async function raceWithin(
  { plan, clock, signal }: DialContext,
  first: readonly Address[],
  later: Promise<readonly Address[]> | undefined,
  connect: Connector,
): Promise<RaceResult> {
  const localFamily = plan.localAddress === undefined ? 0 : isIP(plan.localAddress);
  const usable = (all: readonly Address[]): readonly Address[] =>
    localFamily === 0 ? all : all.filter(({ family }) => family === localFamily);
  const addresses = usable(first);
  if (addresses.length === 0 && first.length > 0) throw noSuchFamily(plan, first);
  const { connectMs } = plan.timeouts;
  using deadline = new Deadline({ timeoutMs: connectMs, signal });
  const race = await raceToConnect({
    addresses,
    later: later?.then(usable),
    connect,
    attemptDelayMs: plan.attemptDelayMs,
    clock,
    signal: deadline.signal,
  });
  if (race.kind === "cut") signal.throwIfAborted();
  return race;
}

function winnerOf(race: RaceResult, { plan }: DialContext): Socket {
  switch (race.kind) {
    case "won":
      return race.socket;
    case "lost":
      throw allFailed(race, targetOf(plan));
    case "cut":
      throw silence(race.attempts, targetOf(plan), plan.timeouts.connectMs);
  }
}

async function tunnelled(
  socket: Socket,
  { plan, phases, progress, signal, note }: DialContext,
  proxy: NonNullable<ConnectPlan["proxy"]>,
): Promise<void> {
  const { host, port } = plan.endpoint;
  phases.begin("proxy");
  try {
    const observe: TunnelObserver = (direction, what, bytes) =>
      note?.({ layer: "proxy", direction, what, bytes });
    const answer = await openTunnel(socket, proxy, host, port, plan.timeouts.proxyMs, signal, observe);
    progress.proxy = { url: proxy.display, answer };
  } catch (error) {
    socket.on("error", () => undefined);
    socket.destroy();
    throw error;
  }
}

function attemptsOf(race: RaceResult, known: readonly Address[], startUs: number): AttemptResult[] {
  const started = race.attempts.map(
    (attempt): AttemptResult => ({
      address: attempt.address,
      family: attempt.family,
      startUs: attempt.startUs - startUs,
      durationUs: attempt.endUs - attempt.startUs,
      outcome: attempt.outcome.kind,
      code: attempt.outcome.kind === "failed" ? attempt.outcome.code : null,
    }),
  );
  const tried = new Set(started.map(({ address }) => address));
  const unstarted = race.kind === "won" ? race.unstarted : known.filter(({ address }) => !tried.has(address));
  return [
    ...started,
    ...unstarted.map(
      ({ address, family }): AttemptResult => ({
        address,
        family,
        startUs: 0,
        durationUs: 0,
        outcome: "not-started",
        code: null,
      }),
    ),
  ];
}

function traceResolution({ name, resolver, queries, cname }: Resolution, note: Note | undefined): void {
  const tell = (what: string): void => note?.({ layer: "dns", direction: "note", what, bytes: undefined });
  for (const { type, outcome, code, records } of queries) {
    const addresses = records.map(({ address }) => address).join(", ");
    tell(`${resolver}: ${name} ${type}: ${addresses === "" ? (code ?? outcome) : addresses}`);
  }
  if (cname.length > 0) tell(`${name} is ${cname.join(", which is ")}`);
}

function traceAttempts({ progress, note }: DialContext): void {
  for (const { address, outcome, code } of progress.attempts) {
    const what = `${address}: ${code ?? outcome.replace("-", " ")}`;
    note?.({ layer: "tcp", direction: "note", what, bytes: undefined });
  }
}

/** `host:port` of what is dialled. */
function targetOf(plan: ConnectPlan): string {
  if (plan.unixSocket !== undefined) return plan.unixSocket;
  const { host, port } = plan.proxy ?? plan.endpoint;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The first failure decides; the verdict's evidence tells each of them. */
function allFailed(race: Extract<RaceResult, { kind: "lost" }>, target: string): NetkitError {
  // Where one address refuses and another has no route, the one that answered tells more.
  const codes = race.attempts.map(({ outcome }) => (outcome.kind === "failed" ? outcome.code : ""));
  const refused = codes.indexOf("ECONNREFUSED");
  return wrapSystemError(race.errors[refused < 0 ? 0 : refused], "connect to", target);
}

function silence(attempts: readonly Attempt[], target: string, timeoutMs: number): NetkitError {
  const silent = attempts.filter(({ outcome }) => outcome.kind === "cut").length;
  const others = attempts.length - silent;
  const rest = others > 0 ? `; ${others} other ${others === 1 ? "address" : "addresses"} failed before` : "";
  return new NetkitError("connect", "NK_CONNECT_TIMEOUT", `could not connect to ${target}`, {
    subject: target,
    why: `nobody answered within ${timeoutMs} ms${rest}; a firewall that drops packets looks like this`,
    next: "check the address and the route, try from another network, or raise --timeout",
  });
}

function noSuchFamily(plan: ConnectPlan, known: readonly Address[]): NetkitError {
  const has = known.map(({ address }) => address).join(", ");
  return new NetkitError("resource", "NK_ADDRESS_FAMILY", `could not connect to ${targetOf(plan)}`, {
    subject: plan.localAddress,
    why: `${plan.localAddress} cannot reach any of its addresses: ${has}`,
    next: "name a --local-address of the other family, or leave it away",
  });
}
