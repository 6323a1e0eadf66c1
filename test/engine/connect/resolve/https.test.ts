// DNS over HTTPS against a server of the tests' own, over HTTP/1.1 and HTTP/2, in clear and with TLS.

import { once } from "node:events";
import { createServer } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import type { Credentials } from "../../../../src/core/tls/credentials.ts";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import type { DnsCode } from "../../../../src/engine/connect/resolve/asker.ts";
import { parseResolver } from "../../../../src/engine/connect/resolve/parse-resolver.ts";
import { type Deed, DnsResponder } from "../../../support/dns-responder.ts";
import { expectFailed, expectResolved, plain, planFor, resolveName } from "./resolving.ts";

let credentials: Credentials;
beforeAll(async () => {
  credentials = await generateSelfSigned();
});

const A = { addresses: ["192.0.2.1"] };
const AAAA = { addresses: ["2001:db8::1"] };

describe.each(["http", "https over HTTP/1.1", "https over HTTP/2"] as const)("DNS over %s", (way) => {
  const start = (): Promise<DnsResponder> => {
    const http1Only = way === "https over HTTP/1.1";
    return DnsResponder.start(way === "http" ? {} : { tls: { ...credentials, http1Only } });
  };
  const planForUrl = ({ url }: DnsResponder, family?: 4, resolveMs = 5000) =>
    planFor({ kind: "https", url }, { tls: { ca: credentials.cert }, family, timeouts: { resolveMs } });

  test("gives both families, timed apart", async () => {
    await using responder = await start();
    responder.on("a.example", "A", { ...A, delayMs: 120 }).on("a.example", "AAAA", { ...AAAA, delayMs: 10 });
    using result = expectResolved(await resolveName(planForUrl(responder), "a.example"));
    expect([...plain(result.first), ...plain(await result.later)]).toEqual(["2001:db8::1", "192.0.2.1"]);
    const report = result.report();
    expect(report).toMatchObject({ resolver: responder.url, transport: "https" });
    const [aaaa, a] = report.queries.map(({ durationUs }) => durationUs);
    expect(a! - aaaa!).toBeGreaterThan(80_000);
    expect(responder.heard.map(({ id, by }) => [id, by])).toEqual([
      [0, "https"],
      [0, "https"],
    ]);
    expect(responder.httpConnections).toBe(way === "https over HTTP/2" ? 1 : 2);
  });

  test("asks again for an alias that leaves the answer", async () => {
    await using responder = await start();
    responder
      .on("a.example", "A", { extra: [{ name: "a.example", type: "CNAME", data: "b.test" }] })
      .on("b.test", "A", A);
    using result = expectResolved(await resolveName(planForUrl(responder, 4), "a.example"));
    expect(result.report()).toMatchObject({
      cname: ["b.test"],
      queries: [{ records: [{ address: "192.0.2.1" }] }],
    });
  });

  test.each<[string, Deed, DnsCode, RegExp]>([
    ["NXDOMAIN", { rcode: "NXDOMAIN" }, "NK_DNS_NOT_FOUND", /says that no such name exists/],
    [
      "HTTP 404",
      { kind: "http", status: 404 },
      "NK_DNS_SERVER_FAILURE",
      /answered HTTP 404 instead of a DNS answer/,
    ],
    [
      "a web page",
      { kind: "http", status: 200 },
      "NK_DNS_MALFORMED",
      /sent text\/html instead of application\/dns-message/,
    ],
    ["garbage", { kind: "bytes", bytes: Buffer.from("garbage") }, "NK_DNS_MALFORMED", /a broken answer/],
    [
      "too much",
      { kind: "bytes", bytes: Buffer.alloc(70_000) },
      "NK_DNS_UNREACHABLE",
      /more than 65535 bytes/,
    ],
    ["a hang-up", { kind: "close" }, "NK_DNS_UNREACHABLE", /the request failed/],
    ["silence", { kind: "drop" }, "NK_DNS_TIMEOUT", /did not answer within 700 ms/],
  ])("fails by %s", async (_what, deed, code, why) => {
    await using responder = await start();
    responder.on("a.example", "A", deed);
    const { error } = expectFailed(
      await resolveName(planForUrl(responder, 4, deed.kind === "drop" ? 700 : 5000), "a.example"),
    );
    expect(error.why).toMatch(why);
    expect(error.why).toContain(responder.url);
    expect(error.code).toBe(code);
  });
});

test("a certificate that nobody vouches for is not trusted", async () => {
  await using responder = await DnsResponder.start({ tls: credentials });
  const { error, resolution } = expectFailed(
    await resolveName(planFor({ kind: "https", url: responder.url }), "a.example"),
  );
  expect(error).toMatchObject({
    code: "NK_DNS_UNTRUSTED",
    why: expect.stringContaining("the certificate is self-signed"),
    next: expect.stringContaining("--cacert"),
  });
  expect(resolution.queries[0]).toMatchObject({ outcome: "failed", code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
});

test("a server that is not there is unreachable", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  const plan = planFor({ kind: "https", url: `http://127.0.0.1:${port}/` });
  const { error } = expectFailed(await resolveName(plan, "a.example"));
  expect(error).toMatchObject({
    code: "NK_DNS_UNREACHABLE",
    why: expect.stringContaining("nothing listens on that port"),
  });
});

describe("--dns", () => {
  test.each([
    ["system", { kind: "system" }],
    ["192.0.2.1", { kind: "dns", address: "192.0.2.1", port: 53 }],
    ["192.0.2.1:5353", { kind: "dns", address: "192.0.2.1", port: 5353 }],
    ["2001:db8::1", { kind: "dns", address: "2001:db8::1", port: 53 }],
    ["[2001:db8::1]:5353", { kind: "dns", address: "2001:db8::1", port: 5353 }],
    ["https://dns.example/dns-query", { kind: "https", url: "https://dns.example/dns-query" }],
    ["http://127.0.0.1:8053/", { kind: "https", url: "http://127.0.0.1:8053/" }],
    ["http://[::1]:8053/", { kind: "https", url: "http://[::1]:8053/" }],
  ])("takes %s", (text, plan) => {
    expect(parseResolver(text)).toEqual(plan);
  });

  test.each([
    ["dns.example", /takes an address, not a name/],
    ["192.0.2.1:0", /is not a DNS server/],
    ["192.0.2.1:65536", /is not a DNS server/],
    ["", /is not a DNS server/],
    ["http://dns.example/dns-query", /asks without encryption/],
    ["http://127.0.0.1.example/", /asks without encryption/],
    ["ftp://dns.example/", /is not DNS over HTTPS/],
    ["https://", /is not a URL/],
    ["https://me:secret@dns.example/", /takes no user name/],
  ])("refuses %s", (text, why) => {
    expect(() => parseResolver(text)).toThrow(why);
    expect(() => parseResolver(text)).not.toThrow(/secret/);
  });
});
