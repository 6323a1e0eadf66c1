/**
 * XMPP: a stream is opened, its features must name STARTTLS, `<starttls/>` is answered by `<proceed/>`
 * (RFC 6120 §5.4). The few elements are found by their text; no XML is parsed.
 */
import type { Link } from "../link.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

const TLS_NAMESPACE = "urn:ietf:params:xml:ns:xmpp-tls";
const MAX_BYTES = 64 * 1024;

/** Stream errors after which another attempt may do better (RFC 6120 §4.9.3). */
const TEMPORARY =
  /<(resource-constraint|system-shutdown|internal-server-error|connection-timeout|policy-violation|reset)\b/;

export async function xmpp(link: Link, host: string): Promise<void> {
  say(
    link,
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${escaped(host)}' version='1.0'>`,
  );
  const features = await readUntil(link, /<stream:features\s*\/>|<\/stream:features\s*>/);
  if (!features.includes(TLS_NAMESPACE)) throw notOffered();

  say(link, `<starttls xmlns='${TLS_NAMESPACE}'/>`);
  const answer = await readUntil(link, /<proceed\b[^>]*(?:\/>|>\s*<\/proceed>)|<failure\b[^>]*>/);
  if (/<failure\b/.test(answer)) throw notOffered(answer);
}

function say(link: Link, text: string): void {
  link.trace?.("sent", text);
  link.send(Buffer.from(text, "utf8"));
}

/** Everything up to the end of what the pattern finds; the rest is left for TLS. */
async function readUntil(link: Link, pattern: RegExp): Promise<string> {
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
    if (/<stream:error\b[\s\S]*<\/stream:error>|<stream:error\s*\/>/.test(text)) {
      throw TEMPORARY.test(text) ? notNow(text) : notOffered(text);
    }
    if (bytes.length > MAX_BYTES || !/^\s*</.test(text)) throw wrongProtocol("XMPP", text);
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
