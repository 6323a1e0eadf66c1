// A tunnel through a proxy: what is asked, byte for byte, and every way in which it may be denied.
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import type { NetkitError } from "../../../src/core/errors.ts";
import { openTunnel, type ProxyTarget } from "../../../src/core/lifecycle/proxy.ts";

/** Two ends in memory; the proxy's end answers what is written by a script. */
class ScriptedProxy extends Duplex {
  readonly asked: Buffer[] = [];
  readonly #answers: (readonly Uint8Array[] | "end")[];

  constructor(answers: readonly (readonly Uint8Array[] | "end")[]) {
    super({ allowHalfOpen: true });
    this.#answers = [...answers];
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.asked.push(chunk);
    const answer = this.#answers.shift();
    if (answer === "end") this.push(null);
    else for (const part of answer ?? []) setImmediate(() => this.push(Buffer.from(part)));
    done();
  }
}

const HTTP: ProxyTarget = {
  kind: "http",
  username: undefined,
  password: undefined,
  display: "http://proxy:3128",
};
const SOCKS: ProxyTarget = { ...HTTP, kind: "socks5", display: "socks5://proxy:1080" };

function open(stream: Duplex, proxy: ProxyTarget, host = "example.com", timeoutMs = 500): Promise<string> {
  return openTunnel(stream, proxy, host, 443, timeoutMs, undefined);
}

async function failing(stream: Duplex, proxy: ProxyTarget, timeoutMs?: number): Promise<string> {
  const error = await open(stream, proxy, undefined, timeoutMs).then(
    () => undefined,
    (thrown: NetkitError) => thrown,
  );
  expect(error?.stage).toBe("proxy");
  for (const event of ["readable", "end", "close", "error"]) {
    expect([event, stream.listenerCount(event)]).toEqual([event, new Duplex().listenerCount(event)]);
  }
  return error!.code;
}

const text = (...parts: string[]): Uint8Array[] => parts.map((part) => Buffer.from(part, "latin1"));

describe("HTTP CONNECT", () => {
  test("is asked with the authority, and the bytes behind the answer are the target's", async () => {
    const stream = new ScriptedProxy([
      text("HTTP/1.1 200 Connection est", "ablished\r\nVia: x\r\n\r\n220 hello"),
    ]);
    expect(await open(stream, HTTP)).toBe("HTTP/1.1 200 Connection established");
    expect(Buffer.concat(stream.asked).toString()).toBe(
      "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
    );
    expect(stream.read()?.toString()).toBe("220 hello");
  });

  test("carries credentials, and brackets around IPv6", async () => {
    const stream = new ScriptedProxy([text("HTTP/1.0 200\r\n\r\n")]);
    await open(stream, { ...HTTP, username: "u", password: "p:w" }, "2001:db8::1");
    const asked = Buffer.concat(stream.asked).toString();
    expect(asked).toContain("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n");
    expect(asked).toContain(`Proxy-Authorization: Basic ${Buffer.from("u:p:w").toString("base64")}\r\n`);
  });

  test.each([
    ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "NK_PROXY_AUTH"],
    ["HTTP/1.1 403 Forbidden\r\n\r\n", "NK_PROXY_REFUSED"],
    ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "NK_PROXY_REFUSED"],
    ["SSH-2.0-OpenSSH_9\r\n\r\n", "NK_PROXY_BROKEN"],
    ["x".repeat(20_000), "NK_PROXY_BROKEN"],
  ])("%.20j is denied with a code of its own", async (answer, code) => {
    expect(await failing(new ScriptedProxy([text(answer)]), HTTP)).toBe(code);
  });
});

describe("SOCKS 5", () => {
  const success = Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0x1f, 0x90);

  test("asks by name, split at any byte", async () => {
    const parts = [Uint8Array.of(5), Uint8Array.of(0)];
    const stream = new ScriptedProxy([parts, [...success, 0x41].map((byte) => Uint8Array.of(byte))]);
    expect(await open(stream, SOCKS)).toBe("SOCKS 5: succeeded");
    expect(stream.asked.map((bytes) => [...bytes])).toEqual([
      [5, 1, 0],
      [5, 1, 0, 3, 11, ...Buffer.from("example.com"), 0x01, 0xbb],
    ]);
    expect(stream.read()?.toString() ?? "A").toBe("A");
  });

  test.each([
    ["192.0.2.7", [1, 192, 0, 2, 7]],
    ["2001:db8::a:1", [4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0, 1]],
    ["::ffff:192.0.2.1", [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
  ])("%s goes as bytes", async (host, bytes) => {
    const stream = new ScriptedProxy([[Uint8Array.of(5, 0)], [success]]);
    await open(stream, SOCKS, host);
    expect([...stream.asked[1]!].slice(3, -2)).toEqual(bytes);
  });

  test("logs in with name and password", async () => {
    const stream = new ScriptedProxy([[Uint8Array.of(5, 2)], [Uint8Array.of(1, 0)], [success]]);
    await open(stream, { ...SOCKS, username: "ab", password: "c" });
    expect([...stream.asked[0]!]).toEqual([5, 2, 0, 2]);
    expect([...stream.asked[1]!]).toEqual([1, 2, 97, 98, 1, 99]);
  });

  test.each<[string, (readonly Uint8Array[] | "end")[], string]>([
    ["no way to log in", [[Uint8Array.of(5, 0xff)]], "NK_PROXY_AUTH"],
    ["a way that was not offered", [[Uint8Array.of(5, 2)]], "NK_PROXY_AUTH"],
    ["version 4", [[Uint8Array.of(4, 0)]], "NK_PROXY_BROKEN"],
    ["its rules", [[Uint8Array.of(5, 0)], [Uint8Array.of(5, 2, 0, 1)]], "NK_PROXY_REFUSED"],
    ["an end", ["end"], "NK_PROXY_CLOSED"],
  ])("%s denies it with a code of its own", async (_, answers, code) => {
    expect(await failing(new ScriptedProxy(answers), SOCKS)).toBe(code);
  });
});

test("silence is a time-out", async () => {
  expect(await failing(new ScriptedProxy([]), HTTP, 20)).toBe("NK_PROXY_TIMEOUT");
});
