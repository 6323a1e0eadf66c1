/**
 * SMTP: EHLO must list STARTTLS, then STARTTLS is answered with 220 (RFC 3207 §4).
 */
import type { Link } from "../link.ts";
import { Lines } from "./lines.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

/** A name that is nobody's (RFC 2606); servers want a dot in it. */
const OUR_NAME = "netkit.invalid";

export async function smtp(link: Link, _host: string, injected: string): Promise<void> {
  const lines = new Lines(link, "SMTP");
  const greeting = await lines.reply();
  if (isTemporary(greeting.code)) throw notNow(greeting.lines[0]!);
  if (greeting.code !== 220) throw wrongProtocol("SMTP", greeting.lines[0]!);

  lines.say(`EHLO ${OUR_NAME}`);
  const hello = await lines.reply();
  if (isTemporary(hello.code)) throw notNow(hello.lines[0]!);
  if (hello.code !== 250) throw notOffered(hello.lines[0]);
  if (!hello.lines.some((line) => /^250[- ]STARTTLS\s*$/i.test(line))) throw notOffered();

  lines.say("STARTTLS", injected);
  const answer = await lines.reply();
  if (isTemporary(answer.code)) throw notNow(answer.lines[0]!);
  if (answer.code !== 220) throw notOffered(answer.lines[0]);
  lines.finish();
}

/** 4yz: transient negative (RFC 5321 §4.2.1). 421 is what connection limits send, 454 TLS not available now. */
function isTemporary(code: number): boolean {
  return code >= 400 && code < 500;
}
