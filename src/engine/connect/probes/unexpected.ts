/**
 * Answers that are not what was hoped for, as errors that can be told apart by their code:
 *
 *   NK_PROTOCOL_TLS_ANSWERED     a TLS record came back in the clear: the port wants TLS from the first byte
 *   NK_PROTOCOL_TLS_EXPECTED     an HTTP answer that says the same in words
 *   NK_PROTOCOL_OTHER            another protocol, by its first bytes
 *   NK_PROTOCOL_GARBAGE          bytes of no protocol that is known here
 *   NK_PROTOCOL_VIOLATION        the right protocol, a broken rule
 *   NK_PROTOCOL_TOO_LARGE        more than any such answer has
 *   NK_PROTOCOL_SILENT / _CUT    the end came before, or in the middle of, the answer
 *   NK_PROTOCOL_REFUSED          a sound answer that says no; _AUTH_, _UPGRADE_ and _TLS_REFUSED: to what
 */
import { Buffer } from "node:buffer";
import { NetkitError } from "../../../core/errors.ts";
import { shownText } from "../../../core/framing/http1/violation.ts";
import { alertName } from "../../../core/framing/tls/alerts.ts";
import { isSecretName, MASK, maskText } from "../../../core/secrets.ts";
import type { ProbePlan, ProbeWire } from "./probe.ts";

const SHOWN_CHARACTERS = 240;

/** Who answered, for messages. */
export interface Peer {
  readonly subject: string;
  readonly scheme: string;
  /** What it was asked in: `HTTP/1.1`. */
  readonly protocol: string;
}

export function peerOf(wire: ProbeWire, plan: ProbePlan, protocol: string): Peer {
  return { subject: wire.subject, scheme: plan.endpoint.scheme, protocol };
}

/** The scheme that speaks the same over TLS. */
const SECURE_SCHEME: Readonly<Record<string, string>> = {
  http: "https",
  h2c: "https",
  ws: "wss",
  tcp: "tls",
  framed: "framed+tls",
  redis: "rediss",
};

/** How servers of other protocols begin. */
const SPEAKERS: readonly (readonly [RegExp, string])[] = [
  [/^SSH-/, "SSH"],
  [/^HTTP\/\d/, "HTTP/1"],
  [/^220[ -].*FTP/i, "FTP"],
  [/^(220|421|554)[ -]/, "SMTP"],
  [/^\* (OK|PREAUTH|BYE)\b/i, "IMAP"],
  [/^\+OK\b/, "POP3"],
  [/^(\+PONG|-ERR|-NOAUTH|-DENIED)\b/, "Redis"],
  [/^RFB \d/, "VNC"],
  [/^AMQP/, "AMQP"],
  [/^[\s\S]{2}\0\0(\x0a|\xff)/, "MySQL"],
  // A SETTINGS frame on stream 0.
  [/^\0\0[\s\S]\x04\0\0\0\0\0/, "HTTP/2"],
];

// ContentType and major version of a TLS record (RFC 8446 section 5.1).
const TLS_ALERT = 0x15;
const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR = 3;

/** As far as there are bytes: every beginning of such a record is one. */
export function isTlsRecord(bytes: Uint8Array): boolean {
  const [type, major = TLS_MAJOR, minor = 0] = bytes;
  return (type === TLS_ALERT || type === TLS_HANDSHAKE) && major === TLS_MAJOR && minor <= 4;
}

/** Bytes that are not the protocol: TLS, another protocol, or nothing that is known. */
export function notTheProtocol(peer: Peer, bytes: Uint8Array): NetkitError {
  if (isTlsRecord(bytes)) return tlsAnswered(peer, bytes);
  const { subject, protocol } = peer;
  const text = Buffer.from(bytes.subarray(0, 80)).toString("latin1");
  const seen = `its answer begins with ${shownText(withoutSecrets(text))}`;
  const speaker = SPEAKERS.find(([pattern]) => pattern.test(text))?.[1];
  if (speaker !== undefined && !protocol.startsWith(speaker)) {
    return new NetkitError(
      "protocol",
      "NK_PROTOCOL_OTHER",
      `${subject} speaks ${speaker} instead of ${protocol}`,
      { subject, why: seen, next: nextAfterSpeaker(speaker, protocol) },
    );
  }
  return new NetkitError("protocol", "NK_PROTOCOL_GARBAGE", `${subject} does not speak ${protocol}`, {
    subject,
    why: seen,
    next: "check the port and the scheme; --trace prints the bytes",
  });
}

/** Header values and parameters that may be secrets: an echo sends ours back. */
function withoutSecrets(text: string): string {
  const fields = text.replace(/^([^\s:]+):[^\r\n]*/gm, (line, name: string) =>
    isSecretName(name) ? `${name}: ${MASK}` : line,
  );
  return maskText(fields);
}

function nextAfterSpeaker(speaker: string, protocol: string): string {
  return speaker === "HTTP/1" && protocol === "HTTP/2"
    ? "use http:// for HTTP/1.1, or https:// if the port wants TLS"
    : "check the port and the scheme";
}

function tlsAnswered({ subject, scheme, protocol }: Peer, bytes: Uint8Array): NetkitError {
  const secure = SECURE_SCHEME[scheme];
  // Record header of five bytes, level, description.
  const alert = bytes[0] === TLS_ALERT && bytes.length >= 7 ? ` (${alertName(bytes[6]!)})` : "";
  return new NetkitError(
    "protocol",
    "NK_PROTOCOL_TLS_ANSWERED",
    `${subject} answered plain ${protocol} with a TLS ${bytes[0] === TLS_ALERT ? "alert" : "record"}`,
    {
      subject,
      why: `the port wants TLS from the first byte${alert}`,
      next: secure === undefined ? "use tls:// with this port" : `use ${secure}:// instead of ${scheme}://`,
    },
  );
}

/** How nginx, Apache, Go, Tomcat and others say that the request should have been in TLS. */
const WANTS_TLS =
  /plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL|HTTP request to an HTTPS server|combination of host and port requires TLS|use the HTTPS scheme to access/i;

/** That sentence, where a 400 has it. */
export function wordsOfTls(answer: string): string | undefined {
  return WANTS_TLS.exec(answer)?.[0];
}

/** A 400 that says in words that TLS was expected. `words`: its sentence. */
export function tlsExpected({ subject, scheme }: Peer, words: string): NetkitError {
  return new NetkitError(
    "protocol",
    "NK_PROTOCOL_TLS_EXPECTED",
    `${subject} wants TLS and was asked without`,
    {
      subject,
      why: `the server says ${shownText(words)}`,
      next: `use ${SECURE_SCHEME[scheme] ?? "https"}:// instead of ${scheme}://`,
    },
  );
}

export function broken({ subject, protocol }: Peer, detail: string, rfc?: string): NetkitError {
  return new NetkitError("protocol", "NK_PROTOCOL_VIOLATION", `${subject} breaks the rules of ${protocol}`, {
    subject,
    why: rfc === undefined ? detail : `${detail} (${rfc})`,
    next: "look at what stands between: a proxy that rewrites answers, or a server's bug; --trace prints the bytes",
  });
}

export function tooLarge({ subject, protocol }: Peer, detail: string): NetkitError {
  return new NetkitError(
    "protocol",
    "NK_PROTOCOL_TOO_LARGE",
    `${subject} answers more than ${protocol} needs`,
    {
      subject,
      why: detail,
      next: "check the port and the scheme, or ask for a smaller answer",
    },
  );
}

export function cutShort({ subject, protocol }: Peer, detail: string): NetkitError {
  return new NetkitError("protocol", "NK_PROTOCOL_CUT", `${subject} hung up in the middle of its answer`, {
    subject,
    why: `${detail} (${protocol})`,
    next: "look at the server's log; a crash, a limit or a proxy's time-out ends answers like this",
  });
}

export function silent({ subject, protocol }: Peer): NetkitError {
  return new NetkitError("protocol", "NK_PROTOCOL_SILENT", `${subject} hung up without an answer`, {
    subject,
    why: `the peer closed the connection and sent nothing of ${protocol}`,
    next: "check that the port speaks this protocol, with TLS or without; then look at the server's log",
  });
}

/** A server's sentence on one line, without what could move a cursor. */
export function shownWords(words: string): string {
  const plain = words.trim().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}…` : plain;
}

export type Refusal = "" | "AUTH_" | "UPGRADE_" | "TLS_";

/** A sound answer that says no. `what` completes "SUBJECT …"; `words` are the server's. */
export function refused(
  { subject }: Peer,
  kind: Refusal,
  what: string,
  words: string | undefined,
  next: string,
): NetkitError {
  return new NetkitError("request", `NK_PROTOCOL_${kind}REFUSED`, `${subject} ${what}`, {
    subject,
    why: words === undefined ? undefined : `the server says "${shownWords(words)}"`,
    next,
  });
}

/** The next bytes, without taking them. @throws NetkitError `NK_PROTOCOL_SILENT` at the peer's end */
export async function peek(wire: ProbeWire, peer: Peer, what: string): Promise<Uint8Array> {
  const bytes = await wire.read(what);
  if (bytes === undefined) throw silent(peer);
  wire.unread(bytes);
  return bytes;
}
