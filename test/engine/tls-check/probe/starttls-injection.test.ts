// STARTTLS with a command behind it: a server that takes it for its own under TLS, and those that do not.
import type { Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import type { Answer } from "../../../../src/engine/tls-check/facts.ts";
import type { KnownServer } from "../../../../src/engine/tls-check/probe/known.ts";
import { probeInjection } from "../../../../src/engine/tls-check/probe/starttls-injection.ts";
import { converse, EHLO, type Protocol, type Secured, type Turn } from "../../../support/starttls-scripts.ts";
import { ScriptedServer } from "./scripted.ts";

const MODERN: KnownServer = {
  modern: { suites: [0x1301, 0x1302], groups: [0x001d] },
  classic: undefined,
  heartbeat: undefined,
};
const CLASSIC: KnownServer = {
  modern: undefined,
  classic: { version: "TLSv1.2", suites: [0xc02b, 0xc02c] },
  heartbeat: undefined,
};

/** Dialogues up to the client's last line, whose end is not waited for: more may stand behind it. */
const DIALOGUES: Partial<Record<Protocol, readonly [greeting: string, turns: readonly Turn[]]>> = {
  smtp: [
    "220 ready\r\n",
    [
      [EHLO, "250 STARTTLS\r\n"],
      [/^STARTTLS\r\n/, "220 go\r\n"],
    ],
  ],
  imap: ["* OK ready\r\n", [[/^a1 STARTTLS\r\n/, "a1 OK begin\r\n"]]],
  pop3: ["+OK ready\r\n", [[/^STLS\r\n/, "+OK begin\r\n"]]],
  ftp: ["220 ready\r\n", [[/^AUTH TLS\r\n/, "234 begin\r\n"]]],
};

/** What servers of the protocols answer. */
function reply(protocol: Protocol, line: string): string {
  const [tag = "", command = ""] = line.split(" ");
  switch (protocol) {
    case "smtp":
      return line === "QUIT" ? "221 bye\r\n" : line === "NOOP" ? "250 ok\r\n" : "500 what?\r\n";
    case "imap":
      return command === "LOGOUT" ? `* BYE\r\n${tag} OK bye\r\n` : `${tag} OK done\r\n`;
    case "pop3":
      return line === "QUIT" ? "+OK bye\r\n" : "-ERR what?\r\n";
    default:
      return line === "QUIT" ? "221 bye\r\n" : "500 what?\r\n";
  }
}

async function judge(
  protocol: Protocol,
  known: KnownServer,
  behaviour: "keeps" | "drops",
): Promise<Answer | undefined> {
  const { cert, key } = await generateSelfSigned();
  const kept = new WeakMap<Socket, string>();
  const tls = createServer({ cert, key, maxVersion: known.modern === undefined ? "TLSv1.2" : "TLSv1.3" });
  const secured: Secured = (socket, rest) => {
    if (behaviour === "keeps") kept.set(socket, rest.toString());
    socket.pause();
    // Node keeps the socket that it was given.
    tls.once("secureConnection", (inner) => serveLines(inner, kept.get(socket) ?? ""));
    tls.emit("connection", socket);
  };
  const serveLines = (inner: TLSSocket, before: string): void => {
    let text = before;
    const answer = (): void => {
      for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
        inner.write(reply(protocol, text.slice(0, end)));
        text = text.slice(end + 2);
      }
    };
    inner
      .on("error", () => undefined)
      .on("data", (bytes) => {
        text += bytes.toString();
        answer();
      });
    answer();
  };
  tls.on("tlsClientError", () => undefined);
  const [greeting, turns] = DIALOGUES[protocol]!;
  await using server = await ScriptedServer.start(converse(greeting, turns, secured));
  return await probeInjection(server.prober({ retries: 0 }, { upgrade: protocol }), known);
}

describe.each(Object.keys(DIALOGUES) as Protocol[])("%s", (protocol) => {
  test.each([
    ["TLS 1.3", MODERN],
    ["TLS 1.2", CLASSIC],
  ])("over %s: what was injected is taken for a command under TLS, or is not", async (_name, known) => {
    expect(await judge(protocol, known, "keeps")).toEqual({ kind: "offered" });
    expect(await judge(protocol, known, "drops")).toEqual({
      kind: "refused",
      how: "answers only what came under TLS",
    });
  });
});

test("a server that answers before TLS does not mix the two", async () => {
  await using server = await ScriptedServer.start(
    converse("220 ready\r\n", [
      [EHLO, "250 STARTTLS\r\n"],
      [/^STARTTLS\r\nNOOP\r\n/, "220 go\r\n250 ok\r\n"],
    ]),
  );
  expect(await probeInjection(server.prober({}, { upgrade: "smtp" }), MODERN)).toEqual({
    kind: "refused",
    how: "answers the command in the clear, before TLS",
  });
});

test("a server that turns STARTTLS down when something stands behind it is safe, and asked on", async () => {
  await using server = await ScriptedServer.start(
    converse("220 ready\r\n", [
      [EHLO, "250 STARTTLS\r\n"],
      [/^STARTTLS\r\nNOOP\r\n/, "554 no pipelining\r\n"],
    ]),
  );
  const prober = server.prober({}, { upgrade: "smtp" });
  expect(await probeInjection(prober, MODERN)).toEqual({
    kind: "refused",
    how: "turns down STARTTLS with a command behind it",
  });
  expect(prober.unreachable).toBeUndefined();
});

test("the question does not arise without STARTTLS, nor where lines are not spoken", async () => {
  await using server = await ScriptedServer.start(() => undefined);
  for (const upgrade of ["none", "postgres", "ldap"] as const) {
    expect(await probeInjection(server.prober({}, { upgrade }), MODERN)).toBeUndefined();
  }
  expect(server.connections).toBe(0);
});
