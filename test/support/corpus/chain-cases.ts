/** Chains whose leaf is right and where something else is wrong: order, gaps, strangers, authorities. */
import { ctx, ctxRaw, type Der, int, nul, oid, seq } from "../der-writer.ts";
import type { CorpusCase, MadeChain } from "./case.ts";
import { signer, testKey } from "./keys.ts";
import {
  authorities,
  authorityInfo,
  basicConstraints,
  commonName,
  days,
  extendedKeyUsage,
  extension,
  HOST,
  type Issued,
  issue,
  keyUsage,
  leaf,
  nameConstraints,
  OID,
  policies,
  type Recipe,
  SERVER_AUTH,
} from "./maker.ts";

type Shows = NonNullable<CorpusCase["shows"]>;

function chain(
  name: string,
  make: () => Omit<MadeChain, "kind">,
  expect: readonly string[],
  shows?: Shows,
): CorpusCase {
  return {
    name,
    make: () => ({ kind: "chain", ...make() }),
    expect,
    ...(shows === undefined ? {} : { shows }),
  };
}

/** Root, one authority made from the recipe, leaf; root given and not sent. */
function below(authority: Recipe, leafRecipe: Recipe = {}, rootRecipe: Recipe = {}): Omit<MadeChain, "kind"> {
  const root = issue({ ca: true, subject: "Root", key: testKey("p256", "root"), ...rootRecipe });
  const middle = issue({
    ca: true,
    subject: "Middle",
    key: testKey("p256", "middle"),
    issuer: root,
    ...authority,
  });
  return { sent: [leaf({ issuer: middle, ...leafRecipe }).der, middle.der], given: [root.der] };
}

const { root, intermediate } = authorities();
const dns = (name: string): Der => ctxRaw(2, name);
const stranger = (): Issued => issue({ subject: "stranger.example", key: testKey("p256", "stranger") });

const order: readonly CorpusCase[] = [
  chain(
    "the right order with the root at the end",
    () => ({ sent: [leaf().der, intermediate.der, root.der] }),
    ["chain-root-sent"],
    { trusted: true },
  ),
  chain(
    "root before intermediate",
    () => ({ sent: [leaf().der, root.der, intermediate.der] }),
    ["chain-out-of-order", "chain-root-sent"],
    { trusted: true },
  ),
  chain(
    "a stranger in the middle",
    () => ({ sent: [leaf().der, stranger().der, intermediate.der] }),
    ["chain-extra"],
    { trusted: true },
  ),
  chain(
    "a stranger at the end",
    () => ({ sent: [leaf().der, intermediate.der, stranger().der] }),
    ["chain-extra"],
    { trusted: true },
  ),
  chain(
    "the leaf twice",
    () => {
      const own = leaf().der;
      return { sent: [own, own, intermediate.der] };
    },
    ["chain-duplicate"],
    { trusted: true },
  ),
  chain(
    "the intermediate twice",
    () => ({ sent: [leaf().der, intermediate.der, intermediate.der] }),
    ["chain-duplicate"],
    { trusted: true },
  ),
  chain(
    "three authorities upside down",
    () => {
      const top = issue({ ca: true, subject: "Top", key: testKey("p256", "top"), issuer: root });
      const middle = issue({ ca: true, subject: "Middle", key: testKey("p256", "middle"), issuer: top });
      return { sent: [leaf({ issuer: middle }).der, top.der, middle.der] };
    },
    ["chain-out-of-order"],
    { trusted: true },
  ),
];

const gaps: readonly CorpusCase[] = [
  chain("the intermediate missing", () => ({ sent: [leaf().der] }), ["chain-incomplete"], { trusted: false }),
  chain(
    "the intermediate missing, with the address where it can be fetched",
    () => ({
      sent: [leaf({ extensions: { [OID.aia]: authorityInfo(["issuers", "http://ca.example/i.der"]) } }).der],
    }),
    ["chain-incomplete"],
    { trusted: false },
  ),
  chain(
    "only a stranger sent in its place",
    () => ({ sent: [leaf().der, stranger().der] }),
    ["chain-incomplete", "chain-extra"],
    { trusted: false },
  ),
  chain(
    "one of two intermediates missing",
    () => {
      const middle = issue({
        ca: true,
        subject: "Lower",
        key: testKey("p256", "middle"),
        issuer: intermediate,
      });
      return { sent: [leaf({ issuer: middle }).der, middle.der] };
    },
    ["chain-incomplete"],
    { trusted: false },
  ),
  chain("directly below the root", () => ({ sent: [leaf({ issuer: root }).der] }), [], { trusted: true }),
];

const signatures: readonly CorpusCase[] = [
  chain(
    "a leaf signed by a stranger in the intermediate's name",
    () => ({
      sent: [leaf({ signer: signer(testKey("p256", "stranger")) }).der, intermediate.der],
    }),
    ["chain-broken-signature"],
    { trusted: false },
  ),
  chain(
    "an intermediate signed by a stranger in the root's name",
    () => below({ signer: signer(testKey("p256", "stranger")) }),
    ["chain-broken-signature"],
    {
      trusted: false,
    },
  ),
  chain(
    "a leaf with one bit of its signature turned",
    () => {
      const der = Buffer.from(leaf().der);
      der[der.length - 5]! ^= 1;
      return { sent: [der, intermediate.der] };
    },
    ["chain-broken-signature"],
    { trusted: false },
  ),
  chain(
    "a leaf with one bit of its name turned",
    () => {
      const der = Buffer.from(leaf().der);
      der[der.lastIndexOf(Buffer.from("www.example.org")) + 4]! ^= 1;
      return { sent: [der, intermediate.der], host: undefined };
    },
    ["chain-broken-signature", "cert-common-name-only"],
    { trusted: false },
  ),
  chain(
    "two authorities of one name, the right one second",
    () => {
      const twin = issue({
        ca: true,
        subject: "Test Intermediate",
        key: testKey("p256", "twin"),
        issuer: root,
      });
      return { sent: [leaf().der, twin.der, intermediate.der] };
    },
    ["chain-extra"],
    { trusted: true },
  ),
];

const authority: readonly CorpusCase[] = [
  chain("an intermediate that expired", () => below({ notAfter: days(-1) }), ["chain-expired-issuer"], {
    problems: ["expired"],
    trusted: false,
  }),
  chain(
    "an intermediate that begins tomorrow",
    () => below({ notBefore: days(1) }),
    ["chain-expired-issuer"],
    { problems: ["not-yet-valid"] },
  ),
  chain(
    "a root that expired",
    () => below({}, {}, { notBefore: days(-900), notAfter: days(-1) }),
    ["chain-expired-issuer"],
    { problems: ["expired"], trusted: false },
  ),
  chain(
    "an intermediate without basicConstraints",
    () => below({ extensions: { [OID.bc]: undefined } }),
    ["chain-not-ca"],
    { problems: ["not-ca"], trusted: false },
  ),
  chain(
    "an intermediate that says it is no authority",
    () => below({ extensions: { [OID.bc]: basicConstraints(false) } }),
    ["chain-not-ca"],
    { problems: ["not-ca"] },
  ),
  chain(
    "an intermediate of version 1",
    () => below({ version: null, onlyExtensions: [] }),
    ["chain-not-ca"],
    { problems: ["not-ca"] },
  ),
  chain(
    "a root of version 1, which old ones are",
    () => below({}, {}, { version: null, onlyExtensions: [] }),
    [],
    { trusted: true },
  ),
  chain(
    "an intermediate whose key may not sign certificates",
    () => below({ extensions: { [OID.ku]: keyUsage(6) } }),
    ["chain-not-ca"],
    { problems: ["no-cert-sign"], trusted: false },
  ),
  chain(
    "an intermediate below one with path length 0",
    () => {
      const lower = issue({
        ca: true,
        subject: "Lower",
        key: testKey("p256", "middle"),
        issuer: intermediate,
      });
      return { sent: [leaf({ issuer: lower }).der, lower.der, intermediate.der] };
    },
    ["chain-path-length"],
    { problems: ["path-length"], trusted: false },
  ),
  chain(
    "a root with path length 0 above an intermediate",
    () => below({}, {}, { extensions: { [OID.bc]: basicConstraints(true, 0) } }),
    ["chain-path-length"],
    { trusted: false },
  ),
  chain(
    "an intermediate for client certificates only",
    () => below({ extensions: { [OID.eku]: extendedKeyUsage("1.3.6.1.5.5.7.3.2") } }),
    ["cert-extended-key-usage"],
    {
      problems: ["extended-key-usage"],
      trusted: false,
    },
  ),
  chain(
    "an intermediate for servers",
    () => below({ extensions: { [OID.eku]: extendedKeyUsage(SERVER_AUTH) } }),
    [],
    { trusted: true },
  ),
  chain(
    "an intermediate with a critical extension that nobody knows",
    () => below({ extensions: { x: extension("1.2.3.4", nul(), true) } }),
    ["cert-critical-unknown", "cert-der-oddity"],
    {
      problems: ["critical-unknown"],
      trusted: false,
    },
  ),
  chain(
    "an intermediate with an RSA key of 1024 bits",
    () => below({ key: testKey("rsa1024", "middle") }),
    ["chain-weak-issuer"],
    { trusted: true },
  ),
  chain(
    "an intermediate signed with SHA-1",
    () => below({ signing: { hash: "sha1" } }),
    ["chain-weak-issuer"],
    { trusted: true },
  ),
  chain(
    "a root signed by itself with SHA-1, which nobody checks",
    () => below({}, {}, { signing: { hash: "sha1" } }),
    [],
    { trusted: true },
  ),
  chain(
    "an intermediate with a serial number of zero",
    () => below({ serial: Buffer.from("020100", "hex") }),
    ["cert-der-oddity"],
    { trusted: true },
  ),
];

const permitted = (...names: readonly Der[]): Recipe => ({
  extensions: { [OID.nc]: nameConstraints(names) },
});
const excluded = (...names: readonly Der[]): Recipe => ({
  extensions: { [OID.nc]: nameConstraints([], names) },
});
const FORBIDDEN = ["chain-name-constraints"];
const forbidden: Shows = { problems: ["name-constraints"], trusted: false };

const constraints: readonly CorpusCase[] = [
  chain("a permitted domain", () => below(permitted(dns("example.org"))), [], { trusted: true }),
  chain("a permitted domain written with a dot", () => below(permitted(dns(".example.org"))), [], {
    trusted: true,
  }),
  chain("a domain that is not permitted", () => below(permitted(dns("example.net"))), FORBIDDEN, forbidden),
  chain(
    "a domain that only ends like the permitted one",
    () => below(permitted(dns("ample.org"))),
    FORBIDDEN,
    forbidden,
  ),
  chain("an excluded domain", () => below(excluded(dns("example.org"))), FORBIDDEN, forbidden),
  chain(
    "an excluded host below a permitted domain",
    () => below({ extensions: { [OID.nc]: nameConstraints([dns("example.org")], [dns(HOST)]) } }),
    FORBIDDEN,
    forbidden,
  ),
  chain(
    "a wildcard above an excluded host",
    () => below(excluded(dns("secret.example.org")), { names: ["*.example.org"], subject: "x" }),
    FORBIDDEN,
    forbidden,
  ),
  chain("all DNS names excluded", () => below(excluded(dns(""))), FORBIDDEN, forbidden),
  chain("constraints in the root", () => below({}, {}, permitted(dns("example.net"))), FORBIDDEN, forbidden),
  chain(
    "a permitted address range",
    () =>
      below(permitted(ctxRaw(7, Buffer.from("c0000200ffffff00", "hex"))), {
        names: ["192.0.2.7"],
        subject: "x",
      }),
    ["cert-name-mismatch"],
    { trusted: true },
  ),
  chain(
    "an address outside of the permitted range",
    () => below(permitted(ctxRaw(7, Buffer.from("c6336400ffffff00", "hex"))), { names: [HOST, "192.0.2.7"] }),
    FORBIDDEN,
    forbidden,
  ),
  chain(
    "an excluded mail domain",
    () => below(excluded(ctxRaw(1, "example.org")), { names: [HOST, "a@example.org"] }),
    FORBIDDEN,
    forbidden,
  ),
  chain(
    "a mail box of a host below the permitted one",
    () => below(permitted(ctxRaw(1, "example.org")), { names: [HOST, "a@mail.example.org"] }),
    FORBIDDEN,
    forbidden,
  ),
  chain(
    "an excluded host of a URI",
    () =>
      below(excluded(ctxRaw(6, ".example.org")), { names: [HOST, "https://user@www.example.org:8443/x"] }),
    FORBIDDEN,
    forbidden,
  ),
  chain(
    "a subject outside of the permitted directory",
    () => below(permitted(ctx(4, commonName("Somebody else")))),
    FORBIDDEN,
    forbidden,
  ),
  chain("a subject in the permitted directory", () => below(permitted(ctx(4, commonName(HOST)))), [], {
    trusted: true,
  }),
  chain(
    "constraints that cannot be read",
    () => below({ extensions: { [OID.nc]: extension(OID.nc, Buffer.from("30820505", "hex"), true) } }),
    ["cert-der-oddity", ...FORBIDDEN],
    { trusted: false },
  ),
];

const DEMANDS = (skip = 0): Der => extension("2.5.29.36", seq(int(skip, 0x80)), true);
const NO_MAPPING = extension("2.5.29.36", seq(int(0, 0x80), int(0, 0x81)), true);
const NO_ANY = (skip = 0): Der => extension("2.5.29.54", int(skip), true);
const MAPS = (...pairs: readonly (readonly [string, string])[]): Der =>
  extension("2.5.29.33", seq(...pairs.map(([issuer, subject]) => seq(oid(issuer), oid(subject)))));
const [ANY, ONE, TWO, THREE] = ["2.5.29.32.0", "1.3.6.1.4.1.1.1", "1.3.6.1.4.1.1.2", "1.3.6.1.4.1.1.3"];
const [CONSTRAINTS, INHIBIT_ANY, MAPPINGS] = ["2.5.29.36", "2.5.29.54", "2.5.29.33"];

/** Extensions of the authority, and the leaf's policies; undefined = it has none. */
function underPolicies(
  authority: NonNullable<Recipe["extensions"]>,
  own: readonly string[] | undefined,
): Omit<MadeChain, "kind"> {
  const extensions = { [OID.policies]: own === undefined ? undefined : policies(...own) };
  return below({ extensions: authority }, { extensions });
}

/** Root, an authority that demands, an authority below it, leaf. */
function twoAuthorities(
  upper: NonNullable<Recipe["extensions"]>,
  lower: NonNullable<Recipe["extensions"]>,
  own: readonly string[] | undefined,
): Omit<MadeChain, "kind"> {
  const top = issue({
    ca: true,
    subject: "Upper",
    key: testKey("p256", "upper"),
    issuer: root,
    extensions: upper,
  });
  const middle = issue({
    ca: true,
    subject: "Lower",
    key: testKey("p256", "lower"),
    issuer: top,
    extensions: lower,
  });
  const extensions = { [OID.policies]: own === undefined ? undefined : policies(...own) };
  return { sent: [leaf({ issuer: middle, extensions }).der, middle.der, top.der], given: [root.der] };
}

const BROKEN_POLICY = ["chain-policy"];
const HOLDS: Shows = { trusted: true, problems: [] };
const FAILS: Shows = { trusted: false, problems: ["policy"] };

const policed: readonly CorpusCase[] = [
  chain(
    "an authority that demands a policy, and a leaf that has it",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS() }, [ONE]),
    [],
    HOLDS,
  ),
  chain(
    "an authority that demands a policy, and a leaf that has another",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS() }, [TWO]),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "an authority that demands a policy, and a leaf without",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS() }, undefined),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "another policy where none is demanded",
    () => underPolicies({ [OID.policies]: policies(ONE) }, [TWO]),
    [],
    HOLDS,
  ),
  chain(
    "a demand that begins below the leaf",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(2) }, undefined),
    [],
    HOLDS,
  ),
  chain(
    "a demand that begins one further down, which is behind the leaf",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(1) }, undefined),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "a demand of the leaf itself, which has no policy",
    () => below({}, { extensions: { [CONSTRAINTS]: DEMANDS() } }),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "any policy of an authority stands for the leaf's",
    () => underPolicies({ [OID.policies]: policies(ANY), [CONSTRAINTS]: DEMANDS() }, [TWO]),
    [],
    HOLDS,
  ),
  chain(
    "any policy of the leaf stands for the authority's",
    () => underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS() }, [ANY]),
    [],
    HOLDS,
  ),
  chain(
    "any policy of the leaf, where it counts for nothing",
    () =>
      underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(), [INHIBIT_ANY]: NO_ANY() }, [
        ANY,
      ]),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "any policy of the leaf, where it counts one certificate longer",
    () =>
      underPolicies({ [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(), [INHIBIT_ANY]: NO_ANY(1) }, [
        ANY,
      ]),
    [],
    HOLDS,
  ),
  chain(
    "any policy of an authority in the middle, where it counts for nothing",
    () =>
      twoAuthorities(
        { [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(), [INHIBIT_ANY]: NO_ANY() },
        { [OID.policies]: policies(ANY) },
        [ONE],
      ),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "a policy that an authority in the middle does not name",
    () =>
      twoAuthorities(
        { [OID.policies]: policies(ONE, TWO), [CONSTRAINTS]: DEMANDS() },
        { [OID.policies]: policies(ONE) },
        [TWO],
      ),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "an authority in the middle without a policy",
    () =>
      twoAuthorities(
        { [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS() },
        { [OID.policies]: undefined },
        [ONE],
      ),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "a policy that an authority maps to the leaf's",
    () =>
      underPolicies(
        {
          [OID.policies]: policies(ONE),
          [CONSTRAINTS]: DEMANDS(),
          [MAPPINGS]: MAPS([ONE, TWO], [ONE, THREE]),
        },
        [THREE],
      ),
    [],
    HOLDS,
  ),
  chain(
    "a policy that was mapped away",
    () =>
      underPolicies(
        { [OID.policies]: policies(ONE), [CONSTRAINTS]: DEMANDS(), [MAPPINGS]: MAPS([ONE, TWO]) },
        [ONE],
      ),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "a mapping out of any policy",
    () =>
      underPolicies(
        { [OID.policies]: policies(ANY), [CONSTRAINTS]: DEMANDS(), [MAPPINGS]: MAPS([ONE, TWO]) },
        [TWO],
      ),
    [],
    HOLDS,
  ),
  chain(
    "a mapping where mappings count for nothing",
    () =>
      twoAuthorities(
        { [OID.policies]: policies(ONE), [CONSTRAINTS]: NO_MAPPING },
        { [OID.policies]: policies(ONE), [MAPPINGS]: MAPS([ONE, TWO]) },
        [TWO],
      ),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "a mapping of any policy",
    () => underPolicies({ [OID.policies]: policies(ANY), [MAPPINGS]: MAPS([ANY, TWO]) }, [TWO]),
    BROKEN_POLICY,
    FAILS,
  ),
  chain(
    "policy constraints without a constraint",
    () => below({ extensions: { [CONSTRAINTS]: extension(CONSTRAINTS, seq(), true) } }),
    ["cert-der-oddity", "chain-policy"],
    FAILS,
  ),
  chain(
    "a root that demands what nobody below has",
    () => below({}, {}, { extensions: { [CONSTRAINTS]: DEMANDS() } }),
    [],
    HOLDS,
  ),
];

const crossed: readonly CorpusCase[] = [
  chain(
    "a cross-signed root whose other issuer is unknown",
    () => {
      const other = issue({ ca: true, subject: "Old Root", key: testKey("p256", "old root") });
      const cross = issue({ ca: true, subject: "Test Root", key: testKey("p256", "root"), issuer: other });
      return { sent: [leaf().der, intermediate.der, cross.der] };
    },
    [],
    { trusted: true },
  ),
  chain(
    "a cross-signed root that expired, beside the one that clients have",
    () => {
      const other = issue({
        ca: true,
        subject: "Old Root",
        key: testKey("p256", "old root"),
        notBefore: days(-900),
        notAfter: days(-1),
      });
      const cross = issue({
        ca: true,
        subject: "Test Root",
        key: testKey("p256", "root"),
        issuer: other,
        notBefore: days(-900),
        notAfter: days(-1),
      });
      return { sent: [leaf().der, intermediate.der, cross.der], given: [other.der, root.der] };
    },
    [],
    { trusted: true },
  ),
  chain(
    "two intermediates of one key, the first expired",
    () => {
      const old = issue({
        ca: true,
        subject: "Test Intermediate",
        key: testKey("p256", "intermediate"),
        issuer: root,
        notBefore: days(-90),
        notAfter: days(-1),
      });
      return { sent: [leaf().der, old.der, intermediate.der] };
    },
    [],
    { trusted: true },
  ),
];

const expected: readonly CorpusCase[] = [
  chain("exactly the chain expected", () => {
    const own = leaf().der;
    return { sent: [own, intermediate.der], plan: { expectChain: [own, intermediate.der] } };
  }, []),
  chain(
    "another leaf than expected",
    () => ({ sent: [leaf().der, intermediate.der], plan: { expectChain: [leaf().der, intermediate.der] } }),
    ["expect-chain-differs"],
  ),
  chain("a certificate more than expected", () => {
    const own = leaf().der;
    return { sent: [own, intermediate.der], plan: { expectChain: [own] } };
  }, ["expect-chain-differs"]),
];

export const CHAIN_CASES: readonly CorpusCase[] = [
  ...order,
  ...gaps,
  ...signatures,
  ...authority,
  ...constraints,
  ...policed,
  ...crossed,
  ...expected,
];
