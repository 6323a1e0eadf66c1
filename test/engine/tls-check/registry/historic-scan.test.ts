// A whole scan of servers that no library can be any more: each version from SSL 2.0 on, each suite and group of the
// registry, the faults of their time; with every 20th connection reset, which must change nothing.
import { Buffer } from "node:buffer";
import { beforeAll, describe, expect, test } from "vitest";
import { generateSelfSigned } from "../../../../src/core/tls/self-signed.ts";
import type { AddressFacts, ProtocolVersion } from "../../../../src/engine/tls-check/facts.ts";
import { GROUPS } from "../../../../src/engine/tls-check/registry/groups.ts";
import { SSLV2_KINDS, SUITES } from "../../../../src/engine/tls-check/registry/suites.ts";
import { type ResponderScript, TlsResponder } from "../../../support/tls-responder.ts";
import { SCAN_LIMITS, scanLocal } from "../../../support/tls-scan.ts";
import { BUILT_IN_PRIMES } from "./built-in-primes.ts";

const OFFERED = { kind: "offered" };
const ALL_VERSIONS = [0x0300, 0x0301, 0x0302, 0x0303, 0x0304];
let der = Buffer.alloc(0);

beforeAll(async () => {
  const { cert } = await generateSelfSigned(["localhost"]);
  der = Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ""), "base64");
});

async function scan(script: ResponderScript): Promise<AddressFacts> {
  // TLS 1.3 goes no further than ServerHello: an alert says so at once.
  await using server = await TlsResponder.start({ afterServerHello: { alert: 80 }, ...script });
  return await scanLocal(server.port, { limits: { ...SCAN_LIMITS, maxConnections: 5000 }, backOff: () => 1 });
}

const suitesOf = (facts: AddressFacts, version: ProtocolVersion) =>
  facts.protocols.find((protocol) => protocol.version === version);

describe("a server with the faults of its time", () => {
  const OLD_PRIME = "mod_ssl of 2000, 512 bits";
  const script = (): ResponderScript => ({
    versions: ALL_VERSIONS,
    suites: [0x1301, 0xc02b, 0xc009, 0x0004, 0x0003, 0x0033, 0x0001, 0xcc14],
    groups: [0x11ec, 0x001d, 0x0017],
    certificates: [der],
    dh: { prime: BUILT_IN_PRIMES[OLD_PRIME]!.replace(/\s/g, "") },
    sslv2: { kinds: [0x010080, 0x0700c0], certificate: der },
    compression: 1,
    heartbeat: "vulnerable",
    fallbackScsv: false,
    sentinel: false,
  });

  test.each([
    ["on a quiet line", undefined],
    ["with every 20th connection reset", 20],
  ])("has them all found %s", async (_how, resetEvery) => {
    const facts = await scan({ ...script(), ...(resetEvery === undefined ? {} : { resetEvery }) });
    expect(facts.protocols.map(({ answer }) => answer)).toEqual(Array(6).fill(OFFERED));
    expect(facts.protocols.map(({ suites }) => suites)).toEqual([
      [0x010080, 0x0700c0],
      ...Array(3).fill([0xc009, 0x0004, 0x0003, 0x0033, 0x0001]),
      [0xc02b, 0xc009, 0x0004, 0x0003, 0x0033, 0x0001, 0xcc14],
      [0x1301],
    ]);
    expect(facts.groups13).toEqual({ codes: [0x11ec, 0x001d, 0x0017], complete: true, preference: "server" });
    expect(facts.groups12.codes).toEqual([0x001d, 0x0017]);
    expect(facts.dh.map(({ bits, known }) => [bits, known])).toEqual([[512, OLD_PRIME]]);
    expect(facts.features).toMatchObject({ compression: OFFERED, heartbeat: OFFERED });
    expect(facts.features?.fallbackScsv.kind).toBe("refused");
    expect(facts.features?.downgradeSentinel.kind).toBe("refused");
    expect(facts.vulnerabilities?.heartbleed).toEqual(OFFERED);
    expect(facts.chains.map(({ certificates }) => certificates.length)).toEqual([1]);
  });
});

describe("a server with everything in the registry", () => {
  test("has every suite, kind and group found, in each version that can have it", async () => {
    const groups = GROUPS.map(({ code }) => code);
    const facts = await scan({
      versions: ALL_VERSIONS,
      suites: SUITES.map(({ code }) => code),
      groups,
      schemes: [0x0401],
      certificates: [der],
      sslv2: { kinds: SSLV2_KINDS.map(({ code }) => code), certificate: der },
    });
    const order = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
    for (const version of order.slice(1)) {
      const at = order.indexOf(version);
      const able = SUITES.filter(
        ({ minVersion, maxVersion }) => order.indexOf(minVersion) <= at && at <= order.indexOf(maxVersion),
      ).map(({ code }) => code);
      const found = suitesOf(facts, version);
      const unasked = able.filter((code) => !found?.suites.includes(code));
      expect([version, unasked, found?.suites.length]).toEqual([version, [], able.length]);
      expect([version, found?.complete]).toEqual([version, true]);
    }
    expect(suitesOf(facts, "SSLv2")?.suites).toHaveLength(SSLV2_KINDS.length);
    expect([...facts.groups13.codes].sort((a, b) => a - b)).toEqual([...groups].sort((a, b) => a - b));
  }, 60_000);
});
