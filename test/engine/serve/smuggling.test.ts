import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningServer } from "../../../src/engine/serve/running.ts";
import { parse, talk } from "../../support/raw-client.ts";
import { serve } from "./local-server.ts";

/** Every one of these is read differently by different servers; ours answers 400 and closes. */
const SHAPES: Record<string, string> = {
  "Transfer-Encoding with Content-Length":
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "two different Content-Lengths":
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
  "a list of different Content-Lengths": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 5\r\n\r\nabcd",
  "a signed Content-Length": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
  "a hexadecimal Content-Length": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\nabcd",
  "white space before the colon": "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\nabcd",
  "a folded field": "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
  "a bare LF": "GET / HTTP/1.1\nHost: a\n\n",
  "a bare CR in a value": "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n",
  "a NUL in a value": "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n",
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "two Hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a chunk size with a sign":
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+4\r\nabcd\r\n",
  "a chunk size with 0x":
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n",
  "a chunk without its CRLF":
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcde\r\n",
  "a chunk size that ends in LF":
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\nabcd\r\n",
  "a chunk size of 2^63":
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8000000000000000\r\nabcd\r\n",
  "chunked twice": "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
  "chunked in HTTP/1.0": "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "no request line": "hello\r\n\r\n",
};

const SMUGGLED = "GET /status/299 HTTP/1.1\r\nHost: a\r\n\r\n";

describe("request smuggling shapes", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());

  for (const [shape, bytes] of Object.entries(SHAPES)) {
    it(`${shape}: refused, counted and closed`, async () => {
      const before = await turnedAway(server);
      const text = await talk(server, bytes + SMUGGLED);
      const { status, fields } = parse(text);
      expect([400, 413, 501]).toContain(status);
      expect(fields.get("connection")).toBe("close");
      expect(text).not.toContain("HTTP/1.1 299");
      expect(await turnedAway(server)).toBe(before + 1);
    });
  }

  it("a refusal names the rule", async () => {
    const { body } = parse(await talk(server, SHAPES["two Hosts"]!));
    expect(JSON.parse(Buffer.from(body, "latin1").toString())).toMatchObject({ rfc: "RFC 9112 §3.2" });
  });
});

async function turnedAway(server: RunningServer): Promise<number> {
  const { violations, limits } = await server.stats();
  return [...Object.values(violations), ...Object.values(limits)].reduce((sum, value) => sum + value, 0);
}
