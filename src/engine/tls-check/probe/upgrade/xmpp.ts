/**
 * XMPP: a stream is opened, its features must name STARTTLS, `<starttls/>` is answered by `<proceed/>`
 * (RFC 6120 §5.4). The few elements are found by their text; no XML is parsed.
 */
import type { Link } from "../link.ts";
import { notNow, notOffered, unknownName, wrongProtocol } from "./refusal.ts";

const TLS_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-tls";
const MAX_BYTES = 64 * 1024;

/** Stream errors after which another attempt may do better (RFC 6120 §4.9.3). */
const TEMPORARY =
  /<(resource-constraint|system-shutdown|internal-server-error|connection-timeout|policy-violation|reset)\b/;

/** The name of the stream is nobody's here, or not any more (RFC 6120 §4.9.3.5, §4.9.3.6). */
const UNKNOWN_NAME = /<host-(?:unknown|gone)\b/;

export async function xmpp(link: Link, host: string): Promise<void> {
  say(
    link,
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${escaped(host)}' version='1.0'>`,
  );
  const features = await readUntil(link, host, /<stream:features\s*\/>|<\/stream:features\s*>/);
  if (!features.includes(TLS_NAMESPACE)) throw notOffered();

  say(link, `<starttls xmlns='${TLS_NAMESPACE}'/>`);
  const answer = await readUntil(link, host, /<proceed\b[^>]*(?:\/>|>\s*<\/proceed>)|<failure\b[^>]*>/);
  if (/<failure\b/.test(answer)) throw notOffered(answer);
}

function say(link: Link, text: string): void {
  link.trace?.("sent", text);
  link.send(Buffer.from(text, "utf8"));
}

/** Everything up to the end of what the pattern finds; the rest is left for TLS. */
async function readUntil(link: Link, host: string, pattern: RegExp): Promise<string> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    bytes = Buffer.concat([bytes, await link.read()]);
    const text = bytes.toString("latin1");
    const found = pattern.exec(text);
    if (found !== null) {
      const end = found.index + found[0].length;
      link.unread(bytes.subarray(end));
      link.trace?.("received", text.slice(0, end));
      return text.slice(0, end);
    }
    const error = /<stream:error\b[\s\S]*<\/stream:error>|<stream:error\s*\/>/.exec(text)?.[0];
    if (error !== undefined) {
      if (UNKNOWN_NAME.test(error)) throw unknownName(host);
      throw TEMPORARY.test(error) ? notNow(error) : notOffered(error);
    }
    if (bytes.length > MAX_BYTES || !/^\s*</.test(text)) throw wrongProtocol("XMPP", text);
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
