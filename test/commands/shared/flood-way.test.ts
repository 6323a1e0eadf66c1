import { describe, expect, test } from "vitest";
import { planTlsWay, planWay, type WaySettings } from "../../../src/commands/shared/flood-way.ts";
import { parseEndpoint } from "../../../src/core/endpoint.ts";

const way = (settings: WaySettings, url = "http://Example.com:8080/") =>
  planWay(settings, parseEndpoint(url, "flood"));
const DIRECT = {
  host: "example.com",
  port: 8080,
  addresses: undefined,
  unixSocket: undefined,
  localAddresses: [],
};

describe("where connections go", () => {
  test("is where the URL says, unless a flag says otherwise", () => {
    expect(way({})).toEqual(DIRECT);
    expect(way({ resolve: ["other:8080:192.0.2.1", "example.com:8080:192.0.2.7,::1"] })).toEqual({
      ...DIRECT,
      addresses: ["192.0.2.7", "::1"],
    });
    expect(way({ resolve: ["example.com:9090:192.0.2.7"] })).toEqual(DIRECT);
    expect(way({ resolve: ["example.com:*:192.0.2.7"] }).addresses).toEqual(["192.0.2.7"]);
    expect(way({ "unix-socket": "/run/app.sock" }).unixSocket).toBe("/run/app.sock");
    expect(way({ "local-address": ["127.0.0.2", "::1"] }).localAddresses).toEqual(["127.0.0.2", "::1"]);
  });

  test("follows the first rule of --connect-to that fits, and --resolve that place", () => {
    const rules = ["example.com:443:no:1", "EXAMPLE.com:8080:staging:9090", "::late:1"];
    expect(way({ "connect-to": rules })).toMatchObject({ host: "staging", port: 9090 });
    expect(way({ "connect-to": ["::[::1]:"] })).toMatchObject({ host: "::1", port: 8080 });
    expect(way({ "connect-to": ["example.com:::9090"] })).toMatchObject({ host: "example.com", port: 9090 });
    expect(way({ "connect-to": ["::staging:"], resolve: ["staging:8080:192.0.2.9"] })).toMatchObject({
      host: "staging",
      addresses: ["192.0.2.9"],
    });
  });

  test.each<[WaySettings, string]>([
    [{ resolve: ["example.com"] }, "which address a host has"],
    [{ "connect-to": ["example.com:443"] }, "where to connect to"],
    [{ "connect-to": ["a:1:b:70000"] }, "where to connect to"],
    [{ "local-address": ["localhost"] }, "not an address"],
    [{ "unix-socket": "/run/app.sock", resolve: ["h:1:192.0.2.1"] }, "means nothing to a unix socket"],
    [{ "unix-socket": "/run/app.sock", "local-address": ["127.0.0.1"] }, "means nothing to a unix socket"],
    [{ "unix-socket": `/${"x".repeat(120)}` }, "at most 103 bytes"],
  ])("%j is refused", (settings, why) => {
    expect(() => way(settings)).toThrow(
      expect.objectContaining({ code: "NK_USAGE", message: expect.stringContaining(why) }),
    );
  });
});

describe("by which TLS", () => {
  const tls = (settings: WaySettings, url = "https://example.com/") =>
    planTlsWay(settings, parseEndpoint(url, "flood"));

  test("as the flags say", () => {
    expect(
      tls({ sni: "other.test", alpn: "h2, http/1.1", "tls-max": "TLSv1.2", ciphers: "AES128-SHA" }),
    ).toEqual({
      servername: "other.test",
      alpn: ["h2", "http/1.1"],
      minVersion: undefined,
      maxVersion: "TLSv1.2",
      ciphers: "AES128-SHA",
    });
  });

  test.each<[WaySettings, string, string]>([
    [{ sni: "192.0.2.1" }, "https://h/", "SNI carries names only"],
    [{ alpn: "h2,,x" }, "https://h/", "no list of protocols"],
    [{ "tls-min": "TLSv1.3", "tls-max": "TLSv1.2" }, "https://h/", "above"],
    [{ sni: "x" }, "http://h/", "means nothing to http:"],
    [{ ciphers: "x" }, "tcp://h:1", "means nothing to tcp:"],
  ])("%j of %s is refused", (settings, url, why) => {
    expect(() => tls(settings, url)).toThrow(
      expect.objectContaining({ code: "NK_USAGE", message: expect.stringContaining(why) }),
    );
  });
});
