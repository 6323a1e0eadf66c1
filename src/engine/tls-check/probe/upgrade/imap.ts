/**
 * IMAP: a tagged STARTTLS, answered with OK, after any number of untagged lines (RFC 9051 §6.2.1).
 */
import type { Link } from "../link.ts";
import { Lines } from "./lines.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

export async function imap(link: Link, _host: string, injected: string): Promise<void> {
  const lines = new Lines(link, "IMAP");
  const greeting = await lines.next();
  if (/^\* BYE\b/i.test(greeting)) throw notNow(greeting);
  // PREAUTH: logged in already, where STARTTLS is not allowed any more.
  if (/^\* PREAUTH\b/i.test(greeting)) throw notOffered(greeting);
  if (!/^\* OK\b/i.test(greeting)) throw wrongProtocol("IMAP", greeting);

  lines.say("a1 STARTTLS", injected);
  for (;;) {
    const line = await lines.next();
    if (/^\* BYE\b/i.test(line)) throw notNow(line);
    if (line.startsWith("* ")) continue;
    if (/^a1 OK\b/i.test(line)) break;
    throw /^a1 (NO|BAD)\b/i.test(line) ? notOffered(line) : wrongProtocol("IMAP", line);
  }
  lines.finish();
}
