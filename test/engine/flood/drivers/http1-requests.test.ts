import { expect, test } from "vitest";
import { encodeRequest, encodeRequests } from "../../../../src/engine/flood/drivers/http1-requests.ts";
import { makePlan } from "../plan.ts";

const target = makePlan().targets[0];
const request = makePlan().request;
const text = (bytes: Buffer) => bytes.toString("latin1");

test("a request holds what it must, and nothing else", () => {
  expect(text(encodeRequest(target, request, false))).toBe("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
});

test("given headers replace the added ones, whatever their case", () => {
  const headers = [
    ["hOsT", "example.test"],
    ["X-Id", "7"],
    ["CONTENT-length", "3"],
    ["connection", "keep-alive"],
  ] as const;
  const body = Buffer.from("abc");
  expect(text(encodeRequest(target, { method: "POST", headers, body }, true))).toBe(
    "POST / HTTP/1.1\r\nhOsT: example.test\r\nX-Id: 7\r\nCONTENT-length: 3\r\nconnection: keep-alive\r\n\r\nabc",
  );
});

test("a body brings its length; POST without one says 0; one request a connection says close", () => {
  const body = Buffer.from("héllo");
  const post = text(encodeRequest(target, { method: "POST", headers: [], body }, false));
  expect(post).toContain("\r\nContent-Length: 6\r\n");
  expect(post.endsWith("\r\n\r\nh\u00c3\u00a9llo")).toBe(true);
  expect(text(encodeRequest(target, { method: "PUT", headers: [], body: undefined }, true))).toContain(
    "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
  );
});

test.each([
  ["GE T", [], "GE T"],
  ["GET", [["X-A", "1\r\nX-B: 2"]], "X-A"],
  ["GET", [["X A", "1"]], "X A"],
] as const)("refuses what would break the message: %s %j", (method, headers, quoted) => {
  expect(() => encodeRequest(target, { method, headers, body: undefined }, false)).toThrow(quoted);
});

test("runs take the targets in turn, from any target and in any number", () => {
  const other = { ...target, path: "/b", name: "/b" };
  const third = { ...target, path: "/c", name: "/c" };
  const book = encodeRequests(makePlan({ targets: [target, other, third], depth: 5 }));
  const paths = ["/", "/b", "/c"];
  const one = (at: number) => text(encodeRequest({ ...target, path: paths[at % 3]! }, request, false));
  expect(book).toMatchObject({ targets: 3, maxRun: 5 });
  for (let first = 0; first < 3; first++) {
    expect(book.size(first)).toBe(one(first).length);
    for (let count = 1; count <= 5; count++) {
      const expected = Array.from({ length: count }, (_, i) => one(first + i)).join("");
      expect(text(book.run(first, count))).toBe(expected);
    }
  }
});

test("large bodies make short runs, so that memory stays bounded", () => {
  const body = Buffer.alloc(3_000_000);
  const book = encodeRequests(makePlan({ depth: 100, request: { method: "POST", headers: [], body } }));
  expect(book.maxRun).toBe(1);
});
