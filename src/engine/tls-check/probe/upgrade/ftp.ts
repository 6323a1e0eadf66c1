/**
 * FTP: AUTH TLS, answered with 234 (RFC 4217 §4).
 */
import type { Link } from "../link.ts";
import { Lines } from "./lines.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

export async function ftp(link: Link, _host: string, injected: string): Promise<void> {
  const lines = new Lines(link, "FTP");
  let greeting = await lines.reply();
  // 120: ready in so many minutes; the greeting proper follows (RFC 959 §5.4).
  while (greeting.code === 120) greeting = await lines.reply();
  if (greeting.code >= 400 && greeting.code < 500) throw notNow(greeting.lines[0]!);
  if (greeting.code !== 220) throw wrongProtocol("FTP", greeting.lines[0]!);

  lines.say("AUTH TLS", injected);
  const answer = await lines.reply();
  // 431: a needed resource is not available now (RFC 4217 §4.2 by way of RFC 2228 §5.1); 421: closing.
  if (answer.code === 431 || answer.code === 421) throw notNow(answer.lines[0]!);
  if (answer.code !== 234) throw notOffered(answer.lines[0]);
  lines.finish();
}
