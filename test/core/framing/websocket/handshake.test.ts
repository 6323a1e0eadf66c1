// The opening handshake (RFC 6455 section 4), by the heads that go over the wire.
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { RequestParser } from "../../../../src/core/framing/http1/request-parser.ts";
import { ResponseParser } from "../../../../src/core/framing/http1/response-parser.ts";
import type { RequestHead, ResponseHead } from "../../../../src/core/framing/http1/types.ts";
import {
  acceptOf,
  keyOf,
  readUpgradeAnswer,
  readUpgradeRequest,
  upgradeFields,
  upgradeResponse,
} from "../../../../src/core/framing/websocket/handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

function headOf<H extends RequestHead | ResponseHead>(
  parser: { feed(chunk: Buffer, start: number, end: number): void; next(): { kind: string; head?: H } },
  text: string,
): H {
  const bytes = Buffer.from(text, "latin1");
  parser.feed(bytes, 0, bytes.length);
  const event = parser.next();
  if (event.head === undefined) throw new Error(`no head: ${JSON.stringify(event)}`);
  return event.head;
}

const answer = (text: string) => headOf<ResponseHead>(new ResponseParser(), text);
const request = (text: string) => headOf<RequestHead>(new RequestParser(), text);

test("the key and accept of RFC 6455 section 1.3", () => {
  expect(acceptOf(KEY)).toBe(ACCEPT);
  expect(keyOf(Buffer.from("the sample nonce"))).toBe(KEY);
  expect(() => keyOf(Buffer.alloc(15))).toThrow(RangeError);
});

test("what a server answers is what a client accepts, with a subprotocol and without", () => {
  expect(readUpgradeAnswer(answer(upgradeResponse(KEY)), { key: KEY })).toEqual({
    kind: "agreed",
    subprotocol: undefined,
    extensions: undefined,
  });
  const offer = { key: KEY, subprotocols: ["chat", "superchat"] };
  expect(readUpgradeAnswer(answer(upgradeResponse(KEY, "superchat")), offer)).toMatchObject({
    subprotocol: "superchat",
  });
});

describe("a client", () => {
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${ACCEPT}\r\n`;
  const agreed = (lines: string) => `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`;

  test("tells a refusal with its status", () => {
    const head = answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    expect(readUpgradeAnswer(head, { key: KEY })).toEqual({
      kind: "refused",
      status: 403,
      reason: "Forbidden",
    });
  });

  test.each([
    ["another Upgrade", agreed(fields.replace("websocket", "h2c")), "h2c"],
    ["no Upgrade", agreed(fields.replace(/^.*\r\n/, "")), "absent"],
    ["no Connection", agreed(fields.replace("Connection: Upgrade\r\n", "")), "Connection is absent"],
    ["the accept of another key", agreed(fields.replace(ACCEPT, acceptOf("x"))), "not the answer to the key"],
    ["two accepts", agreed(`${fields}Sec-WebSocket-Accept: ${ACCEPT}\r\n`), "not the answer to the key"],
    [
      "an extension nobody asked for",
      agreed(`${fields}Sec-WebSocket-Extensions: permessage-deflate; x=1\r\n`),
      '"permessage-deflate" was not offered',
    ],
    [
      "a subprotocol nobody asked for",
      agreed(`${fields}Sec-WebSocket-Protocol: chat\r\n`),
      '"chat" was not offered',
    ],
  ])("refuses %s", (_name, text, detail) => {
    const read = readUpgradeAnswer(answer(text), { key: KEY });
    expect(read).toMatchObject({ kind: "violation", rfc: "RFC 6455 §4.1" });
    expect(read.kind === "violation" ? read.detail : "").toContain(detail);
  });

  test("takes names in any case, and Upgrade among other options", () => {
    const text = agreed(
      `UPGRADE: WebSocket\r\nconnection: keep-alive, UPGRADE\r\nsec-websocket-accept: ${ACCEPT}\r\n`,
    );
    expect(readUpgradeAnswer(answer(text), { key: KEY }).kind).toBe("agreed");
  });
});

describe("a server", () => {
  const asked = (fields: readonly (readonly [string, string])[], line = "GET /chat HTTP/1.1") =>
    request(
      `${line}\r\nHost: example.org\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
    );
  const changed = (name: string, value: string | undefined) =>
    upgradeFields(KEY)
      .filter((field) => value !== undefined || field[0] !== name)
      .map((field) => (field[0] === name ? ([name, value!] as const) : field));

  test("reads what a client asks", () => {
    expect(readUpgradeRequest(asked(upgradeFields(KEY, ["chat", "superchat"])))).toEqual({
      kind: "upgrade",
      key: KEY,
      extensions: [],
      subprotocols: ["chat", "superchat"],
    });
    expect(readUpgradeRequest(asked(upgradeFields(KEY)))).toMatchObject({ subprotocols: [] });
  });

  test.each([
    ["no Upgrade", changed("Upgrade", undefined)],
    ["another protocol", changed("Upgrade", "h2c")],
    ["no Connection", changed("Connection", "keep-alive")],
  ])("leaves a request with %s to HTTP", (_name, fields) => {
    expect(readUpgradeRequest(asked(fields)).kind).toBe("other");
  });

  test.each([
    ["no version", changed("Sec-WebSocket-Version", undefined), 426],
    ["version 8", changed("Sec-WebSocket-Version", "8"), 426],
    ["no key", changed("Sec-WebSocket-Key", undefined), 400],
    ["a key of 15 bytes", changed("Sec-WebSocket-Key", Buffer.alloc(15).toString("base64")), 400],
    ["a key that is not base64", changed("Sec-WebSocket-Key", "!".repeat(22).concat("==")), 400],
    ["two keys", [...upgradeFields(KEY), ["Sec-WebSocket-Key", KEY] as const], 400],
    ["a subprotocol that is no token", [...upgradeFields(KEY, ["a b"])], 400],
  ])("refuses %s", (_name, fields, status) => {
    expect(readUpgradeRequest(asked(fields))).toMatchObject({ kind: "refused", status });
  });

  test("refuses a POST", () => {
    const head = asked([...upgradeFields(KEY), ["Content-Length", "0"]], "POST /chat HTTP/1.1");
    expect(readUpgradeRequest(head)).toMatchObject({ kind: "refused", status: 400 });
  });
});
