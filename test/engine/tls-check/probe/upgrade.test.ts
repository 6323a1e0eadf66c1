// STARTTLS in eight protocols: the way to TLS, the ways of saying no, and the ways of saying nonsense.
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Prober } from "../../../../src/engine/tls-check/probe/prober.ts";
import {
  converse,
  EHLO,
  ldapResponse,
  mysqlGreeting,
  type Protocol,
  type Script,
  STREAM_HEAD,
  WILLING,
  XMPP_TLS,
  xmpp,
} from "../../../support/starttls-scripts.ts";
import { ScriptedServer } from "./scripted.ts";

/** Sends a record after the upgrade, and gives back what comes: the scripts below echo it. */
async function afterUpgrade(prober: Prober): Promise<string> {
  const record = Buffer.from("160303000401000000", "hex");
  const outcome = await prober.exchange("test", async (link) => {
    link.send(record);
    const answer = await link.nextRecord();
    return answer.kind === "record" ? answer.payload.toString("hex") : answer.what;
  });
  return outcome.kind === "done" ? outcome.value : `inconclusive: ${outcome.why}`;
}

describe.each(Object.keys(WILLING) as Protocol[])("%s", (protocol) => {
  test("comes to TLS", async () => {
    await using server = await ScriptedServer.start(WILLING[protocol]());
    expect(await afterUpgrade(server.proberFor(protocol))).toBe("01000000");
  });

  test("that answers in single bytes comes to TLS all the same", async () => {
    await using server = await ScriptedServer.start(WILLING[protocol]());
    await using relay = await byteByByte(server.port);
    const prober = server.prober({}, { upgrade: protocol, port: relay.port });
    expect(await afterUpgrade(prober)).toBe("01000000");
  });

  test("spoken by a server that sends something else is told as such, and not tried again", async () => {
    const nonsense = "HTTP/1.1 400 Bad Request\r\n\r\n".repeat(3);
    await using server = await ScriptedServer.start((socket) => {
      socket.write(nonsense);
    });
    const prober = server.proberFor(protocol);
    expect(await afterUpgrade(prober)).toMatch(/does not speak/);
    expect(prober.unreachable?.code).toBe("NK_STARTTLS_PROTOCOL");
    expect(server.connections).toBe(1);
  });

  test("against a server that sends without end is given up", async () => {
    const line = protocol === "smtp" || protocol === "ftp" ? "220-x\r\n" : "* x\r\n";
    await using server = await ScriptedServer.start((socket) => {
      const pump = (): void => {
        while (!socket.destroyed && socket.write(line.repeat(500)));
      };
      socket.on("drain", pump);
      pump();
    });
    expect(await afterUpgrade(server.proberFor(protocol, { retries: 0 }))).toMatch(/^inconclusive/);
  });
});

describe("a server without STARTTLS", () => {
  test.each<[Protocol, Script]>([
    ["smtp", converse("220 ready\r\n", [[EHLO, "250-mail\r\n250 SIZE 1\r\n"]])],
    ["smtp", converse("220 ready\r\n", [[EHLO, "502 what?\r\n"]])],
    [
      "smtp",
      converse("220 ready\r\n", [
        [EHLO, "250 STARTTLS\r\n"],
        [/^STARTTLS\r\n/, "501 no\r\n"],
      ]),
    ],
    ["imap", converse("* OK ready\r\n", [[/^a1 STARTTLS\r\n/, "a1 BAD unknown command\r\n"]])],
    ["imap", converse("* PREAUTH welcome\r\n", [])],
    ["pop3", converse("+OK ready\r\n", [[/^STLS\r\n/, "-ERR unknown command\r\n"]])],
    ["ftp", converse("220 ready\r\n", [[/^AUTH TLS\r\n/, "502 not implemented\r\n"]])],
    ["ldap", converse("", [[31, ldapResponse(2, "unsupported extended operation")]])],
    ["xmpp", xmpp("<stream:features><mechanisms/></stream:features>", "")],
    ["xmpp", xmpp("<stream:features/>", "")],
    ["xmpp", xmpp(`<stream:features>${XMPP_TLS}</stream:features>`, "<failure xmlns='x'/></stream:stream>")],
    ["xmpp", xmpp("<stream:error><not-authorized/></stream:error></stream:stream>", "")],
    ["postgres", converse("", [[8, "N"]])],
    ["mysql", converse(mysqlGreeting(0xf7ff), [])],
  ])("%s says so, and no other probe is sent", async (protocol, script) => {
    await using server = await ScriptedServer.start(script);
    const prober = server.proberFor(protocol);
    expect(await afterUpgrade(prober)).toMatch(/the server does not offer STARTTLS/);
    expect(prober.unreachable?.code).toBe("NK_STARTTLS_NOT_OFFERED");
    expect(await afterUpgrade(prober)).toMatch(/the server does not offer STARTTLS/);
    expect(server.connections).toBe(1);
  });
});

/** An ERR packet in place of the greeting. */
function mysqlError(code: number, words: string): Buffer {
  const payload = Buffer.concat([Buffer.from([0xff, code & 0xff, code >> 8]), Buffer.from(words)]);
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]);
}

describe("a server that will not have this client", () => {
  // As prosody 0.12 says it.
  const unknown =
    "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text>This server does not serve 127.0.0.1</text></stream:error></stream:stream>";
  test.each<[Protocol, Script, string, RegExp]>([
    ["xmpp", xmpp(unknown, ""), "NK_STARTTLS_NAME", /does not serve the name "localhost"/],
    // As MariaDB 10.11 says it; the host stays blocked, or not allowed, however often one asks.
    [
      "mysql",
      converse(mysqlError(1130, "Host 'x' is not allowed to connect to this MariaDB server"), []),
      "NK_STARTTLS_DENIED",
      /admits nobody from here: "Host 'x' is not allowed/,
    ],
    ["mysql", converse(mysqlError(1129, "Host 'x' is blocked"), []), "NK_STARTTLS_DENIED", /is blocked/],
  ])("%s says why, and is asked once", async (protocol, script, code, why) => {
    await using server = await ScriptedServer.start(script);
    const prober = server.proberFor(protocol);
    expect(await afterUpgrade(prober)).toMatch(why);
    expect(prober.unreachable?.code).toBe(code);
    expect(server.connections).toBe(1);
  });
});

describe("a server that is busy", () => {
  const busy: readonly [Protocol, Script][] = [
    ["smtp", converse("421 too many connections\r\n", [])],
    [
      "smtp",
      converse("220 ready\r\n", [
        [EHLO, "250 STARTTLS\r\n"],
        [/^STARTTLS\r\n/, "454 not now\r\n"],
      ]),
    ],
    ["imap", converse("* BYE too many connections\r\n", [])],
    ["pop3", converse("-ERR too many connections\r\n", [])],
    ["ftp", converse("421 too many connections\r\n", [])],
    ["ldap", converse("", [[31, ldapResponse(51, "busy")]])],
    ["xmpp", xmpp("<stream:error><resource-constraint/></stream:error>", "")],
    ["postgres", converse("", [[8, `E\0\0\0 SFATAL\0C53300\0Mtoo many clients\0\0`]])],
    ["mysql", converse(Buffer.concat([Buffer.from([23, 0, 0, 0, 0xff, 0x10, 4]), Buffer.alloc(20, 84)]), [])],
  ];
  test.each(busy)("%s is tried again and serves the next time", async (protocol, script) => {
    await using server = await ScriptedServer.start((socket, number) =>
      (number === 1 ? script : WILLING[protocol]())(socket, number),
    );
    const prober = server.proberFor(protocol);
    expect(await afterUpgrade(prober)).toBe("01000000");
    expect([prober.connections, prober.retries]).toEqual([2, 1]);
  });
});

test("what the server sends after its last word is left to TLS", async () => {
  const last = Buffer.concat([Buffer.from("+OK begin\r\n"), Buffer.from("15030100020228", "hex")]);
  await using server = await ScriptedServer.start(converse("+OK ready\r\n", [[/^STLS\r\n/, last]]));
  const outcome = await server.proberFor("pop3").exchange("test", (link) => link.nextHandshake());
  expect(outcome).toMatchObject({ kind: "done", value: { kind: "alert", description: 40 } });
});

test("the XMPP stream is opened to the name asked for, escaped", async () => {
  let head = "";
  await using server = await ScriptedServer.start((socket, number) => {
    socket.on("data", (bytes) => {
      head += bytes.toString();
    });
    converse("", [[STREAM_HEAD, "<stream:features/>"]])(socket, number);
  });
  await afterUpgrade(server.prober({}, { upgrade: "xmpp", serverName: "a'b<c" }));
  expect(head).toContain(" to='a&#39;b&#60;c' ");
});

/** Relays to `port`, the answers one byte a segment. */
async function byteByByte(port: number): Promise<AsyncDisposable & { port: number }> {
  const { connect } = await import("node:net");
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    client.pipe(upstream).on("error", () => client.destroy());
    client.on("error", () => upstream.destroy()).setNoDelay(true);
    client.on("close", () => upstream.destroy());
    upstream.on("data", async (bytes) => {
      for (const byte of bytes) client.write(Buffer.from([byte]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
