import { expect, test } from "vitest";
import { drift } from "../../../src/engine/tls-check/drift.ts";
import type { AddressFacts } from "../../../src/engine/tls-check/facts.ts";
import {
  certificate,
  endpoint,
  features,
  OFFERED,
  protocol,
  protocols,
  SUITE,
  served,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../support/tls-facts.ts";

const of = (...addresses: readonly Partial<AddressFacts>[]) =>
  drift(endpoint(addresses.map((one, index) => ({ address: `192.0.2.${index + 1}`, ...one }))).endpoint!);

const OLD = protocols(protocol("TLSv1.1", [SUITE.RSA_AES128_CBC]), TLS12, TLS13);

test("one address has nothing to differ from", () => {
  expect(of({ protocols: OLD })).toEqual([]);
});

test("addresses that agree have no differences", () => {
  expect(of({}, {}, {})).toEqual([]);
});

test("each value stands beside the addresses that have it", () => {
  expect(of({}, { protocols: OLD }, {}).find(({ what }) => what === "versions")).toEqual({
    what: "versions",
    values: [
      { value: "TLSv1.2, TLSv1.3", addresses: ["192.0.2.1", "192.0.2.3"] },
      { value: "TLSv1.1, TLSv1.2, TLSv1.3", addresses: ["192.0.2.2"] },
    ],
  });
});

test("another certificate of the same kind is a difference, and so is a kind that one alone has", () => {
  const [a, b] = [certificate(), certificate()];
  const rsa = served({ certificates: [a], keyType: "rsa" });
  expect(of({ chains: [rsa] }, { chains: [{ ...rsa, certificates: [b] }] }).map(({ what }) => what)).toEqual([
    "the chain (rsa)",
  ]);
  const older = { ...rsa, version: "TLSv1.2" as const, certificates: [b] };
  expect(of({ chains: [rsa] }, { chains: [older] }).map(({ what }) => what)).toEqual(["the chain (rsa)"]);
  const kinds = of({ chains: [rsa] }, { chains: [{ ...rsa, keyType: "ecdsa" }] });
  expect(kinds.map(({ what }) => what)).toEqual(["kinds of keys"]);
});

test("features, groups and suites are compared", () => {
  const other = {
    features: features({ stapling: OFFERED, alpn: ["http/1.1"], clientCertificate: "required" as const }),
    groups13: { codes: [0x001d], complete: true, preference: "server" as const },
    protocols: protocols(TLS12, protocol("TLSv1.3", [SUITE.AES128_GCM_13])),
  };
  expect(of({}, other).map(({ what }) => what)).toEqual([
    "suites",
    "groups of TLS 1.3",
    "ALPN",
    "client certificates",
    "OCSP stapling",
  ]);
});

test("what is not known at an address is no difference", () => {
  const blind = {
    features: features({
      stapling: UNKNOWN,
      alpn: [],
      alpnComplete: false,
      clientCertificate: "unknown" as const,
    }),
    groups13: { codes: [0x001d], complete: false, preference: "unknown" as const },
    protocols: protocols(
      protocol("TLSv1.2", [SUITE.ECDHE_RSA_AES128_GCM], { complete: false }),
      protocol("TLSv1.0", UNKNOWN),
    ),
  };
  expect(of({}, blind)).toEqual([]);
});
