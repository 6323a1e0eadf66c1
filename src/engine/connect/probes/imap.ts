/**
 * IMAP (RFC 9051): greeting, CAPABILITY, STARTTLS where it is offered and CAPABILITY again behind it, LOGOUT.
 */
import { MailDialogue } from "./mail-dialogue.ts";
import type { Probe } from "./probe.ts";
import { broken, refused, shownWords } from "./unexpected.ts";

const BYE = /^\* BYE\b/i;

export const imap: Probe = {
  id: "imap",
  protocol: "imap",
  greets: true,
  reusable: false,
  async run(wire, plan) {
    const dialogue = new MailDialogue(wire, plan, "IMAP");
    const greeting = await dialogue.greeting(/^\* (OK|PREAUTH|BYE)\b/i);
    if (BYE.test(greeting)) throw saysNo(dialogue, "greets with a goodbye", greeting);
    let capabilities = await capabilitiesOf(dialogue, "a1");
    let starttls: "used" | "offered" | "not-offered" = "not-offered";
    // PREAUTH: logged in already, where STARTTLS is not allowed any more (section 6.2.1).
    if (capabilities.some((name) => /^STARTTLS$/i.test(name)) && !/^\* PREAUTH/i.test(greeting)) {
      await dialogue.say("a2 STARTTLS");
      const answer = await tagged(dialogue, "a2", () => undefined);
      starttls = answer.ok ? "used" : "offered";
      if (answer.ok) {
        await wire.secure();
        capabilities = await capabilitiesOf(dialogue, "a3");
      } else {
        wire.note(`STARTTLS is offered and not taken: ${answer.line}`);
      }
    }
    await dialogue.goodbye("a4 LOGOUT");
    return { kind: "mail", greeting: shownWords(greeting.slice(2)), capabilities, starttls };
  },
};

async function capabilitiesOf(dialogue: MailDialogue, tag: string): Promise<readonly string[]> {
  const names: string[] = [];
  await dialogue.say(`${tag} CAPABILITY`, true);
  const answer = await tagged(dialogue, tag, (line) => {
    const list = /^\* CAPABILITY\b(.*)$/i.exec(line)?.[1];
    names.push(
      ...shownWords(list ?? "")
        .split(" ")
        .filter((name) => name !== ""),
    );
  });
  if (!answer.ok) throw saysNo(dialogue, "refused CAPABILITY", answer.line);
  return names;
}

/** Reads up to the answer to a command; untagged lines come before it. */
async function tagged(
  dialogue: MailDialogue,
  tag: string,
  untagged: (line: string) => void,
): Promise<{ readonly ok: boolean; readonly line: string }> {
  for (;;) {
    const line = await dialogue.line();
    if (BYE.test(line)) throw saysNo(dialogue, "says goodbye", line);
    if (line.startsWith("* ")) {
      untagged(line);
      continue;
    }
    const [, status] = new RegExp(`^${tag} (OK|NO|BAD)\\b`, "i").exec(line) ?? [];
    if (status === undefined) {
      throw broken(dialogue.peer, `not an answer to ${tag}: ${JSON.stringify(shownWords(line))}`);
    }
    return { ok: status.toUpperCase() === "OK", line };
  }
}

function saysNo(dialogue: MailDialogue, what: string, line: string): Error {
  return refused(dialogue.peer, "", what, line, "look at the server's log; connection limits do that");
}
