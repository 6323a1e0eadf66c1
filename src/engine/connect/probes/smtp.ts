/**
 * SMTP (RFC 5321): greeting, EHLO, STARTTLS where it is offered (RFC 3207) and EHLO again behind it, QUIT.
 */
import { MailDialogue } from "./mail-dialogue.ts";
import type { Probe } from "./probe.ts";
import { broken, refused, shownWords } from "./unexpected.ts";

/** A name that is nobody's (RFC 2606); servers want a dot in it. */
const OUR_NAME = "netkit.invalid";

interface Reply {
  readonly code: number;
  /** Without the code. */
  readonly lines: readonly string[];
}

export const smtp: Probe = {
  id: "smtp",
  protocol: "smtp",
  greets: true,
  reusable: false,
  async run(wire, plan) {
    const dialogue = new MailDialogue(wire, plan, "SMTP");
    const greeting = await readReply(dialogue, await dialogue.greeting(/^[2-5]\d\d([ -]|$)/));
    if (greeting.code !== 220) throw saysNo(dialogue, "greets with a refusal", greeting);
    let capabilities = await hello(dialogue);
    let starttls: "used" | "offered" | "not-offered" = "not-offered";
    if (capabilities.some((name) => /^STARTTLS$/i.test(name))) {
      await dialogue.say("STARTTLS");
      const answer = await readReply(dialogue);
      starttls = answer.code === 220 ? "used" : "offered";
      if (answer.code === 220) {
        await wire.secure();
        capabilities = await hello(dialogue);
      } else {
        wire.note(`STARTTLS is offered and not taken: ${answer.code} ${answer.lines[0]}`);
      }
    }
    await dialogue.goodbye("QUIT");
    return { kind: "mail", greeting: shownWords(greeting.lines[0]!), capabilities, starttls };
  },
};

/** What EHLO lists; a server that only knows HELO has nothing to list. */
async function hello(dialogue: MailDialogue): Promise<readonly string[]> {
  await dialogue.say(`EHLO ${OUR_NAME}`, true);
  const extended = await readReply(dialogue);
  if (extended.code === 250) return extended.lines.slice(1).map((line) => shownWords(line.trim()));
  if (extended.code < 500 || extended.code > 504) throw saysNo(dialogue, "refused EHLO", extended);
  await dialogue.say(`HELO ${OUR_NAME}`, true);
  const plain = await readReply(dialogue);
  if (plain.code !== 250) throw saysNo(dialogue, "refused EHLO and HELO", plain);
  return [];
}

/** Lines `250-…` up to `250 …` (section 4.2.1). */
async function readReply(dialogue: MailDialogue, first?: string): Promise<Reply> {
  const lines: string[] = [];
  let code: string | undefined;
  for (let line = first ?? (await dialogue.line()); ; line = await dialogue.line()) {
    const parts = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line);
    if (parts === null)
      throw broken(dialogue.peer, `not a line of a reply: ${JSON.stringify(shownWords(line))}`);
    code ??= parts[1]!;
    if (parts[1] !== code)
      throw broken(dialogue.peer, `a reply that begins with ${code} and goes on with ${parts[1]}`);
    lines.push(parts[3] ?? "");
    if (parts[2] !== "-") return { code: Number(code), lines };
  }
}

/** 4yz is for now, 5yz for good (section 4.2.1). */
function saysNo(dialogue: MailDialogue, what: string, { code, lines }: Reply): Error {
  const next =
    code >= 400 && code < 500
      ? "try again later: the server says that this will pass; connection limits and greylisting do that"
      : "look at the server's log; block lists and missing reverse names do that";
  return refused(dialogue.peer, "", what, `${code} ${lines[0]}`, next);
}
