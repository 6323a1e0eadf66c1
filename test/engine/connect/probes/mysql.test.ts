// The MySQL probe by its bytes.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { mysql } from "../../../../src/engine/connect/probes/mysql.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf } from "./outcome.ts";

const SSL = 0x800;
const CHALLENGE = "abcdefgh0123456789AB";

function packet(sequence: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload as string, "latin1");
  const head = Buffer.alloc(4);
  head.writeUIntLE(bytes.length, 0, 3);
  head[3] = sequence;
  return Buffer.concat([head, bytes]);
}

function greeting(plugin = "mysql_native_password", more = SSL, version = "8.0.36"): Buffer {
  const capabilities = 0x808f208 | more;
  const fixed = Buffer.alloc(4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10);
  fixed.writeUInt32LE(42, 0);
  fixed.write(CHALLENGE.slice(0, 8), 4, "latin1");
  fixed.writeUInt16LE(capabilities & 0xffff, 13);
  fixed[15] = 255;
  fixed.writeUInt16LE(capabilities >>> 16, 18);
  fixed[20] = 21;
  const rest = `${CHALLENGE.slice(8)}\0${plugin}\0`;
  return packet(0, Buffer.concat([Buffer.from(`\n${version}\0`), fixed, Buffer.from(rest)]));
}

const OK = (sequence: number) => packet(sequence, "\0\0\0\u0002\0\0\0");
const error = (sequence: number, code: number, text: string) =>
  packet(sequence, Buffer.concat([Buffer.from([0xff, code & 255, code >> 8]), Buffer.from(text)]));
const DENIED = (sequence: number) => error(sequence, 1045, "#28000Access denied for user 'netkit'@'host'");

const plan = planOf("mysql://db.test");
const plain = planOf("mysql://db.test/?ssl-mode=DISABLED");
const known = planOf("mysql://alice:secret@db.test/shop?ssl-mode=DISABLED");

test("greets, goes to TLS, logs in as nobody and counts the refusal as reached, at every cut", async () => {
  const turns = [greeting(), DENIED(3)];
  expect(await factsAtEveryCut(mysql, plan, turns, turns[0]!.length + turns[1]!.length)).toEqual({
    kind: "mysql",
    serverVersion: "8.0.36",
    authentication: "mysql_native_password",
    tls: true,
  });
  const { wire } = await outcomeOf(mysql, plan, turns);
  expect(wire.log[1]).toBe("secure");
  expect(wire.log[3]).toBe("sent");
  expect(wire.writtenBytes.readUIntLE(0, 3)).toBe(32);
  expect(wire.writtenBytes.readUInt32LE(4) & SSL).toBe(SSL);
  // The whole login comes again within TLS, one number further.
  expect(wire.writtenBytes[36 + 3]).toBe(2);
});

test("a server without TLS is told so, and refused when TLS is asked for", async () => {
  const { facts, wire } = await outcomeOf(mysql, plan, [greeting("mysql_native_password", 0), DENIED(2)]);
  expect(facts).toMatchObject({ tls: false });
  expect(wire.log).not.toContain("secure");
  const requiring = planOf("mysql://db.test/?ssl-mode=VERIFY_IDENTITY");
  expect((await errorOf(mysql, requiring, [greeting("x", 0)])).code).toBe("NK_PROTOCOL_TLS_REFUSED");
});

test("MariaDB's version comes without the 5.5.5 in front", async () => {
  const turns = [greeting("mysql_native_password", SSL, "5.5.5-10.11.6-MariaDB"), DENIED(2)];
  expect((await outcomeOf(mysql, plain, turns)).facts).toMatchObject({ serverVersion: "10.11.6-MariaDB" });
});

describe("a login with what the URL has", () => {
  const sha = (name: string, ...parts: Buffer[]) => createHash(name).update(Buffer.concat(parts)).digest();
  const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ b[at]!));
  const secret = Buffer.from("secret");
  const challenge = Buffer.from(CHALLENGE);
  const native = xor(sha("sha1", secret), sha("sha1", challenge, sha("sha1", sha("sha1", secret))));
  const caching = xor(sha("sha256", secret), sha("sha256", sha("sha256", sha("sha256", secret)), challenge));

  test("proves the password without telling it, names the database and quits", async () => {
    const { facts, wire } = await outcomeOf(mysql, known, [greeting(), OK(2)]);
    expect(facts).toMatchObject({ authentication: "mysql_native_password" });
    const proof = native.toString("latin1");
    expect(wire.written).toContain(`alice\0\u0014${proof}shop\0mysql_native_password\0`);
    expect(wire.written).not.toContain("secret");
    expect(wire.written.endsWith("\u0001\0\0\0\u0001")).toBe(true);
  });

  test("knows caching_sha2_password", async () => {
    const turns = [greeting("caching_sha2_password"), packet(2, "\u0001\u0003"), OK(3)];
    const { facts, wire } = await outcomeOf(mysql, known, turns);
    expect(facts).toMatchObject({ authentication: "caching_sha2_password" });
    expect(wire.written).toContain(`alice\0 ${caching.toString("latin1")}`);
  });

  test("gives the password itself within TLS only", async () => {
    const asked = [greeting("caching_sha2_password"), packet(2, "\u0001\u0004")];
    const clear = await outcomeOf(mysql, known, asked);
    expect(clear.facts).toBeDefined();
    expect(clear.wire.written).not.toContain("secret");
    const secure = planOf("mysql://alice:secret@db.test/shop");
    const over = await outcomeOf(mysql, secure, [...asked, OK(5)]);
    expect(over.wire.log.indexOf("secure")).toBeLessThan(
      over.wire.log.findIndex((line) => line.includes("secret\0")),
    );
  });

  test("follows the server to another plugin", async () => {
    const other = packet(2, `\xfemysql_native_password\0${CHALLENGE}\0`);
    const { facts, wire } = await outcomeOf(mysql, known, [greeting("sha256_password"), other, OK(4)]);
    expect(facts).toMatchObject({ authentication: "mysql_native_password" });
    expect(wire.written).toContain(`\u0014\0\0\u0003${native.toString("latin1")}`);
  });

  test("is an error when it is refused", async () => {
    const refused = await errorOf(mysql, known, [greeting(), DENIED(2)]);
    expect([refused.stage, refused.code]).toEqual(["request", "NK_PROTOCOL_AUTH_REFUSED"]);
    expect(refused.why).toContain("1045: Access denied");
  });
});

test.each([
  [1040, "Too many connections", "max_connections"],
  [1130, "Host '10.0.0.1' is not allowed to connect to this MySQL server", "this host"],
  [1129, "Host is blocked because of many connection errors", "FLUSH HOSTS"],
])("error %i instead of a greeting is told with what to do", async (code, text, next) => {
  const refused = await errorOf(mysql, plan, [error(0, code, text)]);
  expect([refused.code, refused.why]).toEqual([
    "NK_PROTOCOL_REFUSED",
    expect.stringContaining(`${code}: ${text}`),
  ]);
  expect(refused.next).toContain(next);
});

test("other protocols, garbage and hostile lengths are told apart", async () => {
  const code = async (...turns: (string | Buffer)[]) => (await errorOf(mysql, plain, turns)).code;
  expect(await code("SSH-2.0-OpenSSH_9.6\r\n")).toBe("NK_PROTOCOL_OTHER");
  expect(await code("220 mail.test ESMTP\r\n")).toBe("NK_PROTOCOL_OTHER");
  expect(await code(Buffer.from("15030300020246", "hex"))).toBe("NK_PROTOCOL_TLS_ANSWERED");
  expect(await code(Buffer.alloc(64, 0xff))).toBe("NK_PROTOCOL_GARBAGE");
  expect(await code(packet(0, "\u0009old\0"))).toBe("NK_PROTOCOL_GARBAGE");
  expect(await code(greeting(), Buffer.from("ffffff02", "hex"))).toBe("NK_PROTOCOL_TOO_LARGE");
  expect(await code(greeting(), Buffer.from("00000002", "hex"))).toBe("NK_PROTOCOL_VIOLATION");
  expect(await code(greeting(), packet(2, "?"))).toBe("NK_PROTOCOL_VIOLATION");
  expect(await code(greeting(), ...Array.from({ length: 9 }, () => packet(2, "\u0001\u0003")))).toBe(
    "NK_PROTOCOL_VIOLATION",
  );
});

test("an answer that ends early is cut, and none at all silence", async () => {
  const [first, ...rest] = await codesOfEarlyEnds(mysql, plain, [greeting()], greeting().length);
  expect(first).toBe("NK_PROTOCOL_SILENT");
  expect(new Set(rest)).toEqual(new Set(["NK_PROTOCOL_CUT"]));
});
