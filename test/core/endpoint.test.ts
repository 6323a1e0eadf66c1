// The table of schemes and the parser of endpoints.
import { describe, expect, test } from "vitest";
import { parseEndpoint, SCHEMES, schemesFor } from "../../src/core/endpoint.ts";
import { refusal } from "../support/refusal.ts";

test("connect takes every scheme of the product's table but those of STARTTLS alone", () => {
  expect(schemesFor("connect")).toEqual([
    "http",
    "https",
    "h2c",
    "ws",
    "wss",
    "tcp",
    "tls",
    "framed",
    "framed+tls",
    "udp",
    "redis",
    "rediss",
    "postgres",
    "mysql",
    "smtp",
    "imap",
    "pop3",
  ]);
});

test.each([
  ["h2c://example.org", "http", 80, "example.org"],
  ["ws://example.org/chat", "ws", 80, "example.org"],
  ["wss://example.org:443/chat", "ws", 443, "example.org"],
  ["redis://example.org", "redis", 6379, "example.org"],
  ["rediss://example.org/2", "redis", 6379, "example.org"],
  ["udp://[::1]:53", "udp", 53, "[::1]:53"],
  ["tcp://example.org:80", "raw", 80, "example.org:80"],
  ["postgres://example.org", "postgres", 5432, "example.org"],
  ["imap://example.org", "imap", 143, "example.org"],
] as const)("%s is %s on port %i", (text, protocol, port, authority) => {
  expect(parseEndpoint(text, "connect")).toMatchObject({ protocol, port, authority });
});

test("secure schemes are TLS from the first byte, and no others", () => {
  const secure = schemesFor("connect").filter((scheme) => SCHEMES[scheme].tls);
  expect(secure).toEqual(["https", "wss", "tls", "framed+tls", "rediss"]);
});

test("credentials are kept apart and never shown; paths are shown where they are asked for", () => {
  const redis = parseEndpoint("redis://me:se%20cret@example.org/1", "connect");
  expect(redis).toMatchObject({ username: "me", password: "se cret", display: "redis://example.org:6379" });
  const chat = parseEndpoint("wss://me:secret@example.org/chat?token=abc&room=1", "connect");
  expect(chat.display).toBe("wss://example.org:443/chat?token=…&room=1");
});

describe("what connect does not take", () => {
  test.each([
    ["ftp://example.org", "is not a scheme that connect takes"],
    ["gopher://example.org", "is not a scheme netkit knows"],
    ["udp://example.org", "has no port, and udp: has no default"],
    ["ws://example.org:0", "names port 0"],
  ])("%s", (text, words) => {
    const error = refusal(() => parseEndpoint(text, "connect"));
    expect([error.code, error.message]).toEqual(["NK_USAGE", expect.stringContaining(words)]);
  });
});

test("a command takes the schemes that it can do", () => {
  const messages = ["ws", "wss", "tcp", "tls", "framed", "framed+tls"];
  expect(schemesFor("serve")).toEqual(["http", "https", "h2c", ...messages, "udp"]);
  expect(schemesFor("flood")).toEqual(["http", "https", "h2c", ...messages, "udp"]);
  expect(schemesFor("tls-check")).not.toContain("ws");
});
