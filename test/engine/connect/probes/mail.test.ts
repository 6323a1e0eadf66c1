// SMTP, IMAP and POP3 by their lines.
import { describe, expect, test } from "vitest";
import { imap } from "../../../../src/engine/connect/probes/imap.ts";
import { pop3 } from "../../../../src/engine/connect/probes/pop3.ts";
import type { Probe } from "../../../../src/engine/connect/probes/probe.ts";
import { smtp } from "../../../../src/engine/connect/probes/smtp.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf, total } from "./outcome.ts";

interface MailCase {
  readonly probe: Probe;
  readonly url: string;
  readonly greeting: string;
  readonly shown: string;
  /** With STARTTLS, then within TLS, then without. */
  readonly offered: string;
  readonly taken: string;
  readonly notTaken: string;
  readonly secured: string;
  readonly goodbye: string;
  readonly says: readonly string[];
  readonly capabilities: readonly string[];
  readonly refusal: string;
}

const CASES: readonly MailCase[] = [
  {
    probe: smtp,
    url: "smtp://mail.test",
    greeting: "220-mail.test ESMTP\r\n220 at your service\r\n",
    shown: "mail.test ESMTP",
    offered: "250-mail.test\r\n250-PIPELINING\r\n250 STARTTLS\r\n",
    taken: "220 Go ahead\r\n",
    notTaken: "454 TLS not available\r\n",
    secured: "250-mail.test\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n",
    goodbye: "221 Bye\r\n",
    says: ["EHLO netkit.invalid", "STARTTLS", "EHLO netkit.invalid", "QUIT"],
    capabilities: ["SIZE 1000", "AUTH PLAIN"],
    refusal: "554 No SMTP service here\r\n",
  },
  {
    probe: imap,
    url: "imap://mail.test",
    greeting: "* OK IMAP4rev1 ready\r\n",
    shown: "OK IMAP4rev1 ready",
    offered: "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\na1 OK done\r\n",
    taken: "a2 OK begin\r\n",
    notTaken: "a2 BAD no\r\n",
    secured: "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* 1 EXISTS\r\na3 OK done\r\n",
    goodbye: "* BYE bye\r\na4 OK done\r\n",
    says: ["a1 CAPABILITY", "a2 STARTTLS", "a3 CAPABILITY", "a4 LOGOUT"],
    capabilities: ["IMAP4rev1", "AUTH=PLAIN"],
    refusal: "* BYE too many connections\r\n",
  },
  {
    probe: pop3,
    url: "pop3://mail.test",
    greeting: "+OK POP3 ready <1.2@mail.test>\r\n",
    shown: "POP3 ready <1.2@mail.test>",
    offered: "+OK list\r\nTOP\r\nSTLS\r\n.\r\n",
    taken: "+OK begin\r\n",
    notTaken: "-ERR no\r\n",
    secured: "+OK list\r\nTOP\r\nSASL PLAIN\r\n.\r\n",
    goodbye: "+OK bye\r\n",
    says: ["CAPA", "STLS", "CAPA", "QUIT"],
    capabilities: ["TOP", "SASL PLAIN"],
    refusal: "-ERR too many connections\r\n",
  },
];

describe.each(CASES)("$probe.id", (mail) => {
  const { probe, greeting, offered, taken, notTaken, secured, goodbye } = mail;
  const plan = planOf(mail.url);
  const turns = [greeting, offered, taken, secured, goodbye];

  test("greets, asks, goes to TLS, asks again and leaves, at every cut", async () => {
    expect(await factsAtEveryCut(probe, plan, turns, total(turns))).toEqual({
      kind: "mail",
      greeting: mail.shown,
      capabilities: mail.capabilities,
      starttls: "used",
    });
    const { wire } = await outcomeOf(probe, plan, turns);
    expect(wire.log.filter((line) => line.startsWith("> "))).toEqual(
      mail.says.map((text) => `> ${text}\r\n`),
    );
    expect(wire.log.indexOf("secure")).toBe(wire.log.lastIndexOf(`> ${mail.says[1]}\r\n`) + 1);
  });

  test("goes on in the clear when the server offers TLS and does not take it", async () => {
    const { facts, wire } = await outcomeOf(probe, plan, [greeting, offered, notTaken, goodbye]);
    expect(facts).toMatchObject({ starttls: "offered" });
    expect(wire.log.some((line) => line.startsWith("note "))).toBe(true);
    expect(wire.log).not.toContain("secure");
  });

  test("a server that is gone before the goodbye is answered loses nothing", async () => {
    const { facts } = await outcomeOf(probe, plan, turns.slice(0, -1));
    expect(facts).toMatchObject({ starttls: "used" });
    const late = await outcomeOf(probe, plan, turns.slice(0, -1), { after: "time-out" });
    expect(late.facts).toMatchObject({ starttls: "used" });
    expect(late.wire.log.at(-1)).toMatch(/^note the goodbye/);
  });

  test("a refusal in the greeting is told in the server's words", async () => {
    const error = await errorOf(probe, plan, [mail.refusal]);
    expect([error.stage, error.code]).toEqual(["request", "NK_PROTOCOL_REFUSED"]);
    expect(error.why).toContain(mail.refusal.trim());
  });

  test("other protocols, garbage and endless lists are told apart", async () => {
    const code = async (...texts: (string | Buffer)[]) =>
      (await errorOf(probe, plan, texts, { after: "nothing" })).code;
    expect(await code("SSH-2.0-OpenSSH_9.6\r\n")).toBe("NK_PROTOCOL_OTHER");
    expect(await code("HTTP/1.1 400 Bad Request\r\n")).toBe("NK_PROTOCOL_OTHER");
    expect(await code(Buffer.from("15030300020246", "hex"))).toBe("NK_PROTOCOL_TLS_ANSWERED");
    expect(await code(Buffer.from("ff00fe", "hex"))).toBe("NK_PROTOCOL_GARBAGE");
    const endless = { smtp: "250-x\r\n", imap: "* x\r\n", pop3: "+OK x\r\n" }[probe.id]!;
    expect(await code(greeting, endless.repeat(600))).toBe("NK_PROTOCOL_VIOLATION");
  });

  test("an answer that ends early is cut, and none at all silence", async () => {
    const needed = turns.slice(0, -1);
    const [first, ...rest] = await codesOfEarlyEnds(probe, plan, needed, total(needed));
    expect(first).toBe("NK_PROTOCOL_SILENT");
    expect(new Set(rest)).toEqual(new Set(["NK_PROTOCOL_CUT"]));
  });
});

test("a server that only knows HELO, and one that does not know CAPA, have nothing to list", async () => {
  const old = ["220 old\r\n", "500 what?\r\n", "250 old\r\n", "221 bye\r\n"];
  expect((await outcomeOf(smtp, planOf("smtp://mail.test"), old)).facts).toMatchObject({
    capabilities: [],
    starttls: "not-offered",
  });
  const plain = ["+OK old\r\n", "-ERR what?\r\n", "+OK bye\r\n"];
  expect((await outcomeOf(pop3, planOf("pop3://mail.test"), plain)).facts).toMatchObject({
    capabilities: [],
  });
});

test("a logged-in IMAP session is not asked for STARTTLS", async () => {
  const turns = ["* PREAUTH hello\r\n", "* CAPABILITY IMAP4 STARTTLS\r\na1 OK\r\n", "* BYE\r\n"];
  const { facts, wire } = await outcomeOf(imap, planOf("imap://mail.test"), turns);
  expect(facts).toMatchObject({ starttls: "not-offered" });
  expect(wire.written).not.toContain("STARTTLS");
});

test("replies that change their code are broken", async () => {
  const error = await errorOf(smtp, planOf("smtp://mail.test"), ["220 hi\r\n", "250-a\r\n251 b\r\n"]);
  expect(error.code).toBe("NK_PROTOCOL_VIOLATION");
});
