/** Trust, case by case, against what `openssl verify` makes of the same chain; every difference has its reason. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MadeChain, observe } from "../../../support/corpus/case.ts";
import { CHAIN_CASES } from "../../../support/corpus/chain-cases.ts";
import { ENCODING_CASES } from "../../../support/corpus/encoding-cases.ts";
import { testKey } from "../../../support/corpus/keys.ts";
import { LEAF_CASES } from "../../../support/corpus/leaf-cases.ts";
import { AT, authorities, extension, issue, leaf, OID, policies } from "../../../support/corpus/maker.ts";
import { hasOpenssl, Workshop } from "../../../support/corpus/openssl.ts";
import { int, oid, pem, seq } from "../../../support/der-writer.ts";

const OPENSSL = hasOpenssl ? spawnSync("openssl", ["version"], { encoding: "utf8" }).stdout : "";

const CASES = [...LEAF_CASES, ...ENCODING_CASES, ...CHAIN_CASES];

const PURPOSE =
  "what the leaf is for is a question of its own, with rules of its own; trust is about the chain";
const TIME = "OpenSSL wants times in exactly one form; here it is an oddity, and the moment counts";
const KEY = "this OpenSSL does not know the kind of key; newer clients do, and the chain above it is sound";

const DIFFERENCES: Readonly<Record<string, string>> = {
  "for clients only": PURPOSE,
  "for code signing only": PURPOSE,
  "for any purpose": PURPOSE,
  "an empty list of purposes": PURPOSE,
  "a time without seconds": TIME,
  "a time with an offset": TIME,
  "a time without a zone": TIME,
  "a time with a fraction": TIME,
  "an ML-DSA-65 key": KEY,
  "an SLH-DSA key": KEY,
  "a key of an algorithm nobody knows": KEY,
  "a critical authority key identifier":
    "OpenSSL takes it for unknown when it is critical; it is understood here",
  "a wildcard above an excluded host": "OpenSSL lets the wildcard pass; Chrome and this reader do not",
};

const bundle = (certificates: readonly Uint8Array[]): string =>
  certificates.map((der) => pem("CERTIFICATE", der)).join("");

/** As clients check a server's chain, policies included. */
function opensslVerify(made: MadeChain): { readonly status: number | null; readonly stderr: string } {
  using shop = new Workshop();
  const trusted = [
    ...(made.given ?? (made.publicRoots === undefined ? [authorities().root.der] : [])),
    ...(made.publicRoots ?? []),
  ];
  shop.write("trusted", bundle(trusted));
  const others = made.sent.slice(1);
  shop.write("untrusted", bundle(others));
  shop.write("leaf", bundle(made.sent.slice(0, 1)));
  const at = (made.plan?.atMs ?? AT.getTime()) / 1000;
  const args = [
    ...["verify", "-attime", String(at), "-partial_chain", "-purpose", "sslserver", "-auth_level", "0"],
    // Any policy will do (RFC 5280 §6.1.1 (c)); without a set OpenSSL takes none.
    ...["-policy_check", "-policy", "2.5.29.32.0", "-CAfile", "trusted", "-no-CApath"],
    ...(others.length === 0 ? [] : ["-untrusted", "untrusted"]),
    "leaf",
  ];
  return spawnSync("openssl", args, { cwd: shop.folder, encoding: "utf8" });
}

describe.skipIf(!hasOpenssl)("trust is what openssl verify says", () => {
  test.for(CASES.map((one) => [one.name, one] as const))("of %s", async ([name, one]) => {
    const made = await one.make();
    if (made?.kind !== "chain") throw new Error("the case is no chain");
    const { chain } = observe(made);
    const verdict = opensslVerify(made);
    const ours = chain?.trust.some(({ trusted: one }) => one) ?? false;
    const reason = DIFFERENCES[name];
    const theirs = verdict.status === 0;
    if (reason === undefined) expect(ours, verdict.stderr).toBe(theirs);
    // Other versions may have come to agree.
    else if (OPENSSL.startsWith("OpenSSL 3.0.")) expect(ours, reason).not.toBe(theirs);
  });
});

/** What one certificate of a path says of policies. */
const policyExtensions = fc.record({
  policies: fc.option(fc.uniqueArray(fc.constantFrom("any", 1, 2, 3), { minLength: 1, maxLength: 3 })),
  explicit: fc.option(fc.nat(2)),
  noMapping: fc.option(fc.nat(1)),
  noAny: fc.option(fc.nat(2)),
  maps: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })), { maxLength: 2 }),
  /** Issuer and subject have one name. */
  selfIssued: fc.boolean(),
});
type PolicyExtensions = typeof policyExtensions extends fc.Arbitrary<infer T> ? T : never;

const policyOid = (policy: number | string): string =>
  policy === "any" ? "2.5.29.32.0" : `1.3.6.1.4.1.1.${policy}`;

function written({ policies: named, explicit, noMapping, noAny, maps }: PolicyExtensions) {
  const constraints = [
    ...(explicit === null ? [] : [int(explicit, 0x80)]),
    ...(noMapping === null ? [] : [int(noMapping, 0x81)]),
  ];
  const pairs = [...new Set(maps.map(String))].map((pair) => pair.split(",").map(Number));
  const mapping = pairs.map(([from, to]) => seq(oid(policyOid(from!)), oid(policyOid(to!))));
  return {
    [OID.policies]: named === null ? undefined : policies(...named.map(policyOid)),
    "2.5.29.36": constraints.length === 0 ? undefined : extension("2.5.29.36", seq(...constraints), true),
    "2.5.29.54": noAny === null ? undefined : extension("2.5.29.54", int(noAny), true),
    "2.5.29.33": mapping.length === 0 ? undefined : extension("2.5.29.33", seq(...mapping)),
  };
}

test.skipIf(!hasOpenssl)(
  "policies hold where openssl verify -policy_check says so, whatever they are",
  {
    timeout: 60_000,
  },
  () => {
    const path = fc.tuple(fc.array(policyExtensions, { minLength: 1, maxLength: 4 }), policyExtensions);
    let held = 0;
    let failed = 0;
    fc.assert(
      fc.property(path, ([above, own]) => {
        const { root } = authorities();
        let issuer = root;
        const sent: Uint8Array[] = [];
        for (const [index, said] of above.entries()) {
          const key = testKey("p256", `policies ${index}`);
          const subject = said.selfIssued && index > 0 ? issuer.subject : `Authority ${index}`;
          issuer = issue({ ca: true, subject, key, issuer, extensions: written(said) });
          sent.unshift(issuer.der);
        }
        const made: MadeChain = {
          kind: "chain",
          sent: [leaf({ issuer, extensions: { ...written({ ...own, maps: [] }) } }).der, ...sent],
          given: [root.der],
        };
        const verdict = opensslVerify(made);
        const ours = observe(made).chain!.trust.some(({ trusted }) => trusted);
        expect(ours, verdict.stderr).toBe(verdict.status === 0);
        if (ours) held++;
        else failed++;
      }),
      { numRuns: 150, seed: 5280 },
    );
    expect(Math.min(held, failed)).toBeGreaterThan(20);
  },
);
