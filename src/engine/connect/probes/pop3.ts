/**
 * POP3 (RFC 1939): greeting, CAPA (RFC 2449), STLS where it is offered (RFC 2595) and CAPA again behind it, QUIT.
 */
import { MailDialogue } from "./mail-dialogue.ts";
import type { Probe } from "./probe.ts";
import { broken, refused, shownWords } from "./unexpected.ts";

export const pop3: Probe = {
  id: "pop3",
  protocol: "pop3",
  greets: true,
  reusable: false,
  async run(wire, plan) {
    const dialogue = new MailDialogue(wire, plan, "POP3");
    const greeting = await dialogue.greeting(/^(\+OK|-ERR)\b/);
    if (greeting.startsWith("-")) {
      const next = "look at the server's log; connection limits and a locked mailbox do that";
      throw refused(dialogue.peer, "", "greets with an error", greeting, next);
    }
    let capabilities = await capabilitiesOf(dialogue);
    let starttls: "used" | "offered" | "not-offered" = "not-offered";
    if (capabilities.some((name) => /^STLS$/i.test(name))) {
      await dialogue.say("STLS");
      const answer = await status(dialogue);
      starttls = answer.ok ? "used" : "offered";
      if (answer.ok) {
        await wire.secure();
        capabilities = await capabilitiesOf(dialogue);
      } else {
        wire.note(`STLS is offered and not taken: ${answer.line}`);
      }
    }
    await dialogue.goodbye("QUIT");
    const words = greeting.replace(/^\+OK ?/, "");
    return { kind: "mail", greeting: shownWords(words), capabilities, starttls };
  },
};

/** A line each up to a full stop; a server that does not know CAPA has none. */
async function capabilitiesOf(dialogue: MailDialogue): Promise<readonly string[]> {
  await dialogue.say("CAPA", true);
  if (!(await status(dialogue)).ok) return [];
  const names: string[] = [];
  for (let line = await dialogue.line(); line !== "."; line = await dialogue.line()) {
    names.push(shownWords(line.replace(/^\.\./, ".").trim()));
  }
  return names;
}

async function status(dialogue: MailDialogue): Promise<{ readonly ok: boolean; readonly line: string }> {
  const line = await dialogue.line();
  if (!/^(\+OK|-ERR)\b/.test(line)) {
    throw broken(dialogue.peer, `not a status line: ${JSON.stringify(shownWords(line))}`);
  }
  return { ok: line.startsWith("+"), line };
}
