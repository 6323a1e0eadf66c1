// Any facts that the types allow, sensible or not.
import fc from "fast-check";
import type {
  ChainAnalysis,
  OcspFacts,
  PathProblem,
} from "../../../src/engine/tls-check/certificates/chain.ts";
import type {
  Certificate,
  FileFacts,
  GeneralName,
  Item,
  PublicKey,
} from "../../../src/engine/tls-check/certificates/model.ts";
import { NO_POLICY_RULES } from "../../../src/engine/tls-check/certificates/policy-rules.ts";
import {
  type AddressFacts,
  type Answer,
  type FeatureFacts,
  PROTOCOL_VERSIONS,
  type SessionFacts,
  type VulnerabilityFacts,
} from "../../../src/engine/tls-check/facts.ts";
import type { Subject } from "../../../src/engine/tls-check/rules/rule.ts";
import {
  certificate,
  ENDPOINT,
  features,
  key,
  name,
  plan,
  request,
  revocationList,
  served,
  sessions,
} from "../../support/tls-facts.ts";

const text = fc.string({ maxLength: 12 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
/** Around the present, the limits of dates, and no number at all. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: 4e12 }),
  fc.constantFrom(
    0,
    -1,
    8.64e15,
    -8.64e15,
    9e15,
    Number.MAX_SAFE_INTEGER,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
);

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constant<Answer>({ kind: "offered" }),
  text.map((how): Answer => ({ kind: "refused", how })),
  text.map((why): Answer => ({ kind: "inconclusive", why })),
);

const code = fc.oneof(
  fc.integer({ min: 0, max: 0xffffff }),
  fc.constantFrom(
    0x0002,
    0x0003,
    0x000a,
    0x002f,
    0x0034,
    0x009e,
    0xc02f,
    0x1301,
    0x010080,
    0x001d,
    0x11ec,
    0x0201,
  ),
);
const codes = fc.array(code, { maxLength: 6 });
const preference = fc.constantFrom("server", "client", "unknown", "one-choice");
const groups = fc.record({ codes, complete: fc.boolean(), preference });

function answers<T extends object>(sample: T): fc.Arbitrary<{ [K in keyof T]: Answer }> {
  const record = Object.fromEntries(Object.keys(sample).map((property) => [property, answer]));
  return fc.record(record) as unknown as fc.Arbitrary<{ [K in keyof T]: Answer }>;
}

const featureFacts: fc.Arbitrary<FeatureFacts> = fc
  .tuple(
    answers(features()),
    fc.array(text, { maxLength: 2 }),
    fc.constantFrom("none", "requested", "required", "unknown"),
  )
  .map(([all, alpn, clientCertificate]) => ({
    ...all,
    alpn,
    alpnComplete: alpn.length !== 1,
    clientCertificate: clientCertificate as FeatureFacts["clientCertificate"],
    clientAuthorities: alpn,
  }));

const sessionFacts: fc.Arbitrary<SessionFacts> = fc
  .tuple(answers(sessions()), maybe(fc.integer()))
  .map(([all, figure]) => ({
    ...all,
    ticketLifetimeSeconds: figure,
    pskTicketCount: figure,
    pskLifetimeSeconds: figure,
    maxEarlyDataBytes: figure,
  }));

const vulnerabilities: fc.Arbitrary<VulnerabilityFacts> = fc.record({
  heartbleed: maybe(answer),
  ccsInjection: maybe(answer),
  robot: maybe(answer),
  ticketbleed: maybe(answer),
  poodleTls: maybe(answer),
  robotOracle: maybe(fc.constantFrom("weak" as const, "strong" as const)),
  cbcPaddingOracle: maybe(answer),
  starttlsInjection: maybe(answer),
});

const publicKey: fc.Arbitrary<PublicKey> = fc
  .record({
    type: fc.constantFrom("rsa", "ec", "ed25519", "ed448", "dsa", "ml-dsa", "other"),
    bits: fc.integer({ min: -1, max: 20_000 }),
    curve: maybe(fc.constantFrom("P-256", "", "?")),
    exponent: maybe(fc.bigInt({ min: -2n, max: 1n << 260n })),
    modulus: maybe(fc.bigInt({ min: -2n, max: 1n << 64n })),
    spkiSha256: text,
  })
  .map((parts) => key({ ...parts, type: parts.type as PublicKey["type"] }));

const generalName: fc.Arbitrary<GeneralName> = fc.record({
  kind: fc.constantFrom("dns", "ip", "email", "uri", "directory", "other", "rid"),
  value: fc.oneof(text, fc.constantFrom("*", "*.*", ".", "..", "*.", "::1", "1.2.3.4", "a.b.c")),
}) as fc.Arbitrary<GeneralName>;

export const anyCertificate: fc.Arbitrary<Certificate> = fc
  .record({
    version: fc.integer({ min: -1, max: 9 }),
    serial: text,
    serialBits: fc.integer({ min: -1, max: 400 }),
    serialPositive: fc.boolean(),
    signatureAlgorithm: text,
    signatureHash: maybe(fc.constantFrom("md5", "sha1", "sha-1", "sha256", "")),
    signatureAlgorithmsAgree: fc.boolean(),
    issuer: maybe(text).map((one) => name(one)),
    subject: maybe(text).map((one) => name(one)),
    notBeforeMs: instant,
    notAfterMs: instant,
    publicKey,
    subjectAltNames: maybe(fc.array(generalName, { maxLength: 4 })),
    basicConstraints: maybe(fc.boolean().map((ca) => ({ ca, pathLength: undefined, critical: ca }))),
    keyUsage: maybe(
      fc.constantFrom({ uses: [], critical: true }, { uses: ["keyCertSign" as const], critical: false }),
    ),
    extendedKeyUsage: maybe(fc.array(text, { maxLength: 2 })),
    policies: fc.array(text, { maxLength: 2 }),
    policyRules: fc.constant(NO_POLICY_RULES),
    ocspUrls: fc.array(text, { maxLength: 1 }),
    mustStaple: fc.boolean(),
    precertificate: fc.boolean(),
    oddities: fc.array(text, { maxLength: 2 }),
  })
  .map((parts) => certificate(parts));

const index = fc.integer({ min: -2, max: 6 });
const indices = fc.array(index, { maxLength: 3 });

const ocsp: fc.Arbitrary<OcspFacts> = fc.record({
  status: fc.constantFrom("good", "revoked", "unknown", "unreadable"),
  source: fc.constantFrom("stapled", "asked", "crl"),
  producedMs: maybe(instant),
  nextUpdateMs: maybe(instant),
  signatureValid: maybe(fc.boolean()),
  detail: maybe(text),
}) as fc.Arbitrary<OcspFacts>;

const PROBLEMS: readonly PathProblem["kind"][] = [
  "expired",
  "not-yet-valid",
  "signature",
  "not-ca",
  "no-cert-sign",
  "path-length",
  "name-constraints",
  "extended-key-usage",
  "critical-unknown",
  "key-identifier",
];

export const anyChain: fc.Arbitrary<ChainAnalysis> = fc
  .record({
    where: text,
    leaf: anyCertificate,
    others: fc.array(anyCertificate, { maxLength: 3 }),
    order: indices,
    inOrder: fc.boolean(),
    duplicates: indices,
    extra: indices,
    rootSent: maybe(index),
    broken: fc.array(fc.record({ index, issuer: index }), { maxLength: 2 }),
    problems: fc.array(fc.record({ kind: fc.constantFrom(...PROBLEMS), position: index }), { maxLength: 3 }),
    stores: fc.array(
      fc.record({ store: fc.constantFrom("system", "mozilla", "given"), trusted: fc.boolean() }),
      { maxLength: 3 },
    ),
    publiclyTrusted: fc.boolean(),
    matches: maybe(fc.tuple(fc.boolean(), fc.boolean())),
    missing: fc.boolean(),
    isServed: fc.boolean(),
    serverName: maybe(text),
    ocsp: fc.array(ocsp, { maxLength: 2 }),
    scts: fc.array(fc.record({ logId: text, valid: maybe(fc.boolean()), timestampMs: instant }), {
      maxLength: 3,
    }),
  })
  .map(
    (one): ChainAnalysis => ({
      where: one.where,
      served: one.isServed ? served({ serverName: one.serverName }) : undefined,
      leaf: one.leaf,
      sent: [one.leaf, ...one.others],
      order: one.order,
      inOrder: one.inOrder,
      duplicates: one.duplicates,
      extra: one.extra,
      rootSent: one.rootSent,
      missing: one.missing ? { of: one.others[0] ?? one.leaf, issuer: "", urls: [] } : undefined,
      brokenSignatures: one.broken,
      path: [one.leaf, ...one.others],
      problems: one.problems.map((problem) => ({ ...problem, certificate: one.leaf, detail: "" })),
      trust: one.stores.map(({ store, trusted }) => ({
        store: store as "system",
        trusted,
        why: undefined,
        path: [],
      })),
      publiclyTrusted: one.publiclyTrusted,
      name:
        one.matches === undefined
          ? undefined
          : { asked: "a", matches: one.matches[0], byCommonNameOnly: one.matches[1] },
      scts: one.scts.map((sct) => ({ ...sct, logName: undefined, source: "tls" })),
      ocsp: one.ocsp,
    }),
  );

export const anyAddress: fc.Arbitrary<AddressFacts> = fc.record({
  address: text,
  family: fc.constantFrom(4, 6),
  unreachable: maybe(fc.constant({ code: "X", message: "x", next: undefined })),
  protocols: fc.array(
    fc.record({
      version: fc.constantFrom(...PROTOCOL_VERSIONS),
      answer,
      suites: codes,
      complete: fc.boolean(),
      preference,
      chachaForMobile: maybe(fc.boolean()),
    }),
    { maxLength: 7 },
  ),
  groups13: groups,
  groups12: groups,
  dh: fc.array(
    fc.record({
      bits: fc.integer({ min: -1, max: 9000 }),
      known: maybe(text),
      primeHex: fc.oneof(text, fc.constantFrom("", "0", "00", "03", "ff", "f".repeat(300))),
      generatorHex: text,
    }),
    { maxLength: 2 },
  ),
  signatures13: codes,
  signatures12: codes,
  gaps: fc.record({ signatures13: maybe(text), signatures12: maybe(text), dh: maybe(text) }),
  chains: fc.constant([]),
  sessions: maybe(sessionFacts),
  features: maybe(featureFacts),
  vulnerabilities: maybe(vulnerabilities),
  connections: fc.nat(),
  retries: fc.nat(),
  seconds: fc.double(),
}) as fc.Arbitrary<AddressFacts>;

const item: fc.Arbitrary<Item> = fc.oneof(
  fc.tuple(anyCertificate, text).map(([one, where]): Item => ({ ...one, where })),
  fc.tuple(publicKey, fc.boolean()).map(
    ([one, encrypted]): Item => ({
      kind: "private-key",
      publicKey: one,
      encrypted,
      form: "PKCS#8",
      where: "",
    }),
  ),
  publicKey.map((one): Item => ({ kind: "public-key", publicKey: one, where: "" })),
  fc
    .tuple(publicKey, fc.boolean())
    .map(([one, signatureValid]) => request({ publicKey: one, signatureValid })),
  fc
    .tuple(instant, maybe(instant))
    .map(([thisUpdateMs, nextUpdateMs]) => revocationList({ thisUpdateMs, nextUpdateMs })),
  fc
    .tuple(text, fc.boolean())
    .map(
      ([what, locked]): Item => ({ kind: "unreadable", what, why: "", next: undefined, locked, where: "" }),
    ),
);

const file: fc.Arbitrary<FileFacts> = fc.record({
  kind: fc.constant("file" as const),
  path: fc.constantFrom("a.pem", "b.key", "b.crt", "", "x/y.p12"),
  format: text,
  items: fc.array(item, { maxLength: 4 }),
});

export const anySubject: fc.Arbitrary<Subject> = fc
  .record({
    addresses: maybe(fc.array(anyAddress, { maxLength: 3 })),
    file: maybe(file),
    chains: fc.array(anyChain, { maxLength: 3 }),
    companions: fc.array(file, { maxLength: 3 }),
    atMs: instant,
    scope: fc.constantFrom("full", "certificate-only"),
    percent: maybe(fc.double()),
    expect: maybe(fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 })),
    note: text,
  })
  .map(
    (one): Subject => ({
      target: one.file === undefined ? ENDPOINT : { kind: "file", name: one.file.path, path: one.file.path },
      endpoint:
        one.addresses === undefined
          ? undefined
          : { kind: "endpoint", addresses: one.addresses, notes: [one.note] },
      file: one.file,
      chains: one.chains,
      plan: plan({
        atMs: one.atMs,
        scope: one.scope as "full",
        lifetimeLeftPercent: one.percent,
        expectChain: one.expect,
      }),
      companions: one.companions,
    }),
  );
