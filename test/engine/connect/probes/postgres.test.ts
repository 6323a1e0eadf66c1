// The PostgreSQL probe by its bytes.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { postgres } from "../../../../src/engine/connect/probes/postgres.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf, total } from "./outcome.ts";

const SSL_REQUEST = "> \0\0\0\b\u0004Ò\u0016/".replace("Ò", "\ufffd");

function message(type: string, body: Buffer | string): Buffer {
  const bytes = Buffer.from(body as string, "latin1");
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

const number = (value: number) => Buffer.from([0, 0, 0, value]);
const SASL = message("R", Buffer.concat([number(10), Buffer.from("SCRAM-SHA-256\0\0")]));
const TRUST = Buffer.concat([
  message("R", number(0)),
  message("S", "client_encoding\0UTF8\0"),
  message("S", "server_version\x0016.2 (Debian)\0"),
  message("K", Buffer.alloc(8)),
  message("Z", "I"),
]);
const refusal = (code: string, words: string) =>
  message("E", `SFEHLER\0VFATAL\0C${code}\0M${words}\0Fauth.c\0\0`);

const plan = planOf("postgres://alice:pw@db.test/shop?sslmode=disable");
const preferring = planOf("postgres://db.test");
const requiring = planOf("postgres://db.test/?sslmode=require");

test("starts a session up to the question for the password, and says goodbye", async () => {
  const { facts, wire } = await outcomeOf(postgres, plan, [SASL]);
  expect(facts).toEqual({
    kind: "postgres",
    tls: "not-asked",
    authentication: "SASL (SCRAM-SHA-256)",
    serverVersion: null,
  });
  const body = "user\0alice\0database\0shop\0application_name\0netkit\0client_encoding\0UTF8\0\0";
  const length = String.fromCharCode(8 + body.length);
  expect(wire.written).toBe(`\0\0\0${length}\0\u0003\0\0${body}X\0\0\0\u0004`);
  expect(wire.written).not.toContain("pw");
});

test("reads the version where nothing is asked, at every cut", async () => {
  expect(await factsAtEveryCut(postgres, plan, [TRUST], TRUST.length)).toMatchObject({
    authentication: "none (trust)",
    serverVersion: "16.2 (Debian)",
  });
});

test.each([
  [3, "password in the clear"],
  [5, "MD5 password"],
  [7, "GSSAPI"],
  [99, "method 99"],
])("authentication %i is %s", async (code, authentication) => {
  expect((await outcomeOf(postgres, plan, [message("R", number(code))])).facts).toMatchObject({
    authentication,
  });
});

describe("TLS", () => {
  test("is begun before the first word of the session when the server takes it", async () => {
    const { facts, wire } = await outcomeOf(postgres, preferring, ["S", SASL]);
    expect(facts).toMatchObject({ tls: "accepted" });
    expect(wire.log[0]).toBe(`> ${wire.writtenBytes.toString("latin1", 0, 8)}`);
    expect(wire.log[0]).toHaveLength(SSL_REQUEST.length);
    expect(wire.log[1]).toBe("secure");
  });

  test("is gone without, or insisted on, as sslmode says", async () => {
    expect((await outcomeOf(postgres, preferring, ["N", SASL])).facts).toMatchObject({ tls: "refused" });
    expect((await outcomeOf(postgres, requiring, ["S", SASL])).facts).toMatchObject({ tls: "accepted" });
    const error = await errorOf(postgres, requiring, ["N"]);
    expect([error.stage, error.code]).toEqual(["request", "NK_PROTOCOL_TLS_REFUSED"]);
    const wrong = planOf("postgres://db.test/?sslmode=perhaps");
    expect((await errorOf(postgres, wrong, [])).code).toBe("NK_USAGE");
  });

  test("takes no byte of a plain-text attacker into TLS (CVE-2021-23222)", async () => {
    const injected = Buffer.concat([Buffer.from("S"), SASL]);
    const { error, wire } = await outcomeOf(postgres, requiring, [injected]);
    expect(error?.code).toBe("NK_PROTOCOL_VIOLATION");
    expect(wire.log).not.toContain("secure");
  });

  test("an error instead of the answer is read", async () => {
    const busy = refusal("53300", "sorry, too many clients already");
    for (const options of [{}, { every: 1 }]) {
      const error = await errorOf(postgres, preferring, [busy], options);
      expect([error.code, error.why]).toEqual([
        "NK_PROTOCOL_REFUSED",
        expect.stringContaining("FATAL 53300: sorry, too many clients already"),
      ]);
    }
  });
});

test.each([
  ["28000", "AUTH_REFUSED", "pg_hba.conf"],
  ["28P01", "AUTH_REFUSED", "alice"],
  ["3D000", "REFUSED", "database that exists"],
  ["57P03", "REFUSED", "wait"],
  ["53300", "REFUSED", "max_connections"],
  ["XX000", "REFUSED", "log"],
])("error %s is %s", async (code, kind, words) => {
  const error = await errorOf(postgres, plan, [refusal(code, "no")]);
  expect([error.stage, error.code]).toEqual(["request", `NK_PROTOCOL_${kind}`]);
  expect(`${error.message} ${error.next}`).toContain(words);
});

test("other protocols, garbage and hostile lengths are told apart", async () => {
  const code = async (bytes: string | Buffer, of = plan) => (await errorOf(postgres, of, [bytes])).code;
  expect(await code("HTTP/1.1 400 Bad Request\r\n\r\n")).toBe("NK_PROTOCOL_OTHER");
  expect(await code("SSH-2.0-OpenSSH_9.6\r\n")).toBe("NK_PROTOCOL_OTHER");
  expect(await code("SSH-2.0-OpenSSH_9.6\r\n", preferring)).toBe("NK_PROTOCOL_OTHER");
  expect(await code(Buffer.from("15030300020246", "hex"))).toBe("NK_PROTOCOL_TLS_ANSWERED");
  expect(await code("\u0001\u0002", preferring)).toBe("NK_PROTOCOL_GARBAGE");
  expect(await code("R\u007f\u007f\u007f\u007f")).toBe("NK_PROTOCOL_TOO_LARGE");
  expect(await code("R\0\0\0\u0003")).toBe("NK_PROTOCOL_VIOLATION");
  expect(await code(message("Z", "I"))).toBe("NK_PROTOCOL_VIOLATION");
});

test("a server that never gets ready is left", async () => {
  const notice = message("N", "SNOTICE\0\0");
  const turns = Array.from({ length: 300 }, () => notice);
  expect((await errorOf(postgres, plan, turns, { after: "nothing" })).code).toBe("NK_PROTOCOL_VIOLATION");
});

test("an answer that ends early is cut, and none at all silence", async () => {
  const turns = ["S", SASL];
  const [first, ...rest] = await codesOfEarlyEnds(postgres, requiring, turns, total(turns));
  expect(first).toBe("NK_PROTOCOL_SILENT");
  expect(rest.every((code) => code === "NK_PROTOCOL_CUT" || code === "NK_PROTOCOL_SILENT")).toBe(true);
});
