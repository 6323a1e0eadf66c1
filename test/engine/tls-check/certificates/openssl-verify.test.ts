/** Trust, case by case, against what `openssl verify` makes of the same chain; every difference has its reason. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { observe } from "../../../support/corpus/case.ts";
import { CHAIN_CASES } from "../../../support/corpus/chain-cases.ts";
import { ENCODING_CASES } from "../../../support/corpus/encoding-cases.ts";
import { LEAF_CASES } from "../../../support/corpus/leaf-cases.ts";
import { AT, authorities } from "../../../support/corpus/maker.ts";
import { hasOpenssl, Workshop } from "../../../support/corpus/openssl.ts";
import { pem } from "../../../support/der-writer.ts";

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

describe.skipIf(!hasOpenssl)("trust is what openssl verify says", () => {
  test.for(CASES.map((one) => [one.name, one] as const))("of %s", async ([name, one]) => {
    const made = await one.make();
    if (made?.kind !== "chain") throw new Error("the case is no chain");
    const { chain } = observe(made);
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
    const verdict = spawnSync(
      "openssl",
      [
        "verify",
        "-attime",
        String(at),
        "-partial_chain",
        "-purpose",
        "sslserver",
        "-auth_level",
        "0",
        "-CAfile",
        "trusted",
        "-no-CApath",
        ...(others.length === 0 ? [] : ["-untrusted", "untrusted"]),
        "leaf",
      ],
      { cwd: shop.folder, encoding: "utf8" },
    );
    const ours = chain?.trust.some(({ trusted: one }) => one) ?? false;
    const reason = DIFFERENCES[name];
    const theirs = verdict.status === 0;
    if (reason === undefined) expect(ours, verdict.stderr).toBe(theirs);
    // Other versions may have come to agree.
    else if (OPENSSL.startsWith("OpenSSL 3.0.")) expect(ours, reason).not.toBe(theirs);
  });
});
