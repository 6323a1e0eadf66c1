/** Which host a certificate is for (RFC 9525). */
import { describe, expect, test } from "vitest";
import { dnsNameFault } from "../../../../src/engine/tls-check/certificates/name-oddities.ts";
import { dnsNameMatches, matchName } from "../../../../src/engine/tls-check/certificates/names.ts";
import { certificate } from "../../../support/corpus/case.ts";
import { commonName, leaf, OID, san } from "../../../support/corpus/maker.ts";
import { ctxRaw, oid, seq, set, utf8 } from "../../../support/der-writer.ts";

describe("a DNS name", () => {
  test.each([
    ["www.example.org", "www.example.org"],
    ["WWW.example.ORG", "www.EXAMPLE.org"],
    ["www.example.org", "www.example.org."],
    ["www.example.org.", "www.example.org"],
    ["*.example.org", "www.example.org"],
    ["*.example.org", "xn--mnchen-3ya.example.org"],
    ["*.example.org", "münchen.example.org"],
    ["*.xn--mnchen-3ya.example", "www.münchen.example"],
    ["xn--mnchen-3ya.example", "MÜNCHEN.example"],
    ["my_host.example.org", "my_host.example.org"],
    ["localhost", "localhost"],
  ])("%s is for %s", (pattern, host) => expect(dnsNameMatches(pattern, host)).toBe(true));

  test.each([
    ["www.example.org", "example.org"],
    ["example.org", "www.example.org"],
    ["*.example.org", "example.org"],
    ["*.example.org", "a.b.example.org"],
    ["*.example.org", ".example.org"],
    ["*.*.example.org", "a.b.example.org"],
    ["www.*.org", "www.example.org"],
    ["w*.example.org", "www.example.org"],
    ["*w.example.org", "www.example.org"],
    ["*.org", "example.org"],
    ["*", "localhost"],
    ["*.", "localhost"],
    ["", ""],
    ["www.example.org", "www.example.org.."],
    ["www.example.org", "www%2eexample.org"],
  ])("%s is not for %s", (pattern, host) => expect(dnsNameMatches(pattern, host)).toBe(false));
});

const forHost = (names: readonly (string | Buffer)[], host: string, subject: Buffer | string = "x") =>
  matchName(
    certificate(
      leaf({ subject, extensions: { [OID.san]: names.length === 0 ? undefined : san(...names) } }).der,
    ),
    host,
  );

describe("a certificate", () => {
  test("is for any of its names", () => {
    expect(forHost(["a.example", "b.example"], "b.example")).toEqual({
      matches: true,
      byCommonNameOnly: false,
    });
  });

  test("is for an address only by an address, octet by octet", () => {
    const v6 = ctxRaw(7, Buffer.from("20010db8000000000000000000000001", "hex"));
    expect(forHost([v6], "2001:db8::1").matches).toBe(true);
    expect(forHost([v6], "[2001:0DB8:0:0:0:0:0:1]").matches).toBe(true);
    expect(forHost([v6], "2001:db8::2").matches).toBe(false);
    expect(forHost(["192.0.2.7"], "192.0.2.7").matches).toBe(true);
    expect(forHost([ctxRaw(2, "192.0.2.7")], "192.0.2.7").matches).toBe(false);
    expect(forHost([ctxRaw(2, "*.0.2.7")], "192.0.2.7").matches).toBe(false);
  });

  test("tells an IPv4-mapped address from the IPv4 one", () => {
    const mapped = ctxRaw(7, Buffer.from("00000000000000000000ffffc0000207", "hex"));
    expect(forHost([mapped], "::ffff:192.0.2.7").matches).toBe(true);
    expect(forHost([mapped], "192.0.2.7").matches).toBe(false);
  });

  test("does not end at a NUL", () => {
    expect(forHost([ctxRaw(2, "www.example.org\0.evil.example")], "www.example.org").matches).toBe(false);
  });

  test("counts its common name only when there is no name to match", () => {
    const host = "www.example.org";
    expect(forHost([], host, host)).toEqual({ matches: false, byCommonNameOnly: true });
    expect(forHost(["a@example.org"], host, host)).toEqual({ matches: false, byCommonNameOnly: true });
    expect(forHost(["other.example"], host, host)).toEqual({ matches: false, byCommonNameOnly: false });
    expect(forHost([], "192.0.2.7", "192.0.2.7")).toEqual({ matches: false, byCommonNameOnly: true });
    expect(forHost([], "192.0.2.7", "*.0.2.7")).toEqual({ matches: false, byCommonNameOnly: false });
  });

  test("has all of its common names looked at", () => {
    const two = seq(
      set(seq(oid("2.5.4.3"), utf8("first"))),
      set(seq(oid("2.5.4.3"), utf8("www.example.org"))),
    );
    expect(forHost([], "www.example.org", two).byCommonNameOnly).toBe(true);
    expect(forHost([], "www.example.org", commonName("first")).byCommonNameOnly).toBe(false);
  });
});

describe("what is wrong with a name", () => {
  test.each([
    ["www.example.org", undefined],
    ["*.example.org", undefined],
    ["xn--mnchen-3ya.example", undefined],
    ["a-b.example", undefined],
    ["-a.example", /characters/],
    ["a-.example", /characters/],
    ["a b.example", /characters/],
    ["a_b.example", /underscore/],
    ["a..example", /empty label/],
    [".example", /empty label/],
    ["example.", /dot at its end/],
    ["192.0.2.1", /IP address/],
    ["2001:db8::1", /IP address/],
    ["*.org", /top-level/],
  ])("%s: %s", (name, fault) => {
    if (fault === undefined) expect(dnsNameFault(name)).toBeUndefined();
    else expect(dnsNameFault(name)).toMatch(fault);
  });
});
