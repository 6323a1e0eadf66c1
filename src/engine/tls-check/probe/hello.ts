/**
 * One ClientHello and what the server makes of it: the common step of nearly every probe.
 *
 * Guarantees: the hello offers all that its version knows unless told otherwise; the answer is read as far
 * as asked for; an answer that decides nothing (reset, EOF, time-out, internal_error) is tried again and
 * then is inconclusive.
 */
import { randomBytes } from "node:crypto";
import { ALERT, ALERT_LEVEL } from "../../../core/framing/tls/alerts.ts";
import {
  encodeClientHello,
  type HelloExtension,
  type HelloSpec,
} from "../../../core/framing/tls/client-hello.ts";
import * as extension from "../../../core/framing/tls/extensions.ts";
import { HANDSHAKE } from "../../../core/framing/tls/handshake.ts";
import { parseServerHello, type ServerHello } from "../../../core/framing/tls/server-messages.ts";
import { keyExchangeForm, suite } from "../registry/suites.ts";
import { describeHello, describeServerHello } from "./describe.ts";
import {
  type Link,
  type LinkAlert,
  LinkLost,
  type LinkMessage,
  type LinkViolation,
  Unclear,
} from "./link.ts";
import {
  ALPN_NAMES,
  CURVES,
  FINITE_FIELDS,
  GROUPS_13,
  type HelloVersion,
  RENEGOTIATION_SCSV,
  SCHEMES,
  suitesOf,
  WIRE_VERSION,
} from "./offers.ts";
import type { Outcome, Prober } from "./prober.ts";

export interface HelloOptions {
  /** The only version offered. TLS 1.3 goes into supported_versions alone. */
  readonly version: HelloVersion;
  /** Default: all that the version knows. */
  readonly suites?: readonly number[] | undefined;
  readonly groups?: readonly number[] | undefined;
  readonly schemes?: readonly number[] | undefined;
  /** Empty sends none. Default: all. */
  readonly alpn?: readonly string[] | undefined;
  /** Default: the prober's; null sends none. */
  readonly serverName?: string | null | undefined;
  /** TLS 1.3. Default: none, so that the server asks for its group by HelloRetryRequest. */
  readonly keyShares?: readonly { readonly group: number; readonly key: Buffer }[] | undefined;
  readonly compressions?: readonly number[] | undefined;
  readonly sessionId?: Buffer | undefined;
  /** Added at the end, or in place of one of the same type. */
  readonly extensions?: readonly HelloExtension[] | undefined;
  /** Types of extensions that are left out. */
  readonly without?: readonly number[] | undefined;
}

export type HelloAnswer =
  | {
      readonly kind: "server-hello";
      readonly hello: ServerHello;
      /** Messages after ServerHello that came in the clear, as far as they were asked for. */
      readonly flight: readonly LinkMessage[];
      /** Why the flight is shorter than asked for; undefined when it is not. */
      readonly cut: string | undefined;
    }
  | LinkAlert
  | LinkViolation;

export type ServerHelloAnswer = Extract<HelloAnswer, { kind: "server-hello" }>;

/** How far to read: the ServerHello only, up to ServerKeyExchange, or up to ServerHelloDone. */
export type FlightDepth = "server-hello" | "key-exchange" | "done";

const NO_COMPRESSION = [0];

/** A spec that `hello` sends, and that a probe may still change by spreading it. */
export function makeHello(prober: Prober, options: HelloOptions): HelloSpec {
  const { version } = options;
  const modern = version === "TLSv1.3";
  const suites = options.suites ?? suitesOf(version);
  const spec = {
    legacyVersion: modern ? WIRE_VERSION["TLSv1.2"] : WIRE_VERSION[version],
    recordVersion: version === "SSLv3" ? WIRE_VERSION.SSLv3 : WIRE_VERSION["TLSv1.0"],
    random: randomBytes(32),
    // TLS 1.3 in compatibility mode (RFC 8446 §D.4).
    sessionId: options.sessionId ?? (modern ? randomBytes(32) : Buffer.alloc(0)),
    compressions: options.compressions ?? NO_COMPRESSION,
  };
  // SSLv3 has no extensions; the signalling suite says the same as renegotiation_info (RFC 5746 §3.3).
  if (version === "SSLv3") return { ...spec, suites: [...suites, RENEGOTIATION_SCSV], extensions: [] };
  const left = new Set([...(options.without ?? []), ...(options.extensions ?? []).map(({ type }) => type)]);
  const extensions = defaultExtensions(prober, options).filter(({ type }) => !left.has(type));
  return padded({ ...spec, suites, extensions: [...extensions, ...(options.extensions ?? [])] });
}

/** None of those at the end may be empty: some stacks take an empty last extension for a broken hello. */
function defaultExtensions(prober: Prober, options: HelloOptions): HelloExtension[] {
  const { version } = options;
  const modern = version === "TLSv1.3";
  const name = options.serverName === undefined ? prober.serverName : (options.serverName ?? undefined);
  const groups = options.groups ?? (modern ? GROUPS_13 : [...CURVES, ...FINITE_FIELDS]);
  // Behind STARTTLS the protocol is agreed on, and some servers (exim) refuse names that are not theirs.
  const alpn = options.alpn ?? (prober.upgrading === "none" ? ALPN_NAMES : []);
  const signs = modern || version === "TLSv1.2";
  return [
    ...(name === undefined ? [] : [extension.serverName(name.replace(/\.$/, ""))]),
    ...(modern ? [] : [extension.encryptThenMac(), extension.sessionTicket(), extension.renegotiationInfo()]),
    extension.extendedMasterSecret(),
    extension.statusRequest(),
    extension.sct(),
    ...(alpn.length === 0 ? [] : [extension.alpn(alpn)]),
    ...(modern ? [] : [extension.ecPointFormats()]),
    ...(groups.length === 0 ? [] : [extension.supportedGroups(groups)]),
    ...(signs ? [extension.signatureAlgorithms(options.schemes ?? SCHEMES)] : []),
    // Only the handshake's own signature follows `schemes`; the chain may be signed by anything.
    ...(signs && options.schemes !== undefined ? [extension.signatureAlgorithmsCert(SCHEMES)] : []),
    ...(modern
      ? [
          extension.supportedVersions([WIRE_VERSION["TLSv1.3"]]),
          extension.pskKeyExchangeModes(),
          extension.keyShare(options.keyShares ?? []),
        ]
      : []),
  ];
}

/** Some load balancers hang on hellos of 256 to 511 bytes (RFC 7685 §1). */
function padded(spec: HelloSpec): HelloSpec {
  const length = encodeClientHello(spec).length;
  if (length < 256 || length > 511) return spec;
  // Four bytes of its own header; at least one of padding, since it stands last.
  return { ...spec, extensions: [...spec.extensions, extension.padding(Math.max(1, 512 - length - 4))] };
}

/**
 * Costs one connection.
 * @param keepInternalError hands that alert on at once: the caller asks again in its own way
 */
export async function hello(
  prober: Prober,
  name: string,
  spec: HelloSpec,
  depth: FlightDepth = "server-hello",
  keepInternalError = false,
): Promise<Outcome<HelloAnswer>> {
  let partial: ServerHelloAnswer | undefined;
  const outcome = await exchangeOrClosing(prober, name, async (link) => {
    link.trace?.("sent", describeHello(spec), encodeClientHello(spec));
    link.sendHandshake(encodeClientHello(spec), spec.recordVersion);
    const answer = await readAnswer(prober, link);
    if (!keepInternalError && answer.kind === "alert" && answer.description === ALERT.internal_error) {
      throw new Unclear(alertText(answer));
    }
    if (answer.kind !== "server-hello") return answer;
    prober.accepted = spec;
    const flight: LinkMessage[] = [];
    partial = { ...answer, flight };
    const cut = await readFlight(link, answer.hello, depth, flight);
    return { ...answer, flight, cut };
  });
  if (outcome.kind === "closed") return { kind: "done", value: REFUSED_BY_CLOSING };
  if (outcome.kind === "inconclusive" && partial !== undefined) {
    // The ServerHello is an answer; only what follows it never came.
    return { kind: "done", value: { ...partial, cut: outcome.why } };
  }
  return outcome;
}

/**
 * An exchange whose inconclusive end is a refusal where the server refuses by closing: it closed each time, and
 * without a byte since the dialogue began.
 */
export async function exchangeOrClosing<T>(
  prober: Prober,
  name: string,
  dialogue: (link: Link) => Promise<T>,
): Promise<Outcome<T> | { readonly kind: "closed" }> {
  let made = 0;
  let closed = 0;
  const outcome = await prober.exchange(name, async (link) => {
    made++;
    const before = link.bytesReceived;
    try {
      return await dialogue(link);
    } catch (error) {
      if (isClosing(error) && link.bytesReceived === before) closed++;
      throw error;
    }
  });
  if (outcome.kind === "done" || closed < 2 || closed < made) return outcome;
  return (await refusesByClosing(prober)) ? { kind: "closed" } : outcome;
}

/** The server ended the connection in an orderly way. */
function isClosing(error: unknown): boolean {
  return error instanceof LinkLost && error.how === "eof";
}

export const REFUSES_BY_CLOSING = "closes the connection, as on every hello it cannot accept";

const REFUSED_BY_CLOSING: LinkAlert = {
  kind: "alert",
  level: ALERT_LEVEL.fatal,
  description: ALERT.handshake_failure,
  name: "handshake_failure",
  implied: true,
};

/** Suites that nobody implements (RFC 8701). */
const GREASE = Array.from({ length: 16 }, (_, at) => (at << 12) | (at << 4) | 0x0a0a);

/**
 * Some servers (dovecot, slapd with GnuTLS) never send an alert: what they refuse, they close. A closed connection
 * alone tells nothing; it is taken for a refusal when the server closes twice on a hello that nobody can accept,
 * this hello was closed on every time, and one that it takes is answered as ever right after.
 */
async function refusesByClosing(prober: Prober): Promise<boolean> {
  const accepted = prober.accepted;
  if (accepted === undefined) return false;
  const impossible = makeHello(prober, { version: "TLSv1.2", suites: GREASE, alpn: [] });
  prober.closingHabit ??= endsTwice(prober, impossible);
  if (!(await prober.closingHabit)) return false;
  return (await endOf(prober, "control hello", accepted)) === "answered";
}

async function endsTwice(prober: Prober, spec: HelloSpec): Promise<boolean> {
  for (let time = 0; time < 2; time++) {
    if ((await endOf(prober, "hello that nobody can accept", spec)) !== "closed") return false;
  }
  return true;
}

/** How a hello ends, where a closed connection is an answer. */
async function endOf(
  prober: Prober,
  name: string,
  spec: HelloSpec,
): Promise<"closed" | "answered" | "other"> {
  const outcome = await prober.exchange(name, async (link) => {
    link.trace?.("sent", describeHello(spec), encodeClientHello(spec));
    link.sendHandshake(encodeClientHello(spec), spec.recordVersion);
    try {
      return (await readAnswer(prober, link)).kind === "server-hello" ? "answered" : "other";
    } catch (error) {
      if (isClosing(error)) return "closed";
      throw error;
    }
  });
  return outcome.kind === "done" ? outcome.value : "other";
}

/** ServerHello, or what came instead. @throws LinkLost */
export async function readAnswer(prober: Prober, link: Link): Promise<HelloAnswer> {
  let warning: LinkAlert | undefined;
  for (;;) {
    let message: Awaited<ReturnType<Link["nextHandshake"]>>;
    try {
      message = await link.nextHandshake();
    } catch (error) {
      // A warning and then nothing: the warning was the answer.
      if (error instanceof LinkLost && error.how === "eof" && warning !== undefined) return warning;
      throw error;
    }
    switch (message.kind) {
      case "alert":
        if (message.level === ALERT_LEVEL.warning && message.description !== ALERT.close_notify) {
          // unrecognized_name as a warning lets the handshake go on (RFC 6066 §3).
          warning = message;
          continue;
        }
        return message;
      case "violation":
        prober.noteNotTls(message.what);
        return message;
      case "record":
        return {
          kind: "violation",
          what: `a record of type ${message.type} before ServerHello`,
          section: "RFC 5246 §7.3",
        };
      case "message": {
        if (message.type !== HANDSHAKE.serverHello) {
          return {
            kind: "violation",
            what: `message ${message.type} in place of ServerHello`,
            section: "RFC 5246 §7.3",
          };
        }
        const parsed = parseServerHello(message.body);
        if (parsed.kind === "violation") return parsed;
        link.trace?.("received", describeServerHello(parsed), message.raw);
        return { kind: "server-hello", hello: parsed, flight: [], cut: undefined };
      }
    }
  }
}

/** RFC 5246 §7.3, RFC 6066 §8. */
const IN_FLIGHT: readonly number[] = [
  HANDSHAKE.certificate,
  HANDSHAKE.certificateStatus,
  HANDSHAKE.serverKeyExchange,
  HANDSHAKE.certificateRequest,
  HANDSHAKE.serverHelloDone,
];

/** Puts the clear messages after ServerHello into `flight`; answers why it ended early, if it did. */
async function readFlight(
  link: Link,
  { version, suite: code, isRetry }: ServerHello,
  depth: FlightDepth,
  flight: LinkMessage[],
): Promise<string | undefined> {
  if (depth === "server-hello" || isRetry || version >= WIRE_VERSION["TLSv1.3"]) return undefined;
  const last = depth === "done" ? HANDSHAKE.serverHelloDone : lastMessage(code);
  for (;;) {
    const message = await link.nextHandshake();
    if (message.kind === "alert") return `${alertText(message)} after ServerHello`;
    if (message.kind === "violation") return message.what;
    if (message.kind === "record") return `a record of type ${message.type} before ServerHelloDone`;
    // Each comes once: a server that goes on and on is not waited for.
    if (!IN_FLIGHT.includes(message.type) || flight.some(({ type }) => type === message.type)) {
      return `message ${message.type} out of place after ServerHello`;
    }
    flight.push(message);
    if (message.type === last || message.type === HANDSHAKE.serverHelloDone) return undefined;
  }
}

/** Where the interesting part of the flight ends: static key exchanges send no ServerKeyExchange. */
function lastMessage(code: number): number {
  const facts = suite(code);
  const exchanges = facts === undefined || keyExchangeForm(facts) !== undefined;
  return exchanges ? HANDSHAKE.serverKeyExchange : HANDSHAKE.certificate;
}

/** `alert handshake_failure (40)` */
export function alertText(alert: LinkAlert): string {
  if (alert.implied === true) return REFUSES_BY_CLOSING;
  return `alert ${alert.name} (${alert.description})`;
}
