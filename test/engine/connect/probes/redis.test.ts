// The Redis probe by its bytes.
import { expect, test } from "vitest";
import { redis } from "../../../../src/engine/connect/probes/redis.ts";
import { planOf } from "../../../support/probe-wire.ts";
import { codesOfEarlyEnds, errorOf, factsAtEveryCut, outcomeOf } from "./outcome.ts";

const plan = planOf("redis://example.org");
const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const INFO = bulk("# Server\r\nredis_version:7.2.4\r\nredis_mode:standalone\r\n");

test("asks PING and INFO in one piece and tells the version, at every cut", async () => {
  const answer = `+PONG\r\n${INFO}`;
  expect(await factsAtEveryCut(redis, plan, [answer], answer.length)).toEqual({
    kind: "redis",
    reply: "PONG",
    version: "7.2.4",
  });
  const { wire } = await outcomeOf(redis, plan, [answer]);
  expect(wire.log).toEqual(["> *1\r\n$4\r\nPING\r\n", "> *2\r\n$4\r\nINFO\r\n$6\r\nserver\r\n", "sent"]);
});

test("a fork that keeps redis_version is told by its own", async () => {
  const info = bulk("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n");
  expect((await outcomeOf(redis, plan, [`+PONG\r\n${info}`])).facts).toMatchObject({
    version: "valkey 8.0.1",
  });
});

test("logs in with what the URL has, and with a password alone", async () => {
  const answer = `+OK\r\n+PONG\r\n${INFO}`;
  const named = await outcomeOf(redis, planOf("redis://me:p%40ss@example.org"), [answer]);
  expect(named.facts).toMatchObject({ reply: "PONG" });
  expect(named.wire.log[0]).toBe("> *3\r\n$4\r\nAUTH\r\n$2\r\nme\r\n$4\r\np@ss\r\n");
  const alone = await outcomeOf(redis, planOf("redis://:pw@example.org"), [answer]);
  expect(alone.wire.log[0]).toBe("> *2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n");
});

test.each([
  "NOAUTH Authentication required.",
  "NOPERM this user has no permissions to run the 'ping' command",
  "LOADING Redis is loading the dataset in memory",
])("a server that says %s is reached", async (words) => {
  const turns = [`-${words}\r\n-NOAUTH Authentication required.\r\n`];
  expect((await outcomeOf(redis, plan, turns)).facts).toEqual({ kind: "redis", reply: words, version: null });
});

test.each([
  ["WRONGPASS invalid username-password pair or user is disabled.", "check the password"],
  [
    "ERR AUTH <password> called without any password configured for the default user.",
    "leave the password out",
  ],
])("refused credentials (%s) are an error of their own", async (words, next) => {
  const error = await errorOf(redis, planOf("redis://:pw@example.org"), [`-${words}\r\n`]);
  expect([error.stage, error.code]).toEqual(["request", "NK_PROTOCOL_AUTH_REFUSED"]);
  expect(error.next).toContain(next);
  expect(JSON.stringify(error)).not.toContain("pw");
});

test.each([
  ["ERR max number of clients reached", "maxclients"],
  ["DENIED Redis is running in protected mode because …", "protected mode"],
  ["ERR unknown command 'PING'", "log"],
])("a server that says no (%s) says why", async (words, next) => {
  const error = await errorOf(redis, plan, [`-${words}\r\n`]);
  expect(error.code).toBe("NK_PROTOCOL_REFUSED");
  expect(error.next).toContain(next);
});

test("other protocols, garbage and hostile lengths are told apart", async () => {
  const code = async (text: string | Buffer) => (await errorOf(redis, plan, [text])).code;
  expect(await code("HTTP/1.1 400 Bad Request\r\n\r\n")).toBe("NK_PROTOCOL_OTHER");
  expect(await code(Buffer.from("15030300020246", "hex"))).toBe("NK_PROTOCOL_TLS_ANSWERED");
  expect(await code("\u0001\u0002")).toBe("NK_PROTOCOL_GARBAGE");
  expect(await code("+PONG\r\n$99999999\r\n")).toBe("NK_PROTOCOL_TOO_LARGE");
  expect(await code("+PONG\r\n$-2\r\n")).toBe("NK_PROTOCOL_VIOLATION");
  expect(await code("+PONG\r\n*5\r\n")).toBe("NK_PROTOCOL_VIOLATION");
});

test("an answer that ends early is cut, and none at all silence", async () => {
  const answer = `+PONG\r\n${INFO}`;
  const [first, ...rest] = await codesOfEarlyEnds(redis, plan, [answer], answer.length);
  expect(first).toBe("NK_PROTOCOL_SILENT");
  expect(new Set(rest)).toEqual(new Set(["NK_PROTOCOL_CUT"]));
});
