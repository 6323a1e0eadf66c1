/**
 * POP3: STLS, answered with +OK (RFC 2595 §4).
 */
import type { Link } from "../link.ts";
import { Lines } from "./lines.ts";
import { notNow, notOffered, wrongProtocol } from "./refusal.ts";

export async function pop3(link: Link, _host: string, injected: string): Promise<void> {
  const lines = new Lines(link, "POP3");
  const greeting = await lines.next();
  if (greeting.startsWith("-ERR")) throw notNow(greeting);
  if (!greeting.startsWith("+OK")) throw wrongProtocol("POP3", greeting);

  lines.say("STLS", injected);
  const answer = await lines.next();
  // SYS/TEMP is the response code for "try again" (RFC 3206 §4).
  if (/^-ERR \[SYS\/TEMP\]/i.test(answer)) throw notNow(answer);
  if (answer.startsWith("-ERR")) throw notOffered(answer);
  if (!answer.startsWith("+OK")) throw wrongProtocol("POP3", answer);
  lines.finish();
}
