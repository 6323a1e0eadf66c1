/**
 * What it comes to: the layer that failed or is slow, what was seen, and the next thing to try, in words.
 *
 * One table from stable error codes to layers and titles; a code that is not in it is judged by its stage. The
 * titles differ from one another, so that no two causes look alike. Pure: facts in, sentences out.
 */
import type { Stage } from "../../core/errors.ts";
import { formatMicros } from "../../core/units.ts";
import type { AttemptResult, Layer, PathError, PathResult, PathVerdict, Phase, PhaseName } from "./result.ts";

/** A path before it is judged. */
export type PathFacts = Omit<PathResult, "verdict">;

interface Ruling {
  readonly layer: Layer;
  /** `target` is `host:port` as the user may write it, `name` the host alone. */
  readonly title: (target: string, name: string) => string;
}

const RULINGS: Readonly<Record<string, Ruling>> = {
  NK_DNS_NOT_FOUND: { layer: "name", title: (_, name) => `the name ${name} does not exist` },
  NK_DNS_NO_ADDRESS: { layer: "name", title: (_, name) => `the name ${name} has no address to be used` },
  NK_DNS_TIMEOUT: { layer: "name", title: (_, name) => `the resolver did not answer for ${name}` },
  NK_DNS_UNAVAILABLE: { layer: "name", title: (_, name) => `no resolver could be asked for ${name}` },
  NK_DNS_UNREACHABLE: {
    layer: "name",
    title: (_, name) => `nothing resolves names where ${name} was asked for`,
  },
  NK_DNS_SERVER_FAILURE: { layer: "name", title: (_, name) => `the resolver failed to find ${name}` },
  NK_DNS_REFUSED: { layer: "name", title: (_, name) => `the resolver refused to answer for ${name}` },
  NK_DNS_UNTRUSTED: {
    layer: "name",
    title: (_, name) => `the resolver asked for ${name} is not to be trusted`,
  },
  NK_DNS_MALFORMED: { layer: "name", title: (_, name) => `what answered for ${name} is no DNS answer` },
  NK_CONNECT_NO_ROUTE: { layer: "route", title: (target) => `there is no route to ${target}` },
  NK_CONNECT_REFUSED: { layer: "refused", title: (target) => `nothing listens on ${target}` },
  NK_CONNECT_TIMEOUT: { layer: "filtered", title: (target) => `${target} does not answer at all` },
  NK_CONNECT_RESET: { layer: "protocol", title: (target) => `${target} took the connection and reset it` },
  NK_PROTOCOL_CUT: { layer: "protocol", title: (target) => `${target} hung up in the middle of its answer` },
  NK_PROTOCOL_SILENT: { layer: "protocol", title: (target) => `${target} hung up without an answer` },
  NK_TLS_CERT_EXPIRED: { layer: "tls-trust", title: (target) => `the certificate of ${target} has expired` },
  NK_TLS_CERT_NOT_YET_VALID: {
    layer: "tls-trust",
    title: (target) => `the certificate of ${target} is not valid yet`,
  },
  NK_TLS_CERT_UNTRUSTED: {
    layer: "tls-trust",
    title: (target) => `nobody this machine trusts vouches for the certificate of ${target}`,
  },
  NK_TLS_CERT_REVOKED: { layer: "tls-trust", title: (target) => `the certificate of ${target} was revoked` },
  NK_TLS_NAME_MISMATCH: {
    layer: "tls-name",
    title: (target) => `${target} shows a certificate of another name`,
  },
  NK_TLS_NAME_REFUSED: {
    layer: "tls-name",
    title: (target) => `${target} has no certificate for the name it was asked for`,
  },
  NK_TLS_VERSION: { layer: "tls-version", title: (target) => `no TLS version in common with ${target}` },
  NK_TLS_CIPHERS: { layer: "tls-version", title: (target) => `no cipher suite in common with ${target}` },
  NK_TLS_ALPN: { layer: "tls", title: (target) => `no application protocol in common with ${target}` },
  NK_TLS_NOT_TLS: { layer: "protocol", title: (target) => `${target} does not speak TLS` },
  NK_TLS_ALERT: { layer: "tls", title: (target) => `${target} ended the TLS handshake with an alert` },
  NK_TLS_CLOSED: { layer: "tls", title: (target) => `${target} hung up during the TLS handshake` },
  NK_TLS_HANDSHAKE_TIMEOUT: {
    layer: "tls",
    title: (target) => `the TLS handshake of ${target} stands still`,
  },
  NK_UDP_SILENT: { layer: "filtered", title: (target) => `no datagram comes back from ${target}` },
  NK_TLS_FAILED: { layer: "tls", title: (target) => `TLS with ${target} failed` },
};

const LAYER_BY_STAGE: Readonly<Record<Stage, Layer>> = {
  usage: "local",
  config: "local",
  file: "local",
  dns: "name",
  connect: "protocol",
  proxy: "proxy",
  tls: "tls",
  protocol: "protocol",
  request: "protocol",
  resource: "local",
  measurement: "local",
  internal: "local",
};

/** Where and how long, for sentences: "connecting". */
const PHASE_WORDS: Readonly<Record<PhaseName, string>> = {
  dns: "resolving the name",
  connect: "connecting",
  proxy: "asking the proxy",
  upgrade: "the dialogue before TLS",
  tls: "the TLS handshake",
  greeting: "waiting for the greeting",
  request: "sending the request",
  firstByte: "waiting for the first byte",
  transfer: "receiving the answer",
};

export interface JudgeOptions {
  /** `host:port`. */
  readonly target: string;
  readonly host: string;
  /** Longer than this is slow. */
  readonly slowUs: number;
}

/** What several paths come to. @param what "addresses", "paths" */
export function judgeAll(verdicts: readonly PathVerdict[], what: string): PathVerdict {
  const [first] = verdicts;
  const failed = verdicts.filter(({ outcome }) => outcome === "failed");
  const [failure] = failed;
  if (first === undefined)
    return { outcome: "interrupted", layer: null, title: "interrupted", evidence: [], next: null };
  if (failure === undefined) return verdicts.find(({ outcome }) => outcome !== "ok") ?? first;
  if (failed.length === verdicts.length) return failure;
  const titles = [...new Set(failed.map(({ title }) => title))];
  return {
    outcome: "degraded",
    layer: failure.layer,
    title: `${failed.length} of ${verdicts.length} ${what} failed`,
    evidence: titles.slice(0, 5),
    next: failure.next,
  };
}

export function judgePath(path: PathFacts, options: JudgeOptions): PathVerdict {
  const { error } = path;
  if (error?.code === "NK_ABORTED") {
    const during = failedPhase(path);
    return {
      outcome: "interrupted",
      layer: null,
      title: `interrupted${during === undefined ? "" : ` while ${PHASE_WORDS[during.name]}`}`,
      evidence: [],
      next: null,
    };
  }
  return error === null ? judgeSuccess(path, options) : judgeFailure(path, error, options);
}

function judgeFailure(path: PathFacts, error: PathError, { target, host }: JudgeOptions): PathVerdict {
  const ruling = RULINGS[error.code];
  const isSlow = ruling === undefined && error.code.endsWith("_TIMEOUT") && error.stage !== "proxy";
  const layer = ruling?.layer ?? (isSlow ? "slow" : LAYER_BY_STAGE[error.stage]);
  return {
    outcome: "failed",
    layer,
    title: ruling?.title(target, host) ?? error.message,
    evidence: [...(error.why === null ? [] : [error.why]), ...attemptEvidence(path), ...phaseEvidence(path)],
    next: error.next,
  };
}

function judgeSuccess(path: PathFacts, { target, slowUs }: JudgeOptions): PathVerdict {
  const evidence = [...attemptEvidence(path), ...lateEvidence(path), ...probeEvidence(path)];
  const trouble = brokenFamily(path);
  const next =
    trouble === undefined
      ? null
      : `mend ${trouble} or take its records away: clients that try one address after the other wait for it`;
  if (path.totalUs <= slowUs) {
    const title = `${target} answered in ${formatMicros(path.totalUs)}`;
    return { outcome: "ok", layer: null, title, evidence, next };
  }
  const slowest = slowestPhase(path.phases);
  const title = `${target} answered, but took ${formatMicros(path.totalUs)}`;
  const most =
    slowest === undefined
      ? []
      : [
          `most of it was ${PHASE_WORDS[slowest.name]}: ${formatMicros(slowest.durationUs)} of ${formatMicros(path.totalUs)}`,
        ];
  return {
    outcome: "degraded",
    layer: "slow",
    title,
    evidence: [...most, ...evidence],
    next: next ?? (slowest === undefined ? null : SLOW_ADVICE[slowest.name]),
  };
}

const SLOW_ADVICE: Readonly<Record<PhaseName, string>> = {
  dns: "ask another resolver with --dns SERVER and compare",
  connect: "compare the addresses with --all-addresses; a lost first packet costs a second",
  proxy: "compare with and without --proxy",
  upgrade: "look at the server's log: such servers often look the client's address up before they go on",
  tls: "see what resumption gains with --compare cold,resumed",
  greeting: "look at the server's log: such servers often look the client's address up before they greet",
  request: "the peer takes the request slowly: look at its load, or at the size of the body",
  firstByte: "the time is spent in the server: look at its log and at what it waits for",
  transfer: "compare with a smaller answer; a full window or a slow disk looks like this",
};

function slowestPhase(phases: readonly Phase[]): Phase | undefined {
  return phases.reduce<Phase | undefined>(
    (slowest, phase) => (slowest === undefined || phase.durationUs > slowest.durationUs ? phase : slowest),
    undefined,
  );
}

function failedPhase(path: PathFacts): Phase | undefined {
  return path.phases.find(({ failed }) => failed);
}

/** How each address went, when there is more to tell than that the only one was connected. */
function attemptEvidence({ attempts }: PathFacts): string[] {
  const tried = attempts.filter(({ outcome }) => outcome !== "not-started");
  if (tried.length === 0 || (tried.length === 1 && tried[0]!.outcome === "connected")) return [];
  return tried.map((attempt) => `${attempt.address} ${attemptWords(attempt)}`);
}

function attemptWords({ outcome, code, durationUs }: AttemptResult): string {
  const after = `after ${formatMicros(durationUs)}`;
  switch (outcome) {
    case "connected":
      return `was connected ${after}`;
    case "failed":
      return `failed ${after} (${code ?? "no reason given"})`;
    case "lost":
      return `had not answered when another address won, ${after}`;
    default:
      return `had not answered when time was up, ${after}`;
  }
}

function phaseEvidence(path: PathFacts): string[] {
  const phase = failedPhase(path);
  if (phase === undefined) return [];
  const done = path.phases.filter(({ failed }) => !failed).map(({ name }) => PHASE_WORDS[name]);
  const before = done.length === 0 ? "" : `; done before: ${done.join(", ")}`;
  return [`it ended ${formatMicros(phase.durationUs)} into ${PHASE_WORDS[phase.name]}${before}`];
}

function lateEvidence({ resolution }: PathFacts): string[] {
  return (resolution?.queries ?? [])
    .filter(({ outcome }) => outcome === "late" || outcome === "timed-out" || outcome === "failed")
    .map(({ type, outcome, code, durationUs }) =>
      outcome === "late"
        ? `the ${type} answer came too late to be waited for (${formatMicros(durationUs)})`
        : `the ${type} question was not answered (${code ?? outcome}, ${formatMicros(durationUs)})`,
    );
}

function probeEvidence({ probe, tls }: PathFacts): string[] {
  const lines: string[] = [];
  if (probe?.kind === "http" && probe.status >= 500) {
    lines.push(`the server answered with an error of its own: ${probe.status} ${probe.reason}`.trimEnd());
  }
  if (probe?.kind === "echo" && !probe.equal) lines.push("what came back is not what was sent");
  if (tls?.authorized === false && tls.authorizationError !== null) {
    lines.push(`the certificate is not accepted (${tls.authorizationError}); --insecure let it pass`);
  }
  if (tls?.daysLeft != null && tls.daysLeft < 14) {
    lines.push(`the certificate ends in ${tls.daysLeft} ${tls.daysLeft === 1 ? "day" : "days"}`);
  }
  return lines;
}

/** A family none of whose tried addresses was connected while the other's was. */
function brokenFamily({ attempts, remote }: PathFacts): string | undefined {
  if (remote === null) return undefined;
  const others = attempts.filter(
    ({ family, outcome }) => family !== remote.family && outcome !== "not-started",
  );
  // One that lost may only have been a little slower: it has to have had its head start and more.
  const broken = others.filter(
    ({ outcome, durationUs }) => outcome === "failed" || (outcome === "lost" && durationUs >= 200_000),
  );
  return broken.length > 0 && broken.length === others.length
    ? `IPv${remote.family === 4 ? 6 : 4}`
    : undefined;
}
