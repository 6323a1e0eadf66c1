import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NetkitError } from "../../../../src/core/errors.ts";
import type { ChainAnalysis } from "../../../../src/engine/tls-check/certificates/chain.ts";
import type { AddressFacts, ProtocolFacts } from "../../../../src/engine/tls-check/facts.ts";
import { evaluate } from "../../../../src/engine/tls-check/policy/evaluate.ts";
import {
  BUILT_IN_POLICIES,
  INTERMEDIATE,
  MODERN,
  OLD,
} from "../../../../src/engine/tls-check/policy/guidelines.ts";
import { groupByName, suiteByName } from "../../../../src/engine/tls-check/policy/names.ts";
import type { Policy } from "../../../../src/engine/tls-check/policy/policy.ts";
import {
  parsePolicy,
  policyJsonSchema,
  policySchema,
} from "../../../../src/engine/tls-check/policy/schema.ts";
import {
  AT,
  address,
  chain,
  chainOf,
  DAY,
  endpoint,
  features,
  key,
  OFFERED,
  protocol,
  protocols,
  REFUSED,
  rsaKey,
  SUITE,
  sessions,
  TLS12,
  TLS13,
  UNKNOWN,
} from "../../../support/tls-facts.ts";
import { anyAddress, anyChain } from "../arbitrary-facts.ts";

const check = (
  policy: Policy,
  facts: Partial<AddressFacts> = {},
  chains: readonly ChainAnalysis[] = [chain()],
) => evaluate(endpoint([facts]).endpoint, chains, policy);

const steps = (...parts: Parameters<typeof check>): string[] =>
  check(...parts).steps.map(({ action, what }) => `${action} ${what}`);

const policy = (parts: Partial<Policy>): Policy => ({ name: "own", version: "1", ...parts });
const spoken = (...known: readonly ProtocolFacts[]): Partial<AddressFacts> => ({
  protocols: protocols(...known),
});

describe("the guidelines", () => {
  test("have their true version and date", () => {
    expect([MODERN, INTERMEDIATE, OLD].map(({ version, date }) => `${version} of ${date}`)).toEqual([
      "6.0 of 2026-05-03",
      "6.0 of 2026-05-03",
      "5.8 of 2026-05-03",
    ]);
  });

  test.each(Object.entries(BUILT_IN_POLICIES))(
    "%s fits the schema and names only what is registered",
    (_, one) => {
      expect(policySchema.parse(one)).toEqual(one);
      for (const name of one.suites?.allow ?? []) expect(suiteByName(name)?.name).toBe(name);
      for (const name of one.groups?.allow ?? []) expect(groupByName(name)).toBeTypeOf("number");
    },
  );

  test("a sound server complies with intermediate", () => {
    const result = check(INTERMEDIATE);
    expect(result).toMatchObject({
      name: "mozilla-intermediate",
      version: "6.0",
      complies: true,
      steps: [],
      unknown: [],
    });
  });

  test("modern has TLS 1.2 removed, and says nothing of its suites", () => {
    expect(steps(MODERN)).toEqual(["remove TLSv1.2"]);
    expect(steps(MODERN, spoken(TLS13))).toEqual([]);
  });

  test("intermediate names what to remove and to add", () => {
    const facts = {
      ...spoken(
        protocol("TLSv1.0", [SUITE.RSA_3DES]),
        protocol("TLSv1.2", [SUITE.RSA_AES128_CBC, ...TLS12.suites]),
      ),
      groups12: { codes: [0x001d, 0x0019], complete: true, preference: "server" as const },
    };
    expect(steps(INTERMEDIATE, facts)).toEqual([
      "remove TLSv1.0",
      "add TLSv1.3",
      "remove TLS_RSA_WITH_AES_128_CBC_SHA (AES128-SHA)",
      "remove secp521r1",
    ]);
  });

  test("old demands the server's order and an RSA key", () => {
    const suites = [SUITE.RSA_AES128_CBC, SUITE.RSA_AES128_GCM];
    expect(steps(OLD, spoken(protocol("TLSv1.2", suites, { preference: "client" }), TLS13))).toEqual([
      "change suite order of TLSv1.2",
      "change key of certificate www.example.org: EC P-256",
      "change signature of certificate www.example.org: ecdsa-with-SHA256",
    ]);
  });

  test("stapling is demanded only where the certificate names a responder", () => {
    const withResponder = [chainOf({ ocspUrls: ["http://ocsp.example/"] })];
    expect(steps(INTERMEDIATE, {}, withResponder)).toEqual(["add stapling"]);
    expect(steps(INTERMEDIATE, { features: features({ stapling: OFFERED }) }, withResponder)).toEqual([]);
  });
});

describe("an own policy", () => {
  test("demands suites, by either name", () => {
    const one = policy({
      suites: { require: ["ECDHE-RSA-AES256-GCM-SHA384"], forbid: ["TLS_RSA_WITH_AES_128_CBC_SHA"] },
    });
    expect(steps(one, spoken(protocol("TLSv1.2", [SUITE.RSA_AES128_CBC])))).toEqual([
      "remove TLS_RSA_WITH_AES_128_CBC_SHA (AES128-SHA)",
      "add TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 (ECDHE-RSA-AES256-GCM-SHA384)",
    ]);
  });

  test("demands qualities of suites", () => {
    const one = policy({ suites: { forwardSecrecy: true, aead: true, minBits: 256 } });
    const facts = spoken(
      protocol("TLSv1.2", [SUITE.RSA_AES128_GCM, SUITE.ECDHE_RSA_AES128_CBC, SUITE.ECDHE_RSA_AES128_GCM]),
    );
    expect(check(one, facts).steps.map(({ why }) => why)).toEqual([
      "it has no forward secrecy",
      "it has no authenticated encryption",
      "its key is shorter than 256 bits",
    ]);
  });

  test("demands groups, schemes and parameters", () => {
    const one = policy({
      groups: { forbid: ["P-256"], require: ["X448"], postQuantum: true },
      signatures: { allow: ["ecdsa_secp256r1_sha256"] },
      dh: { minBits: 3072 },
    });
    const facts: Partial<AddressFacts> = {
      groups13: { codes: [0x001d, 0x0017], complete: true, preference: "server" },
      signatures12: [0x0403, 0x0401],
      dh: [{ bits: 2048, known: undefined, primeHex: "ff", generatorHex: "02" }],
    };
    expect(steps(one, facts)).toEqual([
      "remove secp256r1",
      "add x448",
      "add X25519MLKEM768",
      "change Diffie-Hellman parameters of 2048 bits",
      "remove signature scheme rsa_pkcs1_sha256",
    ]);
  });

  test("demands features", () => {
    const one = policy({
      features: {
        require: ["encryptThenMac", "fallbackScsv"],
        forbid: ["clientRenegotiation"],
        earlyData: false,
      },
    });
    const facts = {
      features: features({ encryptThenMac: REFUSED, clientRenegotiation: OFFERED }),
      sessions: sessions({ earlyData: OFFERED }),
    };
    expect(steps(one, facts)).toEqual([
      "add encryptThenMac",
      "remove clientRenegotiation",
      "remove earlyData",
    ]);
  });

  test("demands keys, lifetimes and names of certificates, each certificate once", () => {
    const one = policy({
      certificate: {
        keys: [
          { type: "rsa", minBits: 3072 },
          { type: "ec", curves: ["prime256v1"] },
        ],
        maxDays: 90,
        names: { require: ["*.example.org", "example.org"], allow: ["*example.org"] },
      },
    });
    const long = chainOf({
      publicKey: rsaKey(2048),
      notAfterMs: AT + 200 * DAY,
      subjectAltNames: [
        { kind: "dns", value: "www.example.org" },
        { kind: "dns", value: "www.example.net" },
      ],
    });
    expect(steps(one, {}, [long, { ...long, where: "elsewhere" }])).toEqual([
      "change key of certificate www.example.org: RSA 2048",
      "change lifetime of certificate www.example.org",
      "add example.org to the names of certificate www.example.org",
      "remove www.example.net from the names of certificate www.example.org",
    ]);
    expect(
      steps(one, {}, [
        chainOf({
          publicKey: key({ curve: "P-256" }),
          subjectAltNames: [
            { kind: "dns", value: "example.org" },
            { kind: "dns", value: "a.example.org" },
          ],
        }),
      ]),
    ).toEqual([]);
  });

  test("a step that not every address needs says where", () => {
    const facts = endpoint([
      {},
      {
        address: "192.0.2.2",
        protocols: protocols(protocol("TLSv1.1", [SUITE.RSA_AES128_CBC]), TLS12, TLS13),
      },
    ]);
    const { steps: found } = evaluate(facts.endpoint, [chain()], INTERMEDIATE);
    expect(found).toEqual([
      { action: "remove", what: "TLSv1.1", why: "only TLSv1.2, TLSv1.3 may be spoken (at 192.0.2.2)" },
    ]);
  });

  test("a file is measured by the certificate part alone, and gets no configuration", () => {
    const result = evaluate(undefined, [chainOf({ publicKey: rsaKey(1024) })], INTERMEDIATE);
    expect(result.steps.map(({ action }) => action)).toEqual(["change"]);
    expect(result.configuration).toEqual([]);
  });
});

describe("what could not be found out", () => {
  test("is neither a breach nor compliance", () => {
    const facts: Partial<AddressFacts> = {
      ...spoken(
        protocol("TLSv1.0", UNKNOWN),
        protocol("TLSv1.2", TLS12.suites, { complete: false }),
        protocol("TLSv1.3", UNKNOWN),
      ),
      groups12: { codes: [0x001d], complete: false, preference: "unknown" },
      features: features({ stapling: UNKNOWN }),
    };
    const result = check(INTERMEDIATE, facts, [chainOf({ ocspUrls: ["http://o/"] })]);
    expect(result.steps).toEqual([]);
    expect(result.complies).toBe(false);
    expect(result.unknown).toEqual([
      "TLSv1.0 is spoken",
      "TLSv1.3 is spoken",
      "other suites are offered",
      "other groups are offered",
      "stapling is supported",
    ]);
  });

  test("an address that was not reached may not comply", () => {
    const facts = endpoint([{}, { unreachable: { code: "X", message: "x", next: undefined } }]);
    expect(evaluate(facts.endpoint, [chain()], INTERMEDIATE)).toMatchObject({
      complies: false,
      steps: [],
      unknown: ["the addresses that were not reached comply"],
    });
  });

  test("no suite is asked to be added to a list that was cut short", () => {
    const one = policy({ suites: { require: ["AES128-SHA"] } });
    const result = check(one, spoken(protocol("TLSv1.2", TLS12.suites, { complete: false })));
    expect(result.steps).toEqual([]);
    expect(result.unknown).toEqual(["other suites are offered"]);
  });
});

test("any facts are measured without an exception", () => {
  fc.assert(
    fc.property(
      fc.array(anyAddress, { maxLength: 3 }),
      fc.array(anyChain, { maxLength: 2 }),
      (addresses, chains) => {
        for (const one of [MODERN, INTERMEDIATE, OLD]) {
          const result = evaluate({ kind: "endpoint", addresses, notes: [] }, chains, one);
          expect(result.complies).toBe(result.steps.length === 0 && result.unknown.length === 0);
        }
      },
    ),
    { numRuns: 150 },
  );
});

describe("the file", () => {
  const wrong = (text: string): NetkitError => {
    try {
      parsePolicy(text, "policy.yaml");
    } catch (error) {
      if (error instanceof NetkitError) return error;
      throw error;
    }
    throw new Error("was accepted");
  };

  test("lists what a scan that was cut short leaves open", () => {
    const parsed = parsePolicy(
      "name: a\nversion: 1\ndh: { minBits: 2048 }\nsignatures: { forbid: [rsa_pkcs1_sha1] }",
      "policy.yaml",
    );
    const unknownWith = (gaps: Partial<AddressFacts["gaps"]>) =>
      evaluate(endpoint([{ gaps: { ...address().gaps, ...gaps } }]).endpoint, [], parsed).unknown;
    expect(unknownWith({})).toEqual([]);
    expect(unknownWith({ dh: "reset" })).toEqual([expect.stringContaining("Diffie-Hellman")]);
    expect(unknownWith({ signatures13: "reset" })).toEqual([expect.stringContaining("signature schemes")]);
    expect(unknownWith({ signatures12: "reset" })).toEqual([expect.stringContaining("signature schemes")]);
  });

  test("is YAML", () => {
    const text = [
      "name: house rules",
      "version: 3",
      "versions: { allow: [TLSv1.2, TLSv1.3], require: [TLSv1.3] }",
      "suites:",
      "  forwardSecrecy: true",
      "  forbid: [ECDHE-RSA-AES128-SHA]",
      "groups: { postQuantum: true }",
      "certificate:",
      "  keys: [{ type: ec, curves: [P-256] }]",
      "  maxDays: 100",
      "  names: { require: ['*.example.org'] }",
    ].join("\n");
    const parsed = parsePolicy(text, "policy.yaml");
    expect(parsed).toMatchObject({ name: "house rules", version: "3", certificate: { maxDays: 100 } });
    expect(evaluate(endpoint([address()]).endpoint, [chain()], parsed).complies).toBe(true);
  });

  test("is JSON as well", () => {
    expect(parsePolicy(JSON.stringify(INTERMEDIATE), "policy.json")).toEqual(INTERMEDIATE);
  });

  test.each([
    [
      "a suite that nobody knows",
      "name: a\nversion: 1\nsuites:\n  allow:\n    - AES128-SHA\n    - AES129-SHA",
      ":6",
      "AES129-SHA",
    ],
    ["a group that nobody knows", "name: a\nversion: 1\ngroups: { allow: [x25518] }", ":3", "x25518"],
    [
      "a version that does not exist",
      "name: a\nversion: 1\nversions: { allow: [TLSv1.4] }",
      ":3",
      "versions.allow[0]",
    ],
    ["a word too many", "name: a\nversion: 1\nhsts: true", ":3", "hsts"],
    [
      "a word too many further in",
      "name: a\nversion: 1\nsuites:\n  forwardSecrecy: true\n  no: 1",
      ":5",
      "suites",
    ],
    ["no name", "version: 1", ":1", "name"],
  ])("with %s is refused with its line", (_, text, line, why) => {
    const error = wrong(text);
    expect(error.code).toBe("NK_CONFIG");
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(`policy.yaml${line}`);
    expect(error.why).toContain(why);
  });

  test("aliases cannot blow a small file up", () => {
    const bombs = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      const before = String.fromCharCode(96 + level);
      const now = String.fromCharCode(97 + level);
      bombs.push(`${now}: &${now} [*${before}, *${before}, *${before}, *${before}, *${before}, *${before}]`);
    }
    expect(wrong(bombs.join("\n")).code).toBe("NK_CONFIG");
  });

  test("has a JSON Schema", () => {
    const schema = policyJsonSchema() as { title: string; required: string[]; additionalProperties: boolean };
    expect(schema.title).toBe("netkit.tls-policy/1");
    expect(schema.required).toEqual(["name", "version"]);
    expect(schema.additionalProperties).toBe(false);
    const accepts = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(
      schema,
    );
    for (const one of Object.values(BUILT_IN_POLICIES)) expect(accepts(one)).toBe(true);
    expect(accepts({ name: "a", version: 2 })).toBe(true);
    expect(accepts({ name: "a", version: 2, hsts: true })).toBe(false);
  });
});
