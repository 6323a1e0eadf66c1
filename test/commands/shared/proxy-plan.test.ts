import { describe, expect, test } from "vitest";
import { parseProxy, refuseBesideProxy } from "../../../src/commands/shared/proxy-plan.ts";

describe("--proxy", () => {
  test.each([
    ["http://127.0.0.1:3128", { kind: "http", host: "127.0.0.1", port: 3128, username: undefined }],
    ["proxy.test", { kind: "http", host: "proxy.test", port: 8080 }],
    ["[::1]:3128", { kind: "http", host: "::1", port: 3128, display: "http://[::1]:3128" }],
    [
      "socks5://joe:s%40cret@127.0.0.1",
      { kind: "socks5", port: 1080, username: "joe", password: "s@cret", display: "socks5://127.0.0.1:1080" },
    ],
    ["socks5h://a:1", { kind: "socks5", port: 1 }],
  ])("%s", (text, expected) => {
    expect(parseProxy(text)).toMatchObject(expected);
  });

  test.each(["ftp://a", "socks4://a", "http://", "http://a:99999", ""])("%j is none", (text) => {
    expect(() => parseProxy(text)).toThrow(/no proxy that netkit knows/);
  });

  test("leads neither to unix sockets nor for datagrams", () => {
    expect(() => refuseBesideProxy({ unixSocket: "/tmp/s", isUdp: false })).toThrow(/--unix-socket/);
    expect(() => refuseBesideProxy({ unixSocket: undefined, isUdp: true })).toThrow(/udp:/);
    expect(() => refuseBesideProxy({ unixSocket: undefined, isUdp: false })).not.toThrow();
  });
});
