import { expect, test } from "vitest";
import { createSource, encodeRequest } from "../../../src/engine/flood/source.ts";
import { makePlan } from "./plan.ts";

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

test("batches take the targets in turn, from any request and in any number", () => {
  const other = { ...target, path: "/b", name: "/b" };
  const third = { ...target, path: "/c", name: "/c" };
  const plan = makePlan({ targets: [target, other, third], depth: 5 });
  const source = createSource(plan, 1);
  const one = (path: string) => text(encodeRequest({ ...target, path }, request, false));
  const paths = ["/", "/b", "/c"];
  for (let j = 0; j < 7; j++) {
    expect(source.target(j)).toBe((j + 1) % 3);
    for (let count = 1; count <= source.maxBatch; count++) {
      const expected = Array.from({ length: count }, (_, i) => one(paths[(j + 1 + i) % 3]!)).join("");
      expect(text(source.bytes(j, count))).toBe(expected);
    }
  }
});

test("large bodies make small batches, so that memory stays bounded", () => {
  const body = Buffer.alloc(3_000_000);
  const source = createSource(makePlan({ depth: 100, request: { method: "POST", headers: [], body } }), 0);
  expect(source.maxBatch).toBe(1);
});
