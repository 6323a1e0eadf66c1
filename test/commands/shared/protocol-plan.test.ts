import { describe, expect, test } from "vitest";
import { type ProtocolSettings, planProtocol } from "../../../src/commands/shared/protocol-plan.ts";
import { parseEndpoint } from "../../../src/core/endpoint.ts";
import type { NetkitError } from "../../../src/core/errors.ts";

const GET = { method: "GET", headers: [], body: undefined } as const;

function plan(
  url: string,
  settings: ProtocolSettings = {},
  request: Parameters<typeof planProtocol>[2] = GET,
  depth = 1,
) {
  return planProtocol(settings, parseEndpoint(url, "flood"), request, depth);
}

function refusal(...given: Parameters<typeof plan>): NetkitError {
  try {
    plan(...given);
  } catch (error) {
    return error as NetkitError;
  }
  throw new Error("it was taken");
}

describe("what is spoken", () => {
  test("follows the scheme; a message is 64 bytes unless somebody says", () => {
    expect(plan("http://h/").protocol).toEqual({ kind: "http", version: "1.1" });
    expect(plan("https://h/").protocol).toEqual({ kind: "http", version: "agreed" });
    expect(plan("https://h/", { http: "1.1" }).protocol).toEqual({ kind: "http", version: "1.1" });
    expect(plan("https://h/", { http: "2" }).protocol).toEqual({ kind: "http", version: "2" });
    expect(plan("h2c://h/").protocol).toEqual({ kind: "http", version: "2" });
    expect(plan("http://h/").request.body).toBeUndefined();
    expect(plan("wss://h/").protocol).toEqual({
      kind: "websocket",
      text: false,
      echo: false,
      deflate: false,
    });
    expect(plan("tls://h:1").protocol).toMatchObject({ kind: "raw", answer: { kind: "bytes", count: 64 } });
    for (const url of ["ws://h/", "framed://h:1", "tcp://h:1"])
      expect(plan(url).request.body).toHaveLength(64);
    expect(plan("framed://h:1", { size: 5 }).request.body).toHaveLength(5);
    const body = Buffer.from("hello");
    expect(plan("tcp://h:1", {}, { ...GET, method: "POST", body })).toMatchObject({
      protocol: { answer: { kind: "bytes", count: 5 } },
      request: { body, method: "GET" },
    });
  });

  test("frames have the length and the id that were asked for", () => {
    const settings = {
      "frame-width": "2",
      "frame-endian": "little",
      "frame-includes-header": true,
      "frame-id": "4:6",
    };
    expect(plan("framed://h:1", settings).protocol).toMatchObject({
      kind: "framed",
      length: { width: 2, littleEndian: true, includesHeader: true },
      id: { offset: 4, width: 6 },
    });
    expect(plan("framed://h:1", { "frame-width": "varint" }).protocol).toMatchObject({
      length: { width: "varint" },
    });
  });

  test("an answer ends where it was said to, escapes read as they are meant", () => {
    expect(plan("tcp://h:1", { "answer-until": "\\r\\n.\\x41\\\\é" }).protocol).toMatchObject({
      answer: { kind: "until", terminator: Buffer.from("\r\n.A\\é") },
    });
    expect(plan("tcp://h:1", { "answer-match": "^OK" }).protocol).toMatchObject({
      answer: { kind: "match", pattern: /^OK/s },
    });
  });
});

describe("what makes no sense is refused", () => {
  test("an id of one byte cannot tell 200 frames apart", () => {
    expect(refusal("framed://h:1", { "frame-id": "0:1" }, GET, 200).message).toContain("too few ids");
    expect(plan("framed://h:1", { "frame-id": "0:1" }, GET, 128).protocol).toMatchObject({ kind: "framed" });
  });

  test.each<[string, ProtocolSettings, string]>([
    ["http://h/", { echo: true }, "--echo means nothing to http:"],
    ["ws://h/", { "frame-width": "2" }, "--frame-width means nothing to ws:"],
    ["framed://h:1", { "answer-bytes": 3 }, "--answer-bytes means nothing to framed:"],
    ["tcp://h:1", { text: true }, "--text means nothing to tcp:"],
    [
      "framed://h:1",
      { "frame-width": "1", size: 256 },
      "a payload of 256 bytes does not fit a length of 1 byte",
    ],
    ["framed://h:1", { "frame-width": "varint", "frame-endian": "little" }, "a varint has its own order"],
    ["framed://h:1", { "frame-id": "4" }, '"4" is not a place for an id'],
    ["framed://h:1", { "frame-id": "0:7" }, '"0:7" is not a place for an id'],
    ["framed://h:1", { "frame-id": "62:4" }, "an id at 62:4 lies outside"],
    ["tcp://h:1", { "answer-match": "(" }, "Invalid regular expression"],
    ["tcp://h:1", { "answer-until": "" }, "an answer cannot end with nothing"],
  ])("%s with %j", (url, settings, message) => {
    const error = refusal(url, settings);
    expect(error.message).toContain(message);
    expect(error.next).not.toBe("");
  });

  test("headers and methods belong to HTTP", () => {
    expect(refusal("tcp://h:1", {}, { ...GET, headers: [["A", "b"]] }).message).toContain(
      "--header means nothing",
    );
    expect(refusal("ws://h/", {}, { ...GET, method: "PUT" }).message).toContain("--method means nothing");
    expect(plan("ws://h/", {}, { ...GET, headers: [["A", "b"]] }).request.headers).toHaveLength(1);
  });
});
